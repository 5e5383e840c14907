"""How far a command has come that takes long, for whoever waits before it; nobody else is told.

A node's own works are told by their rows (sync/watching.py). What a person runs by hand has no row:
who would ask about it sits in front of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from store.plain import said
from sync.directory.going import Going

Tell = Callable[[int, int], None]
"""How much is done, and of how much."""
PARTS = 100


@contextmanager
def bar(code: str) -> Iterator[Tell]:
    """A line on a terminal's standard error that the block moves on; nothing where it is none.

    code: of the sentence before it.
    """
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=PARTS, label=said(code), file=sys.stderr, hidden=hidden) as line:
        yield lambda done, whole: line.update(PARTS * done // max(1, whole) - line.pos)


class ToldGoing(Going):
    """An extract's way, told as it goes."""

    def __init__(self, tell: Tell) -> None:
        super().__init__()
        self._tell = tell

    def note(self, done: int, whole: int | None) -> None:
        """See `Going.note`."""
        super().note(done, whole)
        if whole is not None:
            self._tell(done, whole)
