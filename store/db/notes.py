"""What sync chose for a letter when two people wanted different things of it."""

from __future__ import annotations

from store.db.open import Connection
from store.model.ids import EmailId


def add_note(db: Connection, email_id: EmailId, code: str, *, now: int) -> None:
    """Note a choice; the latest of a kind is the one that stays. Call inside `write`."""
    db.execute(
        "INSERT INTO email_note (email_id, code, noted_at) VALUES (?, ?, ?)"
        " ON CONFLICT (email_id, code) DO UPDATE SET noted_at = excluded.noted_at",
        (email_id, code, now),
    )


def notes_of(db: Connection, email_id: EmailId) -> tuple[str, ...]:
    """The codes of what was chosen, oldest first."""
    rows = db.execute(
        "SELECT code FROM email_note WHERE email_id = ? ORDER BY noted_at, code", (email_id,)
    )
    return tuple(row[0] for row in rows)
