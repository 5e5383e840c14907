"""Letters frozen a moment ago, still in memory: what was checked and written need not be read back.

A document that is dropped leaves within seconds. Reading its letter again costs the deciphering of
fifteen pages, the unpacking, a digest and a look at every line: a sixth of all that it costs. The
disk has it before it comes here; what is not here any more is read from there.
"""

from __future__ import annotations

from store.model.ids import BlobId

MOST_OCTETS = 16 * 1024 * 1024
STALE_SECONDS = 120


class Fresh:
    """A few letters by their digest.

    When it is full, those that come stay on the disk alone: letters leave in the order in which
    they came, so those that are here are needed first. What has not left by then, makes room.
    """

    def __init__(self, most_octets: int = MOST_OCTETS) -> None:
        self._letters: dict[BlobId, tuple[bytes, int]] = {}
        self._room = most_octets

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
        return octets


FRESH = Fresh()
"""Of this process, whose loops share one thread."""
