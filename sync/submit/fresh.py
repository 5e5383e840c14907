"""Letters frozen a moment ago, still in memory: what was checked and written need not be read back.

A document that is dropped leaves within seconds. Reading its letter again costs the deciphering of
fifteen pages, the unpacking, a digest and a look at every line: a sixth of all that it costs. The
disk has it before it comes here; what is not here any more is read from there.
"""

from __future__ import annotations

import asyncio
import contextlib

from store.model.ids import BlobId

MOST_OCTETS = 12 * 1024 * 1024
PATIENCE_SECONDS = 0.25
"""Since a letter left last."""
STALE_SECONDS = 120


class Fresh:
    """A few letters by their digest.

    When it is full, those that come stay on the disk alone: letters leave in the order in which
    they came, so those that are here are needed first. What has not left by then, makes room.
    """

    def __init__(self, most_octets: int = MOST_OCTETS) -> None:
        self._letters: dict[BlobId, tuple[bytes, int]] = {}
        self._room = self._most = most_octets
        self._waiting = set[asyncio.Event]()
        """Of those who wait for room; set when a letter has left."""

    def keep(self, name: BlobId, octets: bytes, *, now: int) -> None:
        """Once it is on the disk; `octets` have passed `check_octets`, and are called `name`."""
        if len(octets) > self._room:
            for each, (_, at) in list(self._letters.items()):
                if not 0 <= now - at <= STALE_SECONDS:
                    self.take(each)
        if name not in self._letters and len(octets) <= self._room:
            self._letters[name] = octets, now
            self._room -= len(octets)

    def take(self, name: BlobId) -> bytes | None:
        """The octets, for one attempt; None when they are to be read."""
        octets, _ = self._letters.pop(name, (None, 0))
        self._room += len(octets or b"")
        for each in self._waiting:
            each.set()
        return octets

    async def room(self) -> None:
        """Wait while it is more than half full and letters leave: who takes documents in faster
        than the line takes letters would have them read back. Where none leaves nobody waits: the
        line may be cut, and what is dropped is taken in all the same."""
        taken = asyncio.Event()
        self._waiting.add(taken)
        try:
            with contextlib.suppress(TimeoutError):
                while self._room < self._most // 2:
                    taken.clear()
                    async with asyncio.timeout(PATIENCE_SECONDS):
                        await taken.wait()
        finally:
            self._waiting.discard(taken)


FRESH = Fresh()
"""Of this process, whose loops share one thread."""
