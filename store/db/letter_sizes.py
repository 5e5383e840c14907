"""How large a letter may be for the server it leaves by, as that server last said (RFC 1870)."""

from __future__ import annotations

from store.db.open import Connection, write
from store.model.draft import Draft
from store.model.ids import AccountId

LINE, LINE_IN_BASE64 = 57, 78
"""Octets of a line of base64 (RFC 2045 §6.8): what it holds, what it takes."""
AROUND = 2_048
"""Of a header and its boundaries; so much again for each document."""


def note_largest(db: Connection, account_id: AccountId, largest: int | None) -> None:
    """Keep what the server said; None where it names no limit. Writes nothing when it is known."""
    if _said(db, account_id) == (largest or 0):
        return
    with write(db):
        db.execute(
            "INSERT INTO submission_offer (account_id, largest_size) VALUES (?1, ?2)"
            " ON CONFLICT (account_id) DO UPDATE SET largest_size = ?2",
            (account_id, largest or 0),
        )


def largest_letter(db: Connection, account_id: AccountId) -> int | None:
    """Octets; None when no limit is known."""
    return _said(db, account_id) or None


def size_of(written: Draft) -> int:
    """About how many octets a letter is on the wire, signed or not; never much less."""
    plain = written.body.encode("utf-8", "replace")
    accents = len(plain) - len(written.body.encode("ascii", "ignore"))
    # Quoted-printable takes three octets for one that is no ASCII, and breaks lines.
    text = len(plain) * 77 // 75 + 2 * accents + 3 * written.body.count("\n")
    documents = (-(-each.size // LINE) * LINE_IN_BASE64 for each in written.attachments)
    return sum(documents) + text + AROUND * (1 + len(written.attachments))


def _said(db: Connection, account_id: AccountId) -> int | None:
    row = db.execute(
        "SELECT largest_size FROM submission_offer WHERE account_id = ?", (account_id,)
    ).fetchone()
    return None if row is None else int(row[0])
