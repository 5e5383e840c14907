"""Letters that ask whether they were read, and what is answered.

`unread` until a person here reads it; `read` is for the node to look at; `ask` waits for a
person's yes or no; `yes` is for the node to answer; `no` and `done` are the end. Reading on
another device is that device's to answer: it says `$MDNSent` then (RFC 3503), and it is `done`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from store.db.open import Connection, write
from store.errors import Usage
from store.model.email import pack_keywords, unpack_keywords
from store.model.ids import AccountId, EmailId, PlacementId

MDN_SENT = "$mdnsent"


class ReceiptAsked(NamedTuple):
    """One letter that asks, and what became of it."""

    email_id: EmailId
    asks_to: str
    """Words from outside."""
    return_path: str
    original_recipient: str
    state: str
    error: str
    """Code of why the receipt could not leave; ''."""
    message_id: str
    subject: str
    sender: str
    is_answered: bool
    """Some device has said so to the server."""
    filing: str | None = None
    """What the practice's software said: '' filed, else a code of why not; None nothing yet."""


def note_asked(
    db: Connection,
    email_id: EmailId,
    asks_to: str,
    return_path: str,
    original_recipient: str,
    *,
    now: int,
) -> None:
    """A letter asks; one of our own does not ask us. Call inside `write`."""
    db.execute(
        "INSERT INTO receipt_asked (email_id, asks_to, return_path, original_recipient, changed_at)"
        " SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS"
        " (SELECT 1 FROM account WHERE address = ?2 COLLATE NOCASE)"
        # A lean line shows its header first; once whole, it may show more.
        " ON CONFLICT (email_id) DO UPDATE SET return_path = excluded.return_path"
        " WHERE return_path = '' AND state IN ('unread', 'read')",
        (email_id, asks_to, return_path, original_recipient, now),
    )


def note_read(db: Connection, placement_id: PlacementId) -> None:
    """A person here has read it: now it may be answered. Call inside `write`."""
    db.execute(
        "UPDATE receipt_asked SET state = 'read' WHERE state = 'unread'"
        " AND email_id = (SELECT email_id FROM placement WHERE id = ?)",
        (placement_id,),
    )


def asked_in(
    db: Connection, account_id: AccountId | None, states: Iterable[str]
) -> list[ReceiptAsked]:
    """Those in one of `states`, the oldest first; of every account where None is given."""
    wanted = tuple(states)
    marks = ", ".join("?" for _ in wanted)
    rows = db.execute(
        "SELECT a.email_id, a.asks_to, a.return_path, a.original_recipient, a.state, a.error,"
        " e.message_id, e.subject, e.sender_email, EXISTS (SELECT 1 FROM placement AS p"
        "  WHERE p.email_id = a.email_id AND instr(' ' || p.keywords || ' ', ' $mdnsent ') > 0),"
        " a.filing"
        f" FROM receipt_asked AS a JOIN email AS e ON e.id = a.email_id WHERE a.state IN ({marks})"
        " AND e.account_id = coalesce(?, e.account_id) ORDER BY a.email_id",
        (*wanted, account_id),
    )
    return [ReceiptAsked._make((*row[:9], bool(row[9]), row[10])) for row in rows]


def set_asked(
    db: Connection, email_id: EmailId, before: str, after: str, *, now: int, error: str = ""
) -> bool:
    """Move one on from the state it was seen in. False when it is there no more. Call inside
    `write`."""
    return bool(
        db.execute(
            "UPDATE receipt_asked SET state = ?, error = ?, changed_at = ?"
            " WHERE email_id = ? AND state = ?",
            (after, error, now, email_id, before),
        ).rowcount
    )


def note_filing(db: Connection, email_id: EmailId, code: str, *, now: int) -> None:
    """The practice's software has said what it did with a letter's documents: that is what its
    sender is told, if anything, whether somebody has read it or not."""
    with write(db):
        db.execute(
            "UPDATE receipt_asked SET filing = ?, state = 'read', error = '', changed_at = ?"
            " WHERE email_id = ? AND filing IS NULL AND state IN ('unread', 'read', 'ask')",
            (code, now, email_id),
        )


def answer(db: Connection, email_id: EmailId, *, yes: bool, now: int) -> None:
    """The person says whether the receipt may leave.

    Raises:
        Usage: `receipt.not_asked`.
    """
    with write(db):
        done = any(
            set_asked(db, email_id, before, "yes" if yes else "no", now=now)
            for before in ("ask", "read")
        )
    if not done:
        raise Usage("receipt.not_asked", id=email_id)


def answered_otherwise(db: Connection, email_id: EmailId, *, now: int) -> None:
    """Its sender was told more than that it was read: no other receipt is to leave (RFC 8098 §2.1).
    Call inside `write`."""
    db.execute(
        "UPDATE receipt_asked SET state = 'done', error = '', changed_at = ?"
        " WHERE email_id = ? AND state <> 'done'",
        (now, email_id),
    )
    mark_answered(db, email_id)


def mark_answered(db: Connection, email_id: EmailId) -> None:
    """Every device is to know that it was answered. Call inside `write`."""
    rows = db.execute("SELECT id, keywords FROM placement WHERE email_id = ?", (email_id,))
    for placement_id, packed in rows.fetchall():
        wanted = pack_keywords(unpack_keywords(packed) | {MDN_SENT})
        db.execute("UPDATE placement SET keywords = ? WHERE id = ?", (wanted, placement_id))
