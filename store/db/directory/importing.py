"""Take in a whole extract: what is new is added, what is gone is removed, in one transaction.

A reader sees the old directory until the commit, and a process killed before it leaves the old one.
A line is known by the digest of its octets, so that the extract of the next day costs its reading
and its differences. Memory holds 17 octets for each line held, and no line.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from store.db.fold import bare
from store.db.open import Connection, write
from store.errors import NeedsUser, Permanent
from store.model.directory import Listing, Source

BATCH = 2_000
KEPT_LABELS = 20_000
"""How many folded professions, places and towns are remembered: they come again and again."""
IMPORT_CACHE_KIB, SORT_CACHE_KIB = 24_576, 2_048
HEAPS = 32
"""Digests of new lines are compared in so many heaps: sorting makes 32 octets of each."""
SHRINK_FROM = 1_000
"""A directory of fewer lines may lose as many as it likes."""
INDEXES = {
    "listing_sorting": "listing (sorting)",
    "listing_email": "listing (email COLLATE NOCASE) WHERE email <> ''",
    "listing_national_id": "listing (national_id) WHERE national_id <> ''",
}
"""Of schema.sql. Made anew after a first import: sorted at once, half a million lines cost 2 s."""
ADD = f"INSERT INTO listing VALUES ({', '.join('?' * 20)})"
ADD_WORDS = "INSERT INTO listing_words (rowid, name, rest) VALUES (?, ?, ?)"


class Extract(NamedTuple):
    """What is known of an extract before its lines are read."""

    source: Source
    digest: bytes
    """SHA-256 of the file as it was given."""
    taken_at: int
    """Unix seconds."""


class Differences(NamedTuple):
    """What an import changed."""

    added: int
    changed: int
    """The same mailbox of the same person, otherwise described."""
    removed: int
    listings: int
    """Held after it."""
    repeated: int
    """Lines that were there twice."""


def is_held(listings: Connection, extract: Extract) -> bool:
    """Whether that very file is what was imported last."""
    row = listings.execute(
        "SELECT digest FROM snapshot WHERE source = ?", (extract.source.value,)
    ).fetchone()
    return row is not None and bytes(row[0]) == extract.digest


def note_taken(listings: Connection, extract: Extract, now: int) -> None:
    """The same content was published again: it is as old as that."""
    with write(listings):
        listings.execute(
            "UPDATE snapshot SET taken_at = max(taken_at, ?), imported_at = ? WHERE source = ?",
            (extract.taken_at, now, extract.source.value),
        )


def replace_listings(
    listings: Connection,
    extract: Extract,
    lines: Iterable[Listing],
    *,
    now: int,
    odd: Callable[[], int],
    may_shrink: bool = False,
) -> Differences:
    """Hold exactly `lines` of that source. `odd` says, at the end, how many could not be read.

    Raises:
        NeedsUser: `directory.shrinks`, more than half of what is held would go, as it would for a
            file cut short; `may_shrink` takes it all the same.
        Permanent: `directory.no_lines`, of an extract without any.
        Whatever `lines` raises: then nothing has changed.
    """
    with write(listings):
        number = _number(listings, extract.source)
        known = _Known(listings, number)
        first = not len(known)
        if first:
            for name in INDEXES:
                listings.execute(f"DROP INDEX IF EXISTS {name}")
        adding = _Adding(listings, number, counting=not first)
        for batch in _batches(lines):
            adding.add(batch if first else [x for x in batch if not known.sees(x.digest)])
        if not adding.count and not known.has_seen and not may_shrink:
            raise Permanent("directory.no_lines")
        repeated = known.repeated + adding.forget_repeated()
        gone = known.unseen()
        if len(known) >= SHRINK_FROM and len(gone) * 2 > len(known) and not may_shrink:
            raise NeedsUser("directory.shrinks", held=len(known), gone=len(gone))
        changed = _remove(listings, gone, adding.identities)
        if first:
            _make_indexes(listings)
        held = len(known) - len(gone) + adding.count
        listings.execute(
            "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, extract.source.value, extract.digest, extract.taken_at, now, held, odd()),
        )
    listings.execute(f"PRAGMA cache_size = -{IMPORT_CACHE_KIB}")
    # The log has grown to what the import wrote; readers that are busy only put it off.
    listings.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return Differences(adding.count - changed, changed, len(gone) - changed, held, repeated)


def _make_indexes(listings: Connection) -> None:
    """Anew, each sorted at once, which is in memory: so what else is there gives way."""
    listings.execute(f"PRAGMA cache_size = -{SORT_CACHE_KIB}")
    for name, what in INDEXES.items():
        listings.execute(f"CREATE INDEX {name} ON {what}")


def _number(listings: Connection, source: Source) -> int:
    row = listings.execute(
        "SELECT coalesce((SELECT number FROM snapshot WHERE source = ?),"
        " (SELECT max(number) FROM snapshot) + 1, 1)",
        (source.value,),
    ).fetchone()
    return int(row[0])


def _batches(lines: Iterable[Listing]) -> Iterator[list[Listing]]:
    each = iter(lines)
    while batch := list(islice(each, BATCH)):
        yield batch


class _Known:
    """The lines held, by digest, and which of them the new extract has too."""

    def __init__(self, listings: Connection, number: int) -> None:
        self._digests, self._ids = array("q"), array("q")
        for digest, id_ in listings.execute(
            "SELECT digest, id FROM listing WHERE snapshot = ? ORDER BY digest", (number,)
        ):
            self._digests.append(digest)
            self._ids.append(id_)
        self._seen = bytearray(len(self._digests))
        self.repeated = 0

    def __len__(self) -> int:
        return len(self._digests)

    def sees(self, digest: int) -> bool:
        """Whether that line is held; marks it."""
        at = bisect_left(self._digests, digest)
        if at == len(self._digests) or self._digests[at] != digest:
            return False
        self.repeated += self._seen[at]
        self._seen[at] = 1
        return True

    @property
    def has_seen(self) -> bool:
        """Whether any line is held."""
        return 1 in self._seen

    def unseen(self) -> list[int]:
        """The ids of what the new extract no longer has."""
        return [id_ for id_, seen in zip(self._ids, self._seen, strict=True) if not seen]


class _Adding:
    """New lines, into the table and the words."""

    def __init__(self, listings: Connection, number: int, *, counting: bool) -> None:
        self._listings, self._number, self._counting = listings, number, counting
        row = listings.execute("SELECT coalesce(max(id), 0) + 1 FROM listing").fetchone()
        self._first = self._next = int(row[0])
        self._labels: dict[str, int] = {
            words: id_ for id_, words in listings.execute("SELECT id, words FROM label")
        }
        self._bare = lru_cache(KEPT_LABELS)(bare)
        self.identities: Counter[int] = Counter()
        """Of what is new, for what is gone to be matched with; empty in a first import."""
        self._digests = [array("q") for _ in range(HEAPS)]
        self.count = 0

    def add(self, lines: list[Listing]) -> None:
        """Lines that are not held."""
        rows, words = [], []
        for id_, line in enumerate(lines, self._next):
            person = f"{bare(line.family)} {self._bare(line.given)}".strip()
            place = self._bare(f"{line.structure} {line.service}")
            rows.append(self._row(id_, line, person or place))
            said = (line.profession, line.speciality, line.postcode, line.town)
            rest = " ".join(map(self._bare, said))
            # An organisation is found first by its own name, as a person is.
            words.append((id_, person, f"{place} {rest}") if person else (id_, place, rest))
            if self._counting:
                self.identities[_identity(line.national_id, line.email, line.structure_id)] += 1
        for line in lines:
            self._digests[line.digest % HEAPS].append(line.digest)
        self._listings.executemany(ADD, rows)
        self._listings.executemany(ADD_WORDS, words)
        self._next += len(lines)
        self.count += len(lines)

    def _row(self, id_: int, line: Listing, sorting: str) -> tuple[object, ...]:
        labels = self._label(line.profession), self._label(line.speciality)
        # The columns of the table are those of a Listing, in its order.
        return (id_, self._number, *line[:7], *labels, *line[9:], sorting)

    def _label(self, words: str) -> int | None:
        if not words:
            return None
        if (known := self._labels.get(words)) is None:
            known = self._labels[words] = len(self._labels) + 1
            self._listings.execute("INSERT INTO label VALUES (?, ?)", (known, words))
        return known

    def forget_repeated(self) -> int:
        """Take out again what the extract says twice; how much it was."""
        if not any(one == other for heap in self._digests for one, other in pairwise(sorted(heap))):
            self._digests.clear()
            return 0
        again = self._listings.execute(
            "SELECT id FROM listing WHERE id >= :first AND id NOT IN"
            " (SELECT min(id) FROM listing WHERE id >= :first GROUP BY digest)",
            {"first": self._first},
        ).fetchall()
        self.count -= len(again)
        identities = _delete(self._listings, [id_ for (id_,) in again])
        if self._counting:
            self.identities.subtract(identities)
        return len(again)


def _identity(national_id: str, email: str, structure_id: str) -> int:
    return hash((national_id, email, structure_id))


def _remove(listings: Connection, gone: list[int], added: Counter[int]) -> int:
    """Delete what is gone; how much of it came back otherwise described."""
    changed = 0
    for identity in _delete(listings, gone):
        if added[identity] > 0:
            added[identity] -= 1
            changed += 1
    return changed


def _delete(listings: Connection, ids: list[int]) -> list[int]:
    """Delete lines and their words; the identities they had."""
    found = [
        _identity(
            *listings.execute(
                "SELECT national_id, email, structure_id FROM listing WHERE id = ?", (id_,)
            ).fetchone()
        )
        for id_ in ids
    ]
    listings.executemany("DELETE FROM listing WHERE id = ?", ((id_,) for id_ in ids))
    listings.executemany("DELETE FROM listing_words WHERE rowid = ?", ((id_,) for id_ in ids))
    return found
