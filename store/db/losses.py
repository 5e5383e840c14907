"""Letters the server no longer has, while a person is asked about them, or after they kept them.

A lost letter stays where it was shown, readable and searchable; what is wished of it waits. The
question is a row of `mailbox_loss`: asked while a lost letter of that mailbox is neither kept nor
deleted. The answers are the person's (`keep_lost`, `forget_lost`); all else is the node's.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from itertools import groupby
from typing import NamedTuple

from store.db.mailboxes import mailbox
from store.db.open import Connection, write
from store.db.replica import PENDING
from store.model.ids import AccountId, EmailId, MailboxId, PlacementId
from store.model.loss import Loss, Question

ASKED = (
    "(SELECT count(*) FROM placement AS p WHERE p.mailbox_id = mailbox.id AND p.lost = 1"
    " AND p.kept = 0 AND p.deleted = 0)"
)


def questions(db: Connection, account_id: AccountId | None = None) -> list[Question]:
    """What the person is asked, in the order it was noticed."""
    rows = db.execute(
        f"SELECT mailbox.id, account.name, {ASKED} AS asked, held, noticed_at"
        " FROM mailbox_loss JOIN mailbox ON mailbox.id = mailbox_id"
        " JOIN account ON account.id = mailbox.account_id"
        " WHERE asked > 0 AND (?1 IS NULL OR mailbox.account_id = ?1)"
        " ORDER BY noticed_at, mailbox.id",
        (account_id,),
    ).fetchall()
    return [
        Question(
            mailbox=mailbox(db, MailboxId(id_)),
            account=account,
            lost=lost,
            held=held,
            noticed_at=noticed_at,
        )
        for id_, account, lost, held, noticed_at in rows
    ]


def keep_lost(db: Connection, mailbox_id: MailboxId) -> int:
    """Keep the lost letters of a mailbox here, as letters of this store alone. How many."""
    with write(db):
        return int(
            db.execute(
                "UPDATE placement SET kept = 1 WHERE mailbox_id = ? AND lost = 1 AND kept = 0",
                (mailbox_id,),
            ).rowcount
        )


def forget_lost(db: Connection, mailbox_id: MailboxId) -> int:
    """Take the lost letters of a mailbox out of it. How many. There is nobody else to tell."""
    with write(db):
        return int(
            db.execute(
                "DELETE FROM placement WHERE mailbox_id = ? AND lost = 1 AND kept = 0",
                (mailbox_id,),
            ).rowcount
        )


def lose(
    db: Connection, mailbox_id: MailboxId, ids: Collection[PlacementId], *, held: int, now: int
) -> int:
    """Note that the server no longer has these, of `held`, and ask. Returns how many that is.

    Those it is asked about already are counted again. A letter whose MOVE or APPEND is under way
    is not lost but looked for.
    """
    with write(db):
        before = db.execute(f"SELECT {ASKED} FROM mailbox WHERE id = ?", (mailbox_id,)).fetchone()
        lost = db.execute(
            "UPDATE placement SET lost = 1 WHERE lost = 0 AND moving IS NULL AND mailbox_id = ?"
            " AND id IN (SELECT value FROM json_each(?))",
            (mailbox_id, json.dumps(list(ids))),
        ).rowcount
        if lost:
            db.execute(
                "INSERT INTO mailbox_loss (mailbox_id, held, noticed_at) VALUES (?, ?, ?)"
                " ON CONFLICT (mailbox_id) DO UPDATE SET held = excluded.held,"
                " noticed_at = excluded.noticed_at",
                (mailbox_id, held + before[0], now),
            )
    return int(lost)


class StrayRow(NamedTuple):
    """A letter that is lost, or whose UID is, and what is known of it."""

    placement_id: PlacementId
    uid: int | None
    email_id: EmailId
    message_id: str | None
    """Without brackets, '' when absent; None when it was not derived yet."""
    size: int
    received_at: int


def strays(db: Connection, mailbox_id: MailboxId) -> list[StrayRow]:
    """Letters that are lost, or whose UID was lost with the numbering, newest first."""
    rows = db.execute(
        "SELECT p.id, p.uid, e.id, iif(derived_version = 0, NULL, message_id), size, p.received_at"
        f" FROM (SELECT id FROM placement WHERE mailbox_id = ?1 AND {PENDING} AND unlinked = 1"
        " AND moving IS NULL UNION SELECT id FROM placement WHERE mailbox_id = ?1 AND lost = 1)"
        " AS stray JOIN placement AS p ON p.id = stray.id JOIN email AS e ON e.id = p.email_id"
        " ORDER BY p.received_at DESC, p.id DESC",
        (mailbox_id,),
    )
    return [StrayRow(*row) for row in rows]


def losses(db: Connection, account_id: AccountId) -> list[Loss]:
    """By mailbox, the lost letters that nobody has decided to keep, and those deleted since."""
    rows = db.execute(
        "SELECT m.id, missing_at IS NOT NULL, coalesce(held, 0), p.id, CASE"
        "   WHEN p.deleted = 1 THEN 'deleted'"
        "   WHEN EXISTS (SELECT 1 FROM placement AS other WHERE other.email_id = p.email_id"
        "     AND other.uid IS NOT NULL AND other.lost = 0) THEN 'elsewhere'"
        "   WHEN p.unseen = 1 AND (p.keywords <> p.base OR p.wish_mailbox_id IS NOT NULL)"
        "     THEN 'unseen'"
        "   ELSE 'asked' END"
        " FROM mailbox AS m JOIN placement AS p ON p.mailbox_id = m.id AND p.lost = 1"
        "   AND (p.kept = 0 OR p.deleted = 1)"
        " LEFT JOIN mailbox_loss ON mailbox_loss.mailbox_id = m.id"
        " WHERE account_id = ? ORDER BY m.id, p.id",
        (account_id,),
    )
    found: list[Loss] = []
    for (mailbox_id, missing, held), group in groupby(rows, key=lambda row: row[:3]):
        known = [(PlacementId(row[3]), row[4]) for row in group]
        found.append(
            Loss(
                mailbox_id=MailboxId(mailbox_id),
                held=held,
                mailbox_missing=missing == 1,
                deleted=frozenset(id_ for id_, what in known if what == "deleted"),
                elsewhere=frozenset(id_ for id_, what in known if what == "elsewhere"),
                unseen=frozenset(id_ for id_, what in known if what == "unseen"),
                asked=frozenset(id_ for id_, what in known if what == "asked"),
            )
        )
    return found


def unfound(db: Connection, mailbox_id: MailboxId) -> list[PlacementId]:
    """Letters whose UID was lost with the numbering, and that are not yet found again."""
    rows = db.execute(
        f"SELECT id FROM placement WHERE mailbox_id = ? AND {PENDING} AND unlinked = 1"
        " AND moving IS NULL AND lost = 0",
        (mailbox_id,),
    )
    return [PlacementId(row[0]) for row in rows]


def on_server(db: Connection, mailbox_id: MailboxId) -> list[PlacementId]:
    """Every letter of a mailbox that the server has, or had until its mailbox went missing."""
    rows = db.execute(
        "SELECT id FROM placement WHERE mailbox_id = ? AND uid IS NOT NULL AND lost = 0",
        (mailbox_id,),
    )
    return [PlacementId(row[0]) for row in rows]
