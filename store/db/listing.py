"""What the server says of whole mailboxes: which there are, and how far each is reflected here.

`uidnext` and `highestmodseq` are written after the rows they stand for, never before: behind is
slow, ahead is a letter that never comes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import NamedTuple

from store.db.open import Connection, write
from store.model.ids import AccountId, EmailId, MailboxId
from store.model.mailbox import Role


class ListedName(NamedTuple):
    """A mailbox as the server lists it."""

    wire_name: bytes
    name: str
    delimiter: str
    role: Role


def save_listing(
    db: Connection, account_id: AccountId, listed: Collection[ListedName], *, now: int
) -> None:
    """Add the mailboxes listed, and mark as missing those that no longer are. Nothing is deleted.

    Writes nothing when nothing changed.
    """
    known = {
        ListedName(wire_name, name, delimiter, Role(role))
        for wire_name, name, delimiter, role in db.execute(
            "SELECT wire_name, name, delimiter, role FROM mailbox"
            " WHERE account_id = ? AND missing_at IS NULL AND created = 1",
            (account_id,),
        )
    }
    if known == set(listed):
        return
    with write(db):
        db.execute(
            "UPDATE mailbox SET missing_at = coalesce(missing_at, ?)"
            " WHERE account_id = ? AND created = 1",
            (now, account_id),
        )
        db.executemany(
            "INSERT INTO mailbox (account_id, wire_name, name, delimiter, role)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (account_id, wire_name) DO UPDATE SET"
            " name = excluded.name, delimiter = excluded.delimiter, role = excluded.role,"
            " missing_at = NULL",
            [(account_id, m.wire_name, m.name, m.delimiter, m.role.value) for m in listed],
        )


HELD = (
    "(SELECT count(*) FROM placement WHERE mailbox_id = mailbox.id AND uid IS NOT NULL)"
    " - (SELECT count(*) FROM placement WHERE mailbox_id = mailbox.id AND uid IS NOT NULL"
    " AND lost = 1)"
)
"""Two counts of index entries: a condition on `lost` alone would read every row."""


def held_counts(db: Connection, account_id: AccountId) -> dict[MailboxId, int]:
    """How many Emails of the server are held, by mailbox; lost ones are not."""
    rows = db.execute(f"SELECT id, {HELD} FROM mailbox WHERE account_id = ?", (account_id,))
    return {MailboxId(row[0]): int(row[1]) for row in rows}


def held_count(db: Connection, mailbox_id: MailboxId) -> int:
    """How many Emails of the server are held of one mailbox; lost ones are not."""
    row = db.execute(f"SELECT {HELD} FROM mailbox WHERE id = ?", (mailbox_id,)).fetchone()
    return int(row[0])


def held_uids(db: Connection, mailbox_id: MailboxId) -> set[int]:
    """Every UID held of a mailbox, but for the lost ones."""
    rows = db.execute(
        "SELECT uid FROM placement WHERE mailbox_id = ?1 AND uid IS NOT NULL EXCEPT"
        " SELECT uid FROM placement WHERE mailbox_id = ?1 AND uid IS NOT NULL AND lost = 1",
        (mailbox_id,),
    )
    return {row[0] for row in rows}


def held_at(db: Connection, mailbox_id: MailboxId, ranks: Iterable[int]) -> list[tuple[int, int]]:
    """(Rank, UID) of the letters held with these ranks, the lowest UID being first, number 1."""
    found = []
    for rank in ranks:
        row = db.execute(
            "SELECT uid FROM placement WHERE mailbox_id = ? AND uid IS NOT NULL"
            " ORDER BY uid LIMIT 1 OFFSET ?",
            (mailbox_id, rank - 1),
        ).fetchone()
        if row is not None:
            found.append((rank, int(row[0])))
    return found


def held_emails(
    db: Connection, mailbox_id: MailboxId, held: Iterable[tuple[int, int]]
) -> list[tuple[int, EmailId]]:
    """(UID, Email) of those of `held_at` that are not lost."""
    rows = db.execute(
        "SELECT uid, email_id FROM placement WHERE mailbox_id = ? AND lost = 0"
        " AND uid IN (SELECT value FROM json_each(?)) ORDER BY uid",
        (mailbox_id, json.dumps([uid for _, uid in held])),
    )
    return [(int(uid), EmailId(id_)) for uid, id_ in rows]


def held_among(db: Connection, mailbox_id: MailboxId, uids: Iterable[int]) -> set[int]:
    """Which of these UIDs are held."""
    rows = db.execute(
        "SELECT uid FROM placement WHERE mailbox_id = ? AND lost = 0"
        " AND uid IN (SELECT value FROM json_each(?))",
        (mailbox_id, json.dumps(list(uids))),
    )
    return {row[0] for row in rows}


def held_within(
    db: Connection, mailbox_id: MailboxId, ranges: Iterable[tuple[int, int]]
) -> set[int]:
    """Which UIDs are held within these ranges, both ends included."""
    return {
        row[0]
        for first, last in ranges
        for row in db.execute(
            "SELECT uid FROM placement WHERE mailbox_id = ? AND lost = 0 AND uid BETWEEN ? AND ?",
            (mailbox_id, first, last),
        )
    }


def begin_numbering(
    db: Connection, mailbox_id: MailboxId, *, uidvalidity: int, highestmodseq: int | None
) -> int:
    """The server numbers this mailbox anew (or for the first time): no UID held means anything.

    The placements stay, with their wishes, to be found again under their new UIDs. Nothing is
    held under the new numbering, so all that is held reflects `highestmodseq`. Returns how many
    placements lost their UID.
    """
    with write(db):
        lost = db.execute(
            "UPDATE placement SET uid = NULL, unlinked = 1 WHERE mailbox_id = ?"
            " AND uid IS NOT NULL",
            (mailbox_id,),
        ).rowcount
        # A snapshot of UIDNEXT taken under the old numbering bounds nothing any more.
        db.execute(
            "UPDATE placement SET moving = 1 WHERE moving IS NOT NULL AND"
            " (moving_to = ?1 OR mailbox_id = ?1 AND moving_to IS NULL)",
            (mailbox_id,),
        )
        db.execute(
            "UPDATE mailbox SET uidvalidity = ?, uidnext = NULL, highestmodseq = ? WHERE id = ?",
            (uidvalidity, highestmodseq, mailbox_id),
        )
    return lost


def settle_mailbox(
    db: Connection, mailbox_id: MailboxId, *, uidnext: int, highestmodseq: int | None
) -> None:
    """Everything the server shows is held: note it. Writes nothing when nothing changed."""
    facts = db.execute(
        "SELECT uidnext, highestmodseq FROM mailbox WHERE id = ?", (mailbox_id,)
    ).fetchone()
    if facts == (uidnext, highestmodseq):
        return
    with write(db):
        db.execute(
            "UPDATE mailbox SET uidnext = ?, highestmodseq = ? WHERE id = ?",
            (uidnext, highestmodseq, mailbox_id),
        )
