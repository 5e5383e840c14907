"""Fold a text to a number of columns, between words where that can be."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.cells import cell_len, get_character_cell_size

from tui.plain import NOTHING, Plain

MOST_CHARACTERS = 1_000_000
"""Shown of one text; a letter is kept whole, and can be saved, whatever its length."""

NEAR = 16
"""Characters that a line may be shorter for a better break, and that a range is long at most."""
QUOTED = re.compile(r"(?:> ?)+")
CLOSING = (";", ":", "!", "?", "»", ")", "%")
OPENING = ("«", "(")
BEGUN, ENDED = re.compile(r"\([\d.,<>≤≥ –-]*$"), re.compile(r"[\d.,<>≤≥ –-]*\)")
"""What stands on both sides of a space within a range of numbers."""


def wrap(text: Plain, width: int) -> list[Plain]:
    """The lines of `text`, none wider than `width` cells. Nothing is lost or added but breaks."""
    lines: list[Plain] = []
    for line in text[:MOST_CHARACTERS].split("\n"):
        if _fits(line, width):
            lines.append(Plain(line))
        else:
            lines += _fold(line, max(2, width))
    return lines


def wrap_quoted(text: Plain, width: int) -> tuple[list[Plain], list[Plain]]:
    """The same, and for each line the signs to draw before it: in a long quotation, each line but
    the first would otherwise read as the words of whoever quotes."""
    lines: list[Plain] = []
    marks: list[Plain] = []
    for line in text[:MOST_CHARACTERS].split("\n"):
        quoted = QUOTED.match(line[: max(0, width // 2)])
        mark = NOTHING if quoted is None else Plain(f"{quoted[0].rstrip()} ")
        folded = [Plain(line)] if _fits(line, width) else _fold(line, max(2, width), len(mark))
        lines += folded
        marks += [NOTHING, *[mark] * (len(folded) - 1)]
    return lines, marks


def places(text: Plain, lines: Iterable[Plain]) -> list[int]:
    """Where each of the `lines` that `wrap` made of `text` begins in it."""
    found, at = [], 0
    for line in lines:
        at = max(at, text.find(line, at))
        found.append(at)
        at += len(line)
    return found


def _fits(line: str, width: int) -> bool:
    return len(line) <= width and (line.isascii() or cell_len(line) <= width)


def _fold(line: str, whole: int, hang: int = 0) -> list[Plain]:
    """Only a window of the line is measured at a time: a line may be a megabyte long.

    Each line but the first leaves `hang` cells for what is drawn before it.
    """
    folded: list[Plain] = []
    at = 0
    while at < len(line):
        width = whole - hang if at else whole
        window = line[at : at + width + 1]
        if len(window) <= width and cell_len(window) <= width:
            folded.append(Plain(window))
            break
        end = at + _fitting(window, width)
        space = _space(line, at, end + 1)
        if space > at and line[at:space].strip():
            folded.append(Plain(line[at:space].rstrip()))
            at = space + 1
        else:
            folded.append(Plain(line[at:end]))
            at = end
    return folded


def _space(line: str, at: int, end: int) -> int:
    """The last space where a reader would break; the very last one where none is near it.

    Not before a sign that French sets apart (« … », ;), nor within a short range: of "(3.5 - 5.1)"
    cut in two each half would be another.
    """
    last = space = line.rfind(" ", at, end)
    while last - NEAR < space and space > at:
        before, after = line[max(at, space - NEAR) : space], line[space + 1 : space + 1 + NEAR]
        in_range = BEGUN.search(before) and ENDED.match(after)
        if not in_range and after[:1] not in CLOSING and before[-1:] not in OPENING:
            return space
        space = line.rfind(" ", at, space)
    return last


def _fitting(window: str, width: int) -> int:
    """How many characters of `window` fit in `width` cells; at least one."""
    used = 0
    for n, character in enumerate(window):
        used += get_character_cell_size(character)
        if used > width:
            return max(1, n)
    return len(window)
