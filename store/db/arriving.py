"""Where a letter enters a mailbox here: as the server gave it, as it was announced, as we filed it.

Octets, Email and placement are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from store.db.emails import add_email
from store.db.open import Connection, write
from store.db.replica import COLUMNS, PENDING, read_placement, save
from store.model.email import Keywords, Placement, pack_keywords
from store.model.ids import AccountId, EmailId, MailboxId, PlacementId


class Arrival(NamedTuple):
    """An Email as the server gave it."""

    uid: int
    keywords: Keywords
    received_at: int
    """INTERNALDATE, Unix seconds."""
    octets: bytes


def add_arrivals(
    db: Connection,
    account_id: AccountId,
    mailbox_id: MailboxId,
    arrivals: Iterable[Arrival],
    *,
    relink: Callable[[Placement, int, Keywords], Placement],
    message_id_of: Callable[[bytes], str],
) -> int:
    """Keep what the server gave: octets, Email and placement in one transaction.

    An arrival whose placement had lost its UID takes that placement back, wishes included, as
    `relink(placement, uid, keywords)` says. Returns how many letters are new here.
    """
    new = 0
    with write(db):
        searching = _any_unlinked(db, mailbox_id)
        for each in arrivals:
            email_id = add_email(db, account_id, each.octets, each.received_at)
            name = message_id_of(each.octets) if searching else ""
            lost = _unlinked(db, mailbox_id, email_id, name) if searching else None
            if lost is None:
                new += place(db, mailbox_id, email_id, each.uid, each.received_at, each.keywords)
            else:
                # The octets the server gives now are the ones to show.
                save(db, relink(replace(lost, email_id=email_id), each.uid, each.keywords))
    return new


def _any_unlinked(db: Connection, mailbox_id: MailboxId) -> bool:
    """Whether any letter of a mailbox lost its UID and is looked for."""
    row = db.execute(
        f"SELECT 1 FROM placement WHERE mailbox_id = ? AND {PENDING} AND unlinked = 1 LIMIT 1",
        (mailbox_id,),
    ).fetchone()
    return row is not None


def _unlinked(
    db: Connection, mailbox_id: MailboxId, email_id: EmailId, message_id: str
) -> Placement | None:
    """The placement that lost its UID and is this letter: the same octets, else the same name."""
    row = db.execute(
        f"SELECT {COLUMNS} FROM placement AS p WHERE mailbox_id = ?1 AND {PENDING}"
        " AND unlinked = 1 AND (email_id = ?2 OR ?3 <> '' AND ?3 ="
        " (SELECT message_id FROM email WHERE email.id = p.email_id))"
        " ORDER BY email_id <> ?2, p.id LIMIT 1",
        (mailbox_id, email_id, message_id),
    ).fetchone()
    return None if row is None else read_placement(row)


def place(
    db: Connection,
    mailbox_id: MailboxId,
    email_id: EmailId,
    uid: int,
    received_at: int,
    keywords: Keywords,
) -> int:
    """Put an Email where the server shows it. 0 when that UID is held. Call inside `write`."""
    packed = pack_keywords(keywords)
    return db.execute(
        "INSERT INTO placement (email_id, mailbox_id, received_at, uid, base, keywords)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (mailbox_id, uid) DO NOTHING",
        (email_id, mailbox_id, received_at, uid, packed, packed),
    ).rowcount


def file_copy(
    db: Connection,
    account_id: AccountId,
    email_id: EmailId,
    mailbox_id: MailboxId,
    keywords: Keywords,
    *,
    message_id: str = "",
) -> PlacementId:
    """A letter of ours in a mailbox, to be uploaded by the next pass. Call inside `write`.

    When the mailbox already has it, by its octets or by `message_id` (without brackets), that
    one is the copy: some servers file what they are given to send.
    """
    row = db.execute(
        "SELECT id FROM placement WHERE mailbox_id = ?1 AND lost = 0 AND email_id IN"
        " (SELECT ?2 UNION SELECT id FROM email"
        "   WHERE account_id = ?3 AND message_id = ?4 AND message_id <> '')"
        " ORDER BY id LIMIT 1",
        (mailbox_id, email_id, account_id, message_id),
    ).fetchone()
    if row is None:
        row = db.execute(
            "INSERT INTO placement (email_id, mailbox_id, received_at, keywords)"
            " SELECT id, ?, received_at, ? FROM email WHERE id = ? RETURNING id",
            (mailbox_id, pack_keywords(keywords), email_id),
        ).fetchone()
    return PlacementId(row[0])
