"""Templates: letters that are written often, with fields to fill in (store/filling.py)."""

from __future__ import annotations

from typing import NamedTuple

from store.db.open import Connection, write
from store.errors import Usage

MOST_CHARACTERS = 50_000


class Template(NamedTuple):
    """One of them, as the person wrote it."""

    name: str
    subject: str
    """'' for none."""
    body: str


def templates(db: Connection) -> list[Template]:
    """All of them, by name."""
    rows = db.execute("SELECT name, subject, body FROM template ORDER BY name COLLATE NOCASE")
    return [Template(*row) for row in rows]


def template(db: Connection, name: str) -> Template:
    """One of them.

    Raises:
        Usage: `template.unknown`.
    """
    row = db.execute("SELECT name, subject, body FROM template WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise Usage("template.unknown", name=name)
    return Template(*row)


def save_template(db: Connection, saved: Template, *, now: int) -> None:
    """Keep a template; one of that name gives way to it.

    Raises:
        Usage: `template.no_name`, `template.empty`, `template.too_long`.
    """
    name = " ".join(saved.name.split())
    if not name:
        raise Usage("template.no_name")
    if not saved.body.strip():
        raise Usage("template.empty", name=name)
    if len(saved.body) > MOST_CHARACTERS:
        raise Usage("template.too_long", name=name, most=MOST_CHARACTERS)
    with write(db):
        db.execute(
            "INSERT INTO template (name, subject, body, changed_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET subject = excluded.subject,"
            " body = excluded.body, changed_at = excluded.changed_at",
            (name, saved.subject, saved.body, now),
        )


def remove_template(db: Connection, name: str) -> None:
    """Keep it no longer.

    Raises:
        Usage: `template.unknown`.
    """
    with write(db):
        if not db.execute("DELETE FROM template WHERE name = ?", (name,)).rowcount:
            raise Usage("template.unknown", name=name)
