"""Removing an account or a drop rule: what would be lost is counted first, and may forbid it.

Only this store forgets; no server is told anything. An outbox that has not finished, or a folder
that still sends by the account, forbids it: a letter would be lost in silence.
"""

from __future__ import annotations

from dataclasses import dataclass

from store.db.blobs import FORGET_BLOB
from store.db.drops import rule_by_name
from store.db.evidence import copies_to_file
from store.db.open import Connection, write
from store.db.replica import PENDING
from store.errors import Usage
from store.model.drop import RuleState
from store.model.ids import AccountId

NOT_ENDED = "state IN ('queued', 'sending', 'uncertain', 'deferred', 'refused')"
"""A refused letter is nowhere else, until a person has let go of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What goes with an account."""

    letters: int
    drafts: int
    pending: int
    """Letters with a wish that the server has not been told, or that it has not been given."""


def leaving(db: Connection, account_id: AccountId) -> Leaving:
    """What would go with this account.

    Raises:
        Usage: `account.outbox_not_empty`, `account.handover_not_empty`, `account.watched`.
    """
    _check_free(db, account_id)

    def count(query: str) -> int:
        return int(db.execute(query, (account_id,)).fetchone()[0])

    return Leaving(
        letters=count("SELECT count(*) FROM email WHERE account_id = ?"),
        drafts=count("SELECT count(*) FROM draft WHERE account_id = ?"),
        pending=count(
            "SELECT count(*) FROM placement WHERE mailbox_id IN"
            f" (SELECT id FROM mailbox WHERE account_id = ?) AND {PENDING}"
        )
        + len(copies_to_file(db, account_id)),
    )


def _check_free(db: Connection, account_id: AccountId) -> None:
    name = db.execute("SELECT name FROM account WHERE id = ?", (account_id,)).fetchone()
    if name is None:
        raise Usage("account.unknown", account=account_id)
    n = db.execute(
        f"SELECT (SELECT count(*) FROM email_submission WHERE account_id = ?1 AND {NOT_ENDED})"
        " + (SELECT count(*) FROM draft_to_send JOIN draft ON draft.id = draft_id"
        "     WHERE account_id = ?1)",
        (account_id,),
    ).fetchone()[0]
    if n:
        raise Usage("account.outbox_not_empty", account=name[0], n=n)
    n = db.execute(
        "SELECT count(*) FROM handover WHERE account_id = ? AND state IN ('waiting', 'placing')",
        (account_id,),
    ).fetchone()[0]
    if n:
        raise Usage("account.handover_not_empty", account=name[0], n=n)
    rule = db.execute("SELECT name FROM drop_rule WHERE account_id = ?", (account_id,)).fetchone()
    if rule is not None:
        raise Usage("account.watched", account=name[0], rule=rule[0])


def remove_account(db: Connection, account_id: AccountId) -> None:
    """Forget an account, its letters, drafts and ended submissions; all of it or nothing.

    Raises:
        Usage: as `leaving`; what forbids it may have come meanwhile.
    """
    owned = "account_id = ?"
    with write(db):
        _check_free(db, account_id)
        # Octets may be another account's too; those of this one are looked at once it is gone.
        digests = db.execute(
            "SELECT digest FROM email WHERE account_id = ?1"
            " UNION SELECT digest FROM email_submission WHERE account_id = ?1"
            " UNION SELECT digest FROM draft_attachment JOIN draft ON draft.id = draft_id"
            "        WHERE account_id = ?1"
            " UNION SELECT p.digest FROM announced_part AS p JOIN email ON email.id = email_id"
            "        WHERE account_id = ?1"
            " UNION SELECT o.digest FROM email_opened AS o JOIN email ON email.id = email_id"
            "        WHERE account_id = ?1 AND o.digest IS NOT NULL"
            " UNION SELECT f.digest FROM handover_file AS f JOIN handover AS h"
            "        ON h.id = f.handover_id WHERE h.account_id = ?1",
            (account_id,),
        ).fetchall()
        # References first: to an email from its placements, to a thread from its letters.
        for table in ("email_submission", "draft", "mailbox", "email", "thread_reference"):
            db.execute(f"DELETE FROM {table} WHERE {owned}", (account_id,))
        db.execute(f"DELETE FROM thread WHERE {owned}", (account_id,))
        db.execute("DELETE FROM account WHERE id = ?", (account_id,))
        db.executemany(
            FORGET_BLOB,
            digests,
        )


def check_removable(db: Connection, name: str) -> None:
    """Nothing, where `remove_rule` would not be refused.

    Raises:
        Usage: `drop.unknown`; `drop.not_finished`, a document of it is still on its way.
    """
    rule = rule_by_name(db, name)
    n = db.execute(
        "SELECT count(*) FROM drop_item WHERE rule_id = ? AND put_away = 0", (rule.id,)
    ).fetchone()[0]
    # A disk that never comes back must not keep its rule for ever: the letters of its
    # documents are in the outbox all the same.
    if n and rule.state is not RuleState.DOWN:
        raise Usage("drop.not_finished", name=name, n=n)


def remove_rule(db: Connection, name: str) -> None:
    """Stop watching a folder and forget what it took; the files stay where they are.

    Raises:
        Usage: as `check_removable`.
    """
    with write(db):
        remove_rule_within(db, name)


def remove_rule_within(db: Connection, name: str) -> None:
    """The same, inside `write`."""
    check_removable(db, name)
    db.execute("DELETE FROM drop_rule WHERE name = ?", (name,))
