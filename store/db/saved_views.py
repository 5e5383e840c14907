"""Searches that are kept, each with a name, in the column of mailboxes."""

from __future__ import annotations

from typing import NamedTuple

from store.db.open import Connection, write
from store.errors import Usage

MOST_CHARACTERS = 40


class SavedView(NamedTuple):
    """A search that is kept."""

    id: int
    name: str
    query: str


def saved_views(db: Connection) -> list[SavedView]:
    """All of them, by name."""
    rows = db.execute("SELECT id, name, query FROM saved_view ORDER BY lower(name)")
    return [SavedView(*row) for row in rows]


def save_view(db: Connection, name: str, query: str) -> None:
    """Keep a search; one of that name is replaced.

    Raises:
        Usage: `view.no_name`; `view.no_query`, it would hold nothing.
    """
    name, query = " ".join(name.split())[:MOST_CHARACTERS], query.strip()
    if not name:
        raise Usage("view.no_name")
    if not query:
        raise Usage("view.no_query")
    with write(db):
        db.execute(
            "INSERT INTO saved_view (name, query) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET query = excluded.query",
            (name, query),
        )


def forget_view(db: Connection, name: str) -> bool:
    """Keep it no longer. False when there was none; no letter is touched."""
    with write(db):
        return bool(db.execute("DELETE FROM saved_view WHERE name = ?", (name,)).rowcount)
