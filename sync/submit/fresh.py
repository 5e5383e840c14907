"""Letters frozen a moment ago, still in memory: what was checked and written need not be read back.

A document that is dropped leaves within seconds. Reading its letter again costs the deciphering of
fifteen pages, the unpacking, a digest and a look at every line: a sixth of all that it costs. The
disk has it before it comes here; what is not here any more is read from there.
"""

from __future__ import annotations

import asyncio

from store.model.ids import BlobId

MOST_OCTETS = 12 * 1024 * 1024
PATIENCE_SECONDS = 0.5
STALE_SECONDS = 120


class Fresh:
    """A few letters by their digest.

    When it is full, those that come stay on the disk alone: letters leave in the order in which
    they came, so those that are here are needed first. What has not left by then, makes room.
    """

    def __init__(self, most_octets: int = MOST_OCTETS) -> None:
        self._letters: dict[BlobId, tuple[bytes, int]] = {}
        self._room = self._most = most_octets
        self._leaving = True
        """False once one has waited and none of them has left, until one does."""
        self._waiting = set[asyncio.Event]()
        """Of those who wait for room; set when a letter has left."""

    def keep(self, name: BlobId, octets: bytes, *, now: int) -> None:
        """Once it is on the disk; `octets` have passed `check_octets`, and are called `name`."""
        if len(octets) > self._room:
            self._let_go_of_the_old(now)
        if name not in self._letters and len(octets) <= self._room:
            self._letters[name] = octets, now
            self._room -= len(octets)

    def take(self, name: BlobId) -> bytes | None:
        """The octets, for one attempt; None when they are to be read."""
        octets, _ = self._letters.pop(name, (None, 0))
        if octets is not None:
            self._room += len(octets)
            self._leaving = True
            for each in self._waiting:
                each.set()
        return octets

    def _let_go_of_the_old(self, now: int) -> None:
        """Those whose line may be cut; they are read from the disk once it is back."""
        for name, (octets, at) in list(self._letters.items()):
            if not 0 <= now - at <= STALE_SECONDS:
                del self._letters[name]
                self._room += len(octets)

    async def room(self, *, now: int) -> None:
        """Wait a moment while it is more than half full: who takes documents in faster than the
        line takes letters would have them read back. Only a moment, for what is urgent may be among
        those that are still to be read; and not at all where none has left since the last time, for
        the line may be cut. What lies here since long counts for nothing: one account's line may be
        cut while another's letters leave."""
        self._let_go_of_the_old(now)
        if self._room >= self._most // 2 or not self._leaving:
            return
        room_before, taken = self._room, asyncio.Event()
        self._waiting.add(taken)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while self._room < self._most // 2:
                    taken.clear()
                    await taken.wait()
        except TimeoutError:
            self._leaving = self._room != room_before
        finally:
            self._waiting.discard(taken)


FRESH = Fresh()
"""Of this process, whose loops share one thread."""
