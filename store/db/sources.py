"""Where the directory comes from, who is asked live, and what was asked (migration 0010)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from store.db.directory.networks import placed
from store.db.open import Connection, write
from store.errors import Usage
from store.model.directory import Person, as_facts, from_facts
from store.model.directory_source import DirectorySource, Lookup, SourceKind
from store.model.trust import Revocation

COLUMNS = (
    "id, name, kind, url, ca, base, user, secret_file, secret_command, asked_at, etag, modified,"
    " size, part_etag, checked_at, last_error, revocation, revocation_as_of_at"
)
WISHES = ("name", "kind", "url", "ca", "base", "user", "secret_file", "secret_command")
MOST_LOOKUPS = 20
"""Answers kept: they are a help to memory, not a copy of somebody's directory."""


def add_source(db: Connection, source: DirectorySource) -> int:
    """Keep it; returns its id.

    Raises:
        Usage: `directory.source_exists`.
    """
    with write(db):
        if db.execute("SELECT 1 FROM directory_source WHERE name = ?", (source.name,)).fetchone():
            raise Usage("directory.source_exists", name=source.name)
        row = db.execute(
            f"INSERT INTO directory_source ({', '.join(WISHES)})"
            f" VALUES ({', '.join('?' * len(WISHES))}) RETURNING id",
            [str(getattr(source, wish)) for wish in WISHES],
        ).fetchone()
    return int(row[0])


def sources(db: Connection, *kinds: SourceKind) -> list[DirectorySource]:
    """All of them, or those of some kinds, in the order they were added."""
    rows = db.execute(f"SELECT {COLUMNS} FROM directory_source ORDER BY id")
    found = [_source(row) for row in rows]
    return [source for source in found if not kinds or source.kind in kinds]


def remove_source(db: Connection, name: str) -> None:
    """Forget it. What was imported from it stays.

    Raises:
        Usage: `directory.no_such_source`.
    """
    with write(db):
        if not db.execute("DELETE FROM directory_source WHERE name = ?", (name,)).rowcount:
            raise Usage("directory.no_such_source", name=name)


def want_sources(db: Connection, now: int) -> int:
    """Ask for every extract to be fetched now, whatever the line costs; how many there are."""
    with write(db):
        return db.execute(
            "UPDATE directory_source SET asked_at = ? WHERE kind = 'extract'", (now,)
        ).rowcount


def note_part(db: Connection, source_id: int, etag: str) -> None:
    """Said before the first octet is kept: the part on the disk belongs to that version."""
    with write(db):
        db.execute("UPDATE directory_source SET part_etag = ? WHERE id = ?", (etag, source_id))


def note_checked(
    db: Connection,
    source_id: int,
    now: int,
    *,
    error: str = "",
    version: tuple[str, str, int] | None = None,
) -> None:
    """The server was asked. `version`: ETag, Last-Modified and octets of what is imported now."""
    with write(db):
        db.execute(
            "UPDATE directory_source SET checked_at = ?, last_error = ? WHERE id = ?",
            (now, error, source_id),
        )
        if version is not None:
            db.execute(
                "UPDATE directory_source SET etag = ?, modified = ?, size = ?, part_etag = ''"
                " WHERE id = ?",
                (*version, source_id),
            )


def note_revocation(
    db: Connection, source_id: int, state: Revocation, as_of_at: int | None
) -> None:
    """What was known of its server's certificate. Writes nothing when that has not changed."""
    row = db.execute(
        "SELECT revocation, revocation_as_of_at FROM directory_source WHERE id = ?", (source_id,)
    ).fetchone()
    if row is not None and tuple(row) != (state.value, as_of_at):
        with write(db):
            db.execute(
                "UPDATE directory_source SET revocation = ?, revocation_as_of_at = ? WHERE id = ?",
                (state.value, as_of_at, source_id),
            )


def _source(row: Sequence[object]) -> DirectorySource:
    facts = dict(zip(COLUMNS.replace(" ", "").split(","), row, strict=True))
    facts["kind"] = SourceKind(str(facts["kind"]))
    facts["revocation"] = Revocation(str(facts["revocation"])) if facts["revocation"] else None
    return DirectorySource(**facts)  # type: ignore[arg-type]


def ask(db: Connection, query: str, now: int) -> int:
    """Put a question to the live sources; returns its id."""
    with write(db):
        row = db.execute(
            "INSERT INTO directory_lookup (query, asked_at) VALUES (?, ?) RETURNING id",
            (query, now),
        ).fetchone()
        db.execute("DELETE FROM directory_lookup WHERE id <= ? - ?", (row[0], MOST_LOOKUPS))
    return int(row[0])


def unanswered(db: Connection) -> list[Lookup]:
    """What nobody has answered, the oldest first."""
    rows = db.execute(
        "SELECT id, query, asked_at, answered_at, last_error, people FROM directory_lookup"
        " WHERE answered_at IS NULL ORDER BY id"
    )
    return [_lookup(row) for row in rows]


def answer(
    db: Connection, lookup_id: int, people: Sequence[Person], now: int, *, error: str = ""
) -> None:
    """What was found, and the code of what went wrong meanwhile."""
    with write(db):
        db.execute(
            "UPDATE directory_lookup SET answered_at = ?, people = ?, last_error = ? WHERE id = ?",
            (now, json.dumps([as_facts(person) for person in people]), error, lookup_id),
        )


def lookup(db: Connection, lookup_id: int) -> Lookup | None:
    """A question and its answer, if it is still there."""
    row = db.execute(
        "SELECT id, query, asked_at, answered_at, last_error, people FROM directory_lookup"
        " WHERE id = ?",
        (lookup_id,),
    ).fetchone()
    if row is None:
        return None
    found = _lookup(row)
    # The list may have been imported since it was answered.
    return replace(found, people=tuple(placed(db, found.people)))


def _lookup(row: Sequence[object]) -> Lookup:
    id_, query, asked_at, answered_at, error, people = row
    return Lookup(
        id=int(str(id_)),
        query=str(query),
        asked_at=int(str(asked_at)),
        answered_at=None if answered_at is None else int(str(answered_at)),
        last_error=str(error),
        people=tuple(from_facts(facts) for facts in json.loads(str(people))),
    )
