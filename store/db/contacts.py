"""A person's own entries of the directory (migration 0010). No import ever touches them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from store.db.directory.networks import placed
from store.db.fold import bare
from store.db.open import Connection, write
from store.errors import Usage
from store.model.directory import Address, Person, Place, Source, network_of

COLUMNS = "id, organisation, name, profession, town, national_id"


def add(
    db: Connection,
    *,
    name: str,
    emails: Sequence[str],
    now: int,
    organisation: bool = False,
    profession: str = "",
    town: str = "",
    national_id: str = "",
) -> Person:
    """Keep somebody. All their addresses, of every network, in the order they are preferred.

    Raises:
        Usage: `contact.twice`, somebody kept already has one of the addresses.
    """
    words = bare(" ".join((name, profession, town, national_id, *emails)))
    with write(db):
        for email in emails:
            if holder := by_address(db, email):
                raise Usage("contact.twice", address=email, id=holder[0].id)
        row = db.execute(
            "INSERT INTO contact (organisation, name, profession, town, national_id, words,"
            " created_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (organisation, name, profession, town, national_id, f" {words}", now),
        ).fetchone()
        db.executemany(
            "INSERT INTO contact_address VALUES (?, ?, ?)",
            ((row[0], n, email) for n, email in enumerate(emails)),
        )
        return by_id(db, f"c{row[0]}")[0]


def remove(db: Connection, id: str) -> Person:
    """Forget somebody; returns who it was.

    Raises:
        Usage: `contact.unknown`.
    """
    with write(db):
        found = by_id(db, id)
        if not found:
            raise Usage("contact.unknown", id=id)
        db.execute("DELETE FROM contact WHERE id = ?", (int(id[1:]),))
    return found[0]


def everyone(db: Connection) -> list[Person]:
    """All of them, by name."""
    return _people(db, db.execute(f"SELECT {COLUMNS} FROM contact ORDER BY words"))


def find(db: Connection, words: Sequence[str], limit: int) -> list[Person]:
    """Those of whom every word begins one of theirs; they are few: each is looked at."""
    wanted = " AND ".join(["words LIKE ?"] * len(words))
    rows = db.execute(
        f"SELECT {COLUMNS} FROM contact WHERE {wanted} ORDER BY words LIMIT ?",
        (*(f"% {word}%" for word in words), limit),
    )
    return _people(db, rows)


def by_id(db: Connection, id: str) -> list[Person]:
    """The one called 'c' and a number; none when there is none."""
    if id[:1] != "c" or not id[1:].isdecimal() or len(id) > 18:
        return []
    rows = db.execute(f"SELECT {COLUMNS} FROM contact WHERE id = ?", (int(id[1:]),))
    return _people(db, rows)


def by_address(db: Connection, email: str) -> list[Person]:
    """Who has that address."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM contact WHERE id IN"
        " (SELECT contact_id FROM contact_address WHERE email = ?) ORDER BY id",
        (email,),
    )
    return _people(db, rows)


def _people(db: Connection, rows: Iterable[Sequence[object]]) -> list[Person]:
    return placed(db, [_person(db, row) for row in list(rows)])


def _person(db: Connection, row: Sequence[object]) -> Person:
    id_, organisation, name, profession, town, national_id = row
    emails = db.execute(
        "SELECT email FROM contact_address WHERE contact_id = ? ORDER BY position", (id_,)
    )
    place = Place(name=str(name) if organisation else "", town=str(town))
    return Person(
        id=f"c{id_}",
        organisation=bool(organisation),
        family="" if organisation else str(name),
        national_id=str(national_id),
        professions=(str(profession),) if profession else (),
        places=(place,) if any(place) else (),
        addresses=tuple(Address(str(e), network_of(str(e))) for (e,) in emails),
        sources=(Source.CONTACT,),
    )
