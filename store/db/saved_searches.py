"""Searches a person keeps by a name."""

from __future__ import annotations

from typing import NamedTuple

from store.db.open import Connection, write
from store.errors import Usage


class SavedSearch(NamedTuple):
    """What is searched for, by its name."""

    name: str
    query: str


def saved_searches(db: Connection) -> list[SavedSearch]:
    """All of them, in the order they were kept."""
    rows = db.execute("SELECT name, query FROM saved_search ORDER BY id")
    return [SavedSearch(*row) for row in rows]


def save_search(db: Connection, name: str, query: str, *, now: int) -> None:
    """Keep a search; one of that name gives way to it.

    Raises:
        Usage: `search.no_name`, `search.nothing_to_save`.
    """
    name, query = " ".join(name.split()), query.strip()
    if not name:
        raise Usage("search.no_name")
    if not query:
        raise Usage("search.nothing_to_save")
    with write(db):
        db.execute(
            "INSERT INTO saved_search (name, query, saved_at) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE"
            " SET query = excluded.query, saved_at = excluded.saved_at",
            (name, query, now),
        )


def forget_search(db: Connection, name: str) -> None:
    """Keep it no longer.

    Raises:
        Usage: `search.unknown`.
    """
    with write(db):
        if not db.execute("DELETE FROM saved_search WHERE name = ?", (name,)).rowcount:
            raise Usage("search.unknown", name=name)
