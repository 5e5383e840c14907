"""Sets of UIDs as IMAP writes them, '1:3,7' (RFC 3501 §9 sequence-set). Pure.

Kept as ranges: a server may say '1:4294967295' in twelve octets, and that must stay twelve octets.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from store.errors import Transient

LARGEST_UID = 2**32 - 1
RANGE = re.compile(rb"(\d{1,10})(?::(\d{1,10}))?\Z")


@dataclass(frozen=True, slots=True)
class UidSet:
    """UIDs, in ascending ranges that neither touch nor overlap."""

    ranges: tuple[tuple[int, int], ...] = ()
    """First and last UID of each, both included."""

    @staticmethod
    def of(uids: Iterable[int]) -> UidSet:
        """The set of these UIDs, in any order, repeated or not."""
        return UidSet.merged((uid, uid) for uid in uids)

    @staticmethod
    def parse(text: bytes) -> UidSet:
        """Read what a server wrote.

        Raises:
            Transient: `imap.protocol`; '*' included, which no response may contain.
        """
        return UidSet.merged((min(pair), max(pair)) for pair in _pairs(text))

    @staticmethod
    def merged(pairs: Iterable[tuple[int, int]]) -> UidSet:
        """The set of these ranges, in any order, overlapping or not."""
        ranges: list[tuple[int, int]] = []
        for first, last in sorted(pairs):
            if ranges and first <= ranges[-1][1] + 1:
                ranges[-1] = ranges[-1][0], max(ranges[-1][1], last)
            else:
                ranges.append((first, last))
        return UidSet(tuple(ranges))

    def __bytes__(self) -> bytes:
        """As compactly as can be written; b'' for none, which IMAP has no way to say."""
        return b",".join(_written(first, last) for first, last in self.ranges)

    def __contains__(self, uid: int) -> bool:
        index = bisect_right(self.ranges, (uid, LARGEST_UID))
        return index > 0 and self.ranges[index - 1][1] >= uid

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.ranges)

    def __iter__(self) -> Iterator[int]:
        """Ascending. May be four thousand million: look at `len` before keeping them all."""
        for first, last in self.ranges:
            yield from range(first, last + 1)

    def pieces(self, most_octets: int) -> Iterator[UidSet]:
        """The same UIDs in sets of at most that many octets: a command line has an end."""
        piece: list[tuple[int, int]] = []
        length = 0
        for first, last in self.ranges:
            size = len(_written(first, last)) + 1
            if piece and length + size > most_octets:
                yield UidSet(tuple(piece))
                piece, length = [], 0
            piece.append((first, last))
            length += size
        if piece:
            yield UidSet(tuple(piece))


def in_order(text: bytes, most: int) -> list[int] | None:
    """The UIDs in the order they are written, as COPYUID pairs them (RFC 4315 §3).

    None when there are more than `most`: then this is not an answer to what was asked.

    Raises:
        Transient: `imap.protocol`.
    """
    uids: list[int] = []
    for first, last in _pairs(text):
        if abs(last - first) >= most - len(uids):
            return None
        uids += range(min(first, last), max(first, last) + 1)
    return uids


def _pairs(text: bytes) -> Iterator[tuple[int, int]]:
    for written in text.split(b","):
        found = RANGE.match(written)
        if found is None:
            raise Transient("imap.protocol")
        first = int(found[1])
        last = int(found[2]) if found[2] else first
        if not (0 < first <= LARGEST_UID and 0 < last <= LARGEST_UID):
            raise Transient("imap.protocol")
        yield first, last


def _written(first: int, last: int) -> bytes:
    return b"%d" % first if first == last else b"%d:%d" % (first, last)
