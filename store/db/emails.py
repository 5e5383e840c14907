"""Emails: kept from octets, described by what was derived, listed by keyset pages."""

from __future__ import annotations

import json
from typing import NamedTuple

from store.db import blobs
from store.db.link import price_of
from store.db.notes import notes_of
from store.db.open import Connection
from store.errors import Permanent, Usage
from store.model.email import Email, EmailAddress
from store.model.ids import AccountId, BlobId, EmailId, MailboxId, PlacementId
from store.model.link import NO_PRICE
from store.model.mailbox import Lies

NEWEST = (2**62, 2**62)
"""The key before which every Email lies."""
OLDEST = (-(2**62), 0)


class EmailRow(NamedTuple):
    """What the list draws. Every `str` but `keywords` is words from outside."""

    placement_id: PlacementId
    email_id: EmailId
    received_at: int
    sender_name: str
    sender_email: str
    subject: str
    preview: str
    keywords: str
    """Packed: sorted, separated by one space."""
    attachments: int
    size: int
    thread_id: int | None
    recipient: str
    """Name or address of the first of To; '' when there is none."""
    came_at: int
    """When the server received it; `received_at` is where it stands, after it was put off."""
    health: int = 0
    """store/model/health.py Health: whether its documents alert, are abnormal, are superseded."""
    depth: int = 0
    """How far in, where threads are shown: 0 for the row a thread stands under."""
    folded: int = 0
    """Letters of its thread that are folded into this row."""
    places: tuple[Lies, ...] = ()
    """Where it lies, when it stands for its copy in another account too (store/db/together.py)."""

    @property
    def key(self) -> tuple[int, int]:
        """Where this row stands in its list; what `before` and `after` take."""
        return self.received_at, self.placement_id


COLUMNS = """
SELECT p.id, e.id, p.received_at, e.sender_name, e.sender_email, e.subject, e.preview,
       p.keywords, e.attachments, e.size, e.thread_id,
       coalesce(nullif(json_extract(e.people, '$.to[0][0]'), ''),
                json_extract(e.people, '$.to[0][1]'), ''), e.received_at, e.health
"""
ROW = f"""{COLUMNS}
  FROM placement AS p JOIN email AS e ON e.id = p.email_id
"""
PAGE = f"""{ROW}
 WHERE p.shown_mailbox_id = :mailbox AND p.deleted = 0 AND p.snoozed_until IS NULL
   AND (p.received_at, p.id) < (:at, :id)
 ORDER BY p.received_at DESC, p.id DESC LIMIT :limit
"""
PAGE_UP = f"""{ROW}
 WHERE p.shown_mailbox_id = :mailbox AND p.deleted = 0 AND p.snoozed_until IS NULL
   AND (p.received_at, p.id) > (:at, :id)
 ORDER BY p.received_at, p.id LIMIT :limit
"""
PAGE_AT = f"""{ROW}
 WHERE p.id IN (
       SELECT id FROM placement WHERE shown_mailbox_id = :mailbox AND deleted = 0
          AND snoozed_until IS NULL
        ORDER BY received_at DESC, id DESC LIMIT :limit OFFSET :offset)
 ORDER BY p.received_at DESC, p.id DESC
"""


def page_of_emails(
    db: Connection,
    mailbox_id: MailboxId,
    *,
    before: tuple[int, int] = NEWEST,
    limit: int = 100,
) -> list[EmailRow]:
    """The `limit` newest rows older than the key `before`, newest first."""
    values = {"mailbox": mailbox_id, "at": before[0], "id": before[1], "limit": limit}
    return [EmailRow(*row) for row in db.execute(PAGE, values)]


def page_up(
    db: Connection, mailbox_id: MailboxId, *, after: tuple[int, int] = OLDEST, limit: int = 100
) -> list[EmailRow]:
    """The `limit` oldest rows newer than the key `after`, newest first."""
    values = {"mailbox": mailbox_id, "at": after[0], "id": after[1], "limit": limit}
    return [EmailRow(*row) for row in db.execute(PAGE_UP, values)][::-1]


def page_at(db: Connection, mailbox_id: MailboxId, offset: int, limit: int) -> list[EmailRow]:
    """Rows `offset` to `offset + limit`: a jump of the scroll bar, which walks the index."""
    values = {"mailbox": mailbox_id, "offset": offset, "limit": limit}
    return [EmailRow(*row) for row in db.execute(PAGE_AT, values)]


def position_of(db: Connection, mailbox_id: MailboxId, key: tuple[int, int]) -> int:
    """How many rows are shown above the one with this key."""
    row = db.execute(
        "SELECT count(*) FROM placement WHERE shown_mailbox_id = ? AND deleted = 0"
        " AND snoozed_until IS NULL AND (received_at, id) > (?, ?)",
        (mailbox_id, *key),
    ).fetchone()
    return int(row[0])


def add_email(db: Connection, account_id: AccountId, octets: bytes, received_at: int) -> EmailId:
    """Keep an Email's octets as received; the same octets are one Email. Call inside `write`."""
    return email_of_blob(db, account_id, blobs.put(db, octets), len(octets), received_at)


def email_of_blob(
    db: Connection, account_id: AccountId, digest: BlobId, size: int, received_at: int
) -> EmailId:
    """The Email of octets that are kept already. Call inside `write`."""
    row = db.execute(
        "INSERT INTO email (account_id, digest, size, received_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (account_id, digest) DO NOTHING RETURNING id",
        (account_id, digest, size, received_at),
    ).fetchone()
    if row is None:
        row = db.execute(
            "SELECT id FROM email WHERE account_id = ? AND digest = ?", (account_id, digest)
        ).fetchone()
    return EmailId(row[0])


def account_of(db: Connection, email_id: EmailId) -> AccountId:
    """The account an Email reached."""
    row = db.execute("SELECT account_id FROM email WHERE id = ?", (email_id,)).fetchone()
    return AccountId(row[0])


def octets_of(db: Connection, email_id: EmailId) -> bytes:
    """The Email as received.

    Raises:
        Usage: `email.unknown`.  Permanent: `blob.damaged`; `email.not_whole`, not yet all of it.
    """
    row = db.execute("SELECT digest FROM email WHERE id = ?", (email_id,)).fetchone()
    if row is None:
        raise Usage("email.unknown", id=email_id)
    if row[0] is None:
        raise Permanent("email.not_whole")
    return blobs.get(db, BlobId(row[0]))


def email(db: Connection, email_id: EmailId) -> Email:
    """An Email as the screen shows it.

    Raises:
        Usage: `email.unknown`.
    """
    from store.db.parts import parts_of

    row = db.execute(
        "SELECT digest IS NOT NULL, message_id, subject, sender_name, sender_email, people,"
        " reference_ids, sent_at, received_at, size, coalesce(body, ''), coalesce(from_html, 0),"
        " warnings, coalesce(held, size), in_reply_to, account_id FROM email"
        " LEFT JOIN email_body AS b ON b.email_id = id"
        " LEFT JOIN email_outline AS o ON o.email_id = id WHERE id = ?",
        (email_id,),
    ).fetchone()
    if row is None:
        raise Usage("email.unknown", id=email_id)
    to, cc, reply_to, bcc = unpack_people(row[5])
    return Email(
        price=NO_PRICE if row[0] else price_of(db, AccountId(row[15])),
        id=email_id,
        is_whole=bool(row[0]),
        held=row[13],
        message_id=row[1],
        subject=row[2],
        sender=EmailAddress(name=row[3], email=row[4]),
        to=to,
        cc=cc,
        bcc=bcc,
        reply_to=reply_to,
        in_reply_to=row[14],
        references=tuple(row[6].split()),
        sent_at=row[7],
        received_at=row[8],
        size=row[9],
        body=row[10],
        body_from_html=bool(row[11]),
        parts=tuple(parts_of(db, email_id)),
        warnings=(*row[12].split(), *notes_of(db, email_id)),
    )


PEOPLE = ("to", "cc", "reply_to", "bcc")


def unpack_people(packed: str) -> list[tuple[EmailAddress, ...]]:
    """The people of `email.people`, in the order of `PEOPLE`."""
    kinds = json.loads(packed)
    return [tuple(EmailAddress(name=n, email=e) for n, e in kinds.get(k, [])) for k in PEOPLE]


def email_named(db: Connection, account_id: AccountId, message_id: str) -> EmailId | None:
    """The newest letter of an account with this Message-ID; None when it is not here."""
    row = db.execute(
        "SELECT id FROM email WHERE account_id = ? AND message_id = ? ORDER BY id DESC LIMIT 1",
        (account_id, message_id),
    ).fetchone()
    return None if row is None else EmailId(row[0])
