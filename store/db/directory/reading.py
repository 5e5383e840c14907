"""People out of the lines of the directory: one for all lines with the same national id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from store.db.open import Connection
from store.model.directory import (
    Address,
    Network,
    Person,
    Place,
    Snapshot,
    Source,
    network_of,
    once,
)

MOST_LINES = 60
"""Of one person: some have worked everywhere."""
COLUMNS = """
SELECT l.id, s.source, l.national_id, l.email, l.box, l.title, l.family, l.given,
       coalesce(p.words, ''), coalesce(k.words, ''), l.structure_id, l.structure, l.service,
       l.street, l.postcode, l.town, l.phone, l.paperless, l.sorting
  FROM listing AS l JOIN snapshot AS s ON s.number = l.snapshot
  LEFT JOIN label AS p ON p.id = l.profession LEFT JOIN label AS k ON k.id = l.speciality
"""
BY_NATIONAL_ID = f"{COLUMNS} WHERE l.national_id = ? AND l.national_id <> '' LIMIT {MOST_LINES}"
BY_EMAIL = f"""{COLUMNS}
 WHERE l.email = ? COLLATE NOCASE AND l.email <> '' LIMIT {MOST_LINES}"""


class Line:
    """A line of the directory, as it was read."""

    __slots__ = ("cells", "email", "id", "national_id", "sorting")

    def __init__(self, cells: Sequence[object]) -> None:
        self.cells = cells
        self.id = int(str(cells[0]))
        self.national_id, self.email = str(cells[2]), str(cells[3])
        self.sorting = str(cells[18])

    @property
    def key(self) -> str:
        """The same for all lines of one person, or of one mailbox of an organisation."""
        return self.national_id or self.email.lower() or f"l{self.id}"

    @property
    def words(self) -> str:
        """All that can be looked for in it."""
        return " ".join(str(cell) for cell in self.cells[6:16])


def lines_by_id(listings: Connection, ids: Iterable[int]) -> list[Line]:
    """These lines, in no order."""
    rows = listings.execute(
        f"{COLUMNS} WHERE l.id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    )
    return [Line(row) for row in rows]


def lines_of(listings: Connection, key: str) -> list[Line]:
    """The lines of one person, by national id, or of one mailbox, by its address."""
    query = BY_EMAIL if "@" in key else BY_NATIONAL_ID
    return [Line(row) for row in listings.execute(query, (key,))]


def person_of(lines: Sequence[Line]) -> Person:
    """One person out of all their lines."""
    rows = [line.cells for line in lines]
    first = rows[0]
    organisation = not first[2]
    places = once(Place(*(str(cell) for cell in (*row[11:16], row[10], row[16]))) for row in rows)
    return Person(
        id=lines[0].key,
        organisation=organisation,
        title=next((str(row[5]) for row in rows if row[5]), ""),
        family=str(first[6]),
        given=str(first[7]),
        national_id=str(first[2]),
        professions=once(str(row[8]) for row in rows if row[8]),
        specialities=once(str(row[9]) for row in rows if row[9]),
        places=tuple(place for place in places if any(place)),
        addresses=_addresses(rows),
        sources=once(Source(str(row[1])) for row in rows),
    )


def _addresses(rows: Iterable[Sequence[object]]) -> tuple[Address, ...]:
    found: dict[str, Address] = {}
    for row in rows:
        email = str(row[3])
        if not email:
            continue
        # Being in the MSSanté extract is what makes a mailbox one of MSSanté's.
        mssante = row[1] == Source.MSSANTE
        network = Network.MSSANTE if mssante else network_of(email)
        address = Address(email, network, str(row[4]), bool(row[17]))
        if mssante or email.lower() not in found:
            found[email.lower()] = address
    return tuple(found.values())


def snapshots(listings: Connection) -> tuple[Snapshot, ...]:
    """What was imported, and when."""
    rows = listings.execute(
        "SELECT source, taken_at, imported_at, listings, odd FROM snapshot ORDER BY number"
    )
    return tuple(Snapshot(Source(row[0]), *row[1:]) for row in rows)
