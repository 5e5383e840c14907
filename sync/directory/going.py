"""How far the thread that brings an extract has come, and its word to stop at its next piece.

What it fetched stays on the disk and is never fetched again; what it took in is undone, whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from store.errors import Transient

PAUSED = "work.paused_midway"
LINES = 2_000
"""Between two looks."""


class Going:
    """Written by one thread, read and stopped by another; none of its numbers needs a lock."""

    def __init__(self) -> None:
        self.done = 0
        """Octets: of the file as it comes, then of its lines as they are taken in."""
        self.whole: int | None = None
        self.stop = False

    def note(self, done: int, whole: int | None) -> None:
        """Another piece is done.

        Raises:
            Transient: `work.paused_midway`.
        """
        self.done, self.whole = done, whole
        if self.stop:
            raise Transient(PAUSED)

    def through(self, lines: Iterator[bytes], whole: int) -> Iterator[bytes]:
        """The lines of an extract of so many octets, counted as they are read."""
        done = 0
        for number, line in enumerate(lines):
            done += len(line) + 1
            if number % LINES == 0:
                self.note(done, whole)
            yield line
