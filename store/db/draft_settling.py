"""What a visit showed of drafts kept on the server: what may go, what goes with it, what to say.

Nothing is taken away before what replaces it is known to be there. What a person wrote here is
thrown away only where the same words live on in another letter, or where the person did so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from store.db.draft_copies import TWICE
from store.db.notes import add_note
from store.db.open import Connection, write
from store.model.ids import AccountId, EmailId

IN_DRAFTS = (
    "mailbox AS m CROSS JOIN placement AS p ON p.shown_mailbox_id = m.id"
    " WHERE m.role = 'drafts' AND p.deleted = 0 AND p.snoozed_until IS NULL"
)
"""CROSS keeps the order: asked by each pass, and an account may have 100,000 Emails elsewhere."""


class Version(NamedTuple):
    """A draft as it lies in the mailbox for drafts."""

    email_id: EmailId
    message_id: str
    supersedes: frozenset[str]


def settle_copies(db: Connection, account_id: AccountId, *, now: int) -> None:
    """Draw the conclusions of a visit. Writes nothing, and takes no lock, when there are none."""
    looks = (_followed, _taken_away, _left, _older)
    if any(look(db, account_id) for look in looks):
        with write(db):
            _follow(db, _followed(db, account_id))
            _note_taken_away(db, _taken_away(db, account_id), now)
            _let_go(db, _left(db, account_id))
            _retire(db, _older(db, account_id))


def _taken_away(db: Connection, account_id: AccountId) -> list[tuple[int, int]]:
    """(copy, email) of a version somebody else took away, and the later one of ours."""
    return db.execute(
        "SELECT old.id, p.email_id FROM draft_copy AS old JOIN draft ON draft.id = old.draft_id"
        " JOIN draft_copy AS new ON new.draft_id = old.draft_id AND new.revision > old.revision"
        " JOIN placement AS p ON p.id = new.placement_id"
        " WHERE account_id = ? AND old.placement_id IS NULL",
        (account_id,),
    ).fetchall()


def _note_taken_away(db: Connection, taken: Iterable[tuple[int, int]], now: int) -> None:
    for copy_id, email_id in taken:
        add_note(db, EmailId(email_id), TWICE, now=now)
        db.execute("DELETE FROM draft_copy WHERE id = ?", (copy_id,))


def _older(db: Connection, account_id: AccountId) -> list[tuple[int, int]]:
    """(copy, placement) of versions that are replaced by one the server is known to have."""
    return db.execute(
        "SELECT old.id, old.placement_id FROM draft_copy AS old JOIN draft ON draft.id = draft_id"
        " WHERE account_id = ? AND old.placement_id IS NOT NULL AND EXISTS"
        " (SELECT 1 FROM draft_copy AS new JOIN placement AS p ON p.id = new.placement_id"
        "  WHERE new.draft_id = old.draft_id AND new.revision > old.revision"
        "  AND p.uid IS NOT NULL AND p.lost = 0)",
        (account_id,),
    ).fetchall()


def _retire(db: Connection, older: Iterable[tuple[int, int]]) -> None:
    for copy_id, placement_id in older:
        db.execute("UPDATE placement SET deleted = 1 WHERE id = ?", (placement_id,))
        db.execute("DELETE FROM draft_copy WHERE id = ?", (copy_id,))


def _left(db: Connection, account_id: AccountId) -> list[tuple[int, int, bool]]:
    """(copy, draft, whether it holds all of it) of what was put elsewhere, or deleted, here.

    A letter that is not shown among the drafts is no version any more: it is what was made of it.
    """
    return db.execute(
        "SELECT c.id, d.id, c.revision = d.revision AND d.id NOT IN"
        " (SELECT draft_id FROM draft_to_send) FROM draft_copy AS c"
        " JOIN draft AS d ON d.id = draft_id JOIN placement AS p ON p.id = placement_id"
        " JOIN mailbox AS m ON m.id = p.shown_mailbox_id"
        " WHERE d.account_id = ? AND (p.deleted = 1 OR m.role <> 'drafts')",
        (account_id,),
    ).fetchall()


def _let_go(db: Connection, left: Iterable[tuple[int, int, bool]]) -> None:
    for copy_id, draft_id, is_all in left:
        db.execute("DELETE FROM draft_copy WHERE id = ?", (copy_id,))
        if is_all:
            db.execute("DELETE FROM draft WHERE id = ?", (draft_id,))


def _followed(db: Connection, account_id: AccountId) -> list[int]:
    """Drafts unchanged here, of which somebody else put a later version in place of ours."""
    rows = db.execute(
        "SELECT d.id, c.names FROM draft_copy AS c JOIN draft AS d ON d.id = draft_id"
        " WHERE d.account_id = ? AND placement_id IS NULL AND c.revision = d.revision"
        " AND c.names <> '' AND d.id NOT IN (SELECT draft_id FROM draft_to_send)",
        (account_id,),
    ).fetchall()
    if not rows:
        return []
    later = {name for version in versions(db, account_id) for name in version.supersedes}
    return [draft_id for draft_id, names in rows if names.split()[-1] in later]


def _follow(db: Connection, followed: Iterable[int]) -> None:
    db.executemany("DELETE FROM draft WHERE id = ?", [(draft_id,) for draft_id in followed])


def versions(db: Connection, account_id: AccountId) -> list[Version]:
    """The letters in the mailbox for drafts that say which versions came before them."""
    rows = db.execute(
        "SELECT id, message_id, supersedes FROM email WHERE account_id = ? AND supersedes <> ''"
        f" AND id IN (SELECT email_id FROM {IN_DRAFTS}) ORDER BY id",
        (account_id,),
    )
    return [Version(EmailId(id_), name, frozenset(s.split())) for id_, name, s in rows]


def note_twice(db: Connection, email_ids: Iterable[EmailId], *, now: int) -> None:
    """Say on each of these letters that another version is kept. Writes nothing said before."""
    found = set(email_ids)
    rows = db.execute("SELECT email_id FROM email_note WHERE code = ?", (TWICE,)) if found else ()
    new = sorted(found - {row[0] for row in rows})
    if new:
        with write(db):
            for email_id in new:
                add_note(db, email_id, TWICE, now=now)
