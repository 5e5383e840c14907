"""Break the endless lines of a text where nothing that is said changes. Pure.

Textual draws a whole line anew at each key: 335 ms for one of 200,000 characters, 15 ms for one of
8,000 (8.2.8, 2026-11). What is broken leaves so: no word, address or link is cut, what is quoted
stays quoted as deep, and no new line reads as a quote, a signature or a table that was none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

MOST_LINE = 8_000
"""Characters of a line that is not one endless word."""
BEGINS = re.compile(r"(?P<marks>(?:> ?)*)(?:--[ \t]+)?")
"""What a line is quoted by; the mark of a signature stays with what follows it."""
MOST_MARKS = 40
"""Characters of marks that are said again on each line; deeper than that it is nobody's letter."""
BREAK = re.compile(r" (?!--(?:[ \t]|\Z))(?=[^ \t>])")
"""The last of the blanks before a word that can begin a line."""
LAID_OUT = (" ", "\t")
"""How a line begins that is a table, a listing: where it ends means something."""


def broken_lines(text: str, most: int = MOST_LINE) -> str:
    """`text`, each line of more than `most` characters broken at blanks, where that can be."""
    if len(text) <= most:
        return text
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line, most))


def _pieces(line: str, most: int) -> Iterator[str]:
    begins = BEGINS.match(line)
    marks = begins["marks"] if begins else ""
    start, room = len(marks), most - len(marks)
    whole = len(line) <= most or start > MOST_MARKS or line.startswith(LAID_OUT, start)
    first = begins.end() if begins else 0
    breaks = [] if whole else [each.start() for each in BREAK.finditer(line, first)]
    n = 0
    while n < len(breaks) and len(line) - start > room:
        n = max(n, bisect_right(breaks, start + room, n) - 1)
        yield marks + line[start : breaks[n]]
        start, n = breaks[n] + 1, n + 1
    yield marks + line[start:]
