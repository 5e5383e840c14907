"""Words put on lines of a given width. Pure, and never slower than the words are long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """What the author put on one line, however long."""

    text: str
    first: str = ""
    """Before it: the mark of an item."""
    rest: str = ""
    """Before what did not fit."""


def wrapped(lines: Iterable[Line], width: int) -> Iterator[str]:
    """Lines of at most `width` characters; a word longer than that is cut."""
    for line in lines:
        yield from _wrapped(line, width)


def _wrapped(line: Line, width: int) -> Iterator[str]:
    current, empty = line.first, True
    for word in line.text.split(" "):
        piece = word
        while piece:
            room = width - len(current) - (0 if empty else 1)
            if len(piece) <= room:
                current, empty, piece = f"{current}{'' if empty else ' '}{piece}", False, ""
            elif empty:
                room = max(room, 1)
                yield current + piece[:room]
                current, piece = line.rest, piece[room:]
            else:
                yield current
                current, empty = line.rest, True
    if not empty:
        yield current


def widest_word(text: str) -> int:
    """How wide a column must be for no word of it to be cut."""
    return max(map(len, text.split(" ")))
