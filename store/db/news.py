"""What came since somebody last looked: how many, never what."""

from __future__ import annotations

from store.db.open import Connection
from store.model.mailbox import Role


def newest_email(db: Connection) -> int:
    """The number of the letter that came last; 0 while there is none. Numbers only ever rise."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM email").fetchone()[0])


def came_since(db: Connection, newest: int) -> int:
    """How many unread letters of an inbox have a number above `newest`."""
    row = db.execute(
        "SELECT count(DISTINCT email.id) FROM email"
        " JOIN placement ON placement.email_id = email.id"
        " JOIN mailbox ON mailbox.id = placement.shown_mailbox_id"
        " WHERE email.id > ? AND mailbox.role = ? AND placement.deleted = 0"
        " AND placement.unread = 1",
        (newest, Role.INBOX.value),
    ).fetchone()
    return int(row[0])
