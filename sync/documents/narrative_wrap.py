"""Words put on lines of a given width. Pure, and never slower than the words are long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def wrapped(lines: Iterable[str], width: int, first: str = "", rest: str = "") -> Iterator[str]:
    """Lines of at most `width` characters; a word longer than that is cut.

    Args:
        lines: what the author put on one line each, however long.
        first: stands before each of them, such as the mark of an item.
        rest: stands before what did not fit.
    """
    for line in lines:
        if line and len(first) + len(line) <= width:
            yield first + line
        else:
            yield from _wrapped(line, width, first, rest)


def _wrapped(line: str, width: int, first: str, rest: str) -> Iterator[str]:
    current, empty = first, True
    for word in line.split(" "):
        at = 0  # of a word that is cut again and again, what follows is not copied each time
        while at < len(word):
            room = width - len(current) - (0 if empty else 1)
            if len(word) - at <= room:
                current, empty = f"{current}{'' if empty else ' '}{word[at:]}", False
                at = len(word)
            elif empty:
                room = max(room, 1)
                yield current + word[at : at + room]
                current, at = rest, at + room
            else:
                yield current
                current, empty = rest, True
    if not empty:
        yield current


def widest_word(text: str) -> int:
    """How wide a column must be for no word of it to be cut."""
    return max(map(len, text.split(" ")))
