"""Who writes by an account: its settings file, kept as it was given."""

from __future__ import annotations

from store.db.open import Connection, write
from store.model.ids import AccountId


def set_author(db: Connection, account_id: AccountId, content: str, *, now: int) -> None:
    """Keep the settings of an account; '' forgets them.

    What was received before the first ones is not exported; later ones change no line of that.
    """
    with write(db):
        if not content:
            db.execute("DELETE FROM author WHERE account_id = ?", (account_id,))
            return
        db.execute(
            "INSERT INTO author (account_id, content, exports_after, set_at)"
            " VALUES (?1, ?2, (SELECT coalesce(max(id), 0) FROM email), ?3)"
            " ON CONFLICT (account_id) DO UPDATE SET content = ?2, set_at = ?3",
            (account_id, content, now),
        )


def author_content(db: Connection, account_id: AccountId) -> str:
    """The settings of an account; '' when none were given."""
    row = db.execute("SELECT content FROM author WHERE account_id = ?", (account_id,)).fetchone()
    return "" if row is None else str(row[0])


def authors(db: Connection) -> list[tuple[AccountId, str]]:
    """Every account that has some."""
    rows = db.execute("SELECT account_id, content FROM author ORDER BY account_id")
    return [(AccountId(row[0]), row[1]) for row in rows]
