"""Find people as one types: the beginnings of words, in any order, with accents or without.

Each way of looking is bounded by an index and a limit, so that what a key costs does not depend on
how many people there are. Who is named so comes before who merely works so; whom one has written to
comes first of all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from store.db import contacts, correspondents
from store.db.directory.networks import placed
from store.db.directory.reading import (
    Line,
    lines_by_id,
    lines_of,
    person_of,
    snapshots,
)
from store.db.directory.shelf import Shelf
from store.db.directory.spelling import spellings
from store.db.fold import bare
from store.db.open import Connection
from store.errors import Usage
from store.model.directory import Answer, Person, merged

MOST_WORDS = 8
SHORT = 2
"""Letters of a word that is not looked for in the index, but in what the others found: a hundred
thousand words begin with any two letters."""
LIMIT = 50
CANDIDATES = 120
BY_SORTING = (
    "SELECT id FROM listing WHERE sorting >= :from AND sorting < :to ORDER BY sorting LIMIT :limit"
)
BY_EMAIL = (
    "SELECT id FROM listing WHERE email >= :from COLLATE NOCASE AND email < :to COLLATE NOCASE"
    " AND email <> '' LIMIT :limit"
)
BY_NATIONAL_ID = (
    "SELECT id FROM listing WHERE national_id >= :from AND national_id < :to"
    " AND national_id <> '' LIMIT :limit"
)
BY_WORDS = "SELECT rowid FROM listing_words WHERE listing_words MATCH ? LIMIT ?"
LAST = "\U0010ffff"
"""After every word that begins as one does."""


class Query(NamedTuple):
    """What was typed."""

    typed: str
    words: tuple[str, ...]
    """Bare, the longest that can be looked for."""

    @property
    def long(self) -> tuple[str, ...]:
        """The words an index can find."""
        return tuple(word for word in self.words if len(word) > SHORT)


class Found(NamedTuple):
    """A line and how near it is to what was typed, 0 the nearest."""

    line: Line
    tier: int


def parse(typed: str) -> Query:
    """The words of a query. Nothing in it is ever read as syntax."""
    return Query(typed.strip(), tuple(bare(typed).split()[:MOST_WORDS]))


def search(shelf: Shelf, typed: str, limit: int = LIMIT) -> Answer:
    """The people nearest to what was typed, at most `limit` of them."""
    query = parse(typed)
    ages = snapshots(shelf.listings)
    if not query.words:
        return Answer((), ages)
    known = [*contacts.find(shelf.db, query.words, limit), *_written_to(shelf, query, limit)]
    found, more = _lines(shelf.listings, query)
    approximate = False
    if not found and not known:
        found, more = _nearly(shelf.listings, query)
        approximate = bool(found)
    keys = _best(found)
    imported = [person_of(_all_lines(shelf.listings, line)) for line in keys[:limit]]
    people = _with_what_we_wrote(shelf.db, placed(shelf.db, merged([*known, *imported])))
    return Answer(tuple(people[:limit]), ages, approximate, more or len(keys) > limit)


def show(shelf: Shelf, id: str) -> Answer:
    """One person by what `Person.id` says, an RPPS, or an address.

    Raises:
        Usage: `directory.unknown`.
    """
    keys = [id, f"8{id}"] if id.isdigit() and len(id) == 11 else [id]
    people = contacts.by_id(shelf.db, id)
    lines = next((found for key in keys if (found := lines_of(shelf.listings, key))), [])
    if not people and "@" in id:
        people = contacts.by_address(shelf.db, id)
    national = next((line.national_id for line in lines if line.national_id), "")
    if national and "@" in id:
        lines = lines_of(shelf.listings, national)
    for email in {line.email for line in lines if line.email}:
        people += contacts.by_address(shelf.db, email)
    for email in [address.email for person in people for address in person.addresses]:
        lines += lines_of(shelf.listings, email)
    if lines:
        people = merged([*people, person_of(lines)])
    if not people:
        raise Usage("directory.unknown", id=id)
    known = _with_what_we_wrote(shelf.db, placed(shelf.db, people))
    return Answer(tuple(known[:1]), snapshots(shelf.listings))


def _lines(listings: Connection, query: Query) -> tuple[list[Found], bool]:
    """The lines that hold every word, each with its tier; whether there are more of them."""
    tiers: dict[int, int] = {}
    full = False
    for tier, ids in _ways(listings, query):
        for id_ in ids:
            tiers.setdefault(id_, tier)
        full = full or len(ids) >= CANDIDATES
        if len(tiers) >= CANDIDATES:
            break
    lines = (Found(line, tiers[line.id]) for line in lines_by_id(listings, tiers))
    short = [word for word in query.words if len(word) <= SHORT]
    return [found for found in lines if found.tier == 0 or _has(found.line, short)], full


def _ways(listings: Connection, query: Query) -> Iterable[tuple[int, list[int]]]:
    yield 0, _range(listings, BY_SORTING, " ".join(query.words))
    if "@" in query.typed:
        yield 0, _range(listings, BY_EMAIL, query.typed)
        return
    if query.typed.isdigit() and len(query.typed) >= 5:
        for first in ("8", "0", ""):
            yield 0, _range(listings, BY_NATIONAL_ID, first + query.typed)
    if query.long:
        every = " ".join(f'"{word}"*' for word in query.long)
        some = " OR ".join(f'"{word}"*' for word in query.long)
        yield 1, _match(listings, f"name : ({every.replace(' ', ' AND ')})")
        if len(query.long) > 1:
            yield 2, _match(listings, f"(name : ({some})) AND ({every.replace(' ', ' AND ')})")
        yield 3, _match(listings, every)


def _nearly(listings: Connection, query: Query) -> tuple[list[Found], bool]:
    """Lines in which each word may be one slip away from the one typed."""
    near = [(word, *spellings(listings, word)) for word in query.long]
    if not any(len(each) > 1 for each in near):
        return [], False
    groups = [" OR ".join(f'"{spelling}"*' for spelling in each) for each in near]
    ids = _match(listings, " AND ".join(f"({group})" for group in groups))
    short = [word for word in query.words if len(word) <= SHORT]
    lines = [line for line in lines_by_id(listings, ids) if _has(line, short)]
    return [Found(line, 4) for line in lines], len(ids) >= CANDIDATES


def _range(listings: Connection, query: str, begins: str) -> list[int]:
    bounds = {"from": begins, "to": begins + LAST, "limit": CANDIDATES}
    return [int(id_) for (id_,) in listings.execute(query, bounds)]


def _match(listings: Connection, expression: str) -> list[int]:
    return [int(id_) for (id_,) in listings.execute(BY_WORDS, (expression, CANDIDATES))]


def _has(line: Line, words: Iterable[str]) -> bool:
    """Whether words of a line begin with these."""
    if not words:
        return True
    said = f" {bare(line.words)}"
    return all(f" {word}" in said for word in words)


def _best(found: Iterable[Found]) -> list[Line]:
    """One line for each person, the nearest first, else by name."""
    best: dict[str, Line] = {}
    for each in sorted(found, key=lambda f: (f.tier, f.line.sorting, f.line.id)):
        best.setdefault(each.line.key, each.line)
    return list(best.values())


def _all_lines(listings: Connection, line: Line) -> list[Line]:
    """All that is known of the person of this line; it leads."""
    if not line.national_id:
        return [line]
    others = lines_of(listings, line.national_id)
    return [line, *(other for other in others if other.id != line.id)]


def _written_to(shelf: Shelf, query: Query, limit: int) -> list[Person]:
    """Whom one has written to, as the directory knows them where it does."""
    people = []
    for email, name in correspondents.find(shelf.db, query.words, limit):
        lines = lines_of(shelf.listings, email)
        if lines and lines[0].national_id:
            lines = lines_of(shelf.listings, lines[0].national_id)
        people.append(person_of(lines) if lines else correspondents.stranger(email, name))
    return people


def _with_what_we_wrote(db: Connection, people: list[Person]) -> list[Person]:
    """Each with when they were last written to; those first, the last written to before."""
    emails = [address.email for person in people for address in person.addresses]
    at = correspondents.last_written(db, emails)
    told = [
        replace(p, written_at=max((at.get(a.email.lower(), 0) for a in p.addresses), default=0))
        for p in people
    ]
    return sorted(told, key=lambda person: -person.written_at)
