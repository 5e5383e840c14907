"""Text in `format=flowed` (RFC 3676): what a program broke into lines is a paragraph again. Pure.

Without it, what a person looks for is not found where a line was broken, and a narrow screen shows
long and short lines by turns. Quotations stay quoted as deep, and a signature stays one.
"""

from __future__ import annotations

import re

MARKS = re.compile(">*")
SIGNATURE = "-- "


def unflowed(text: str, *, deletes_space: bool = False) -> str:
    """`text`, its lines ended by '\\n', a paragraph on a line.

    Args:
        deletes_space: the blank that marks a break is none of the words (DelSp).
    """
    paragraphs: list[str] = []
    pieces: list[str] = []
    depth = 0
    for line in text.split("\n"):
        marks = MARKS.match(line)
        now = marks.end() if marks else 0
        words = line[now:].removeprefix(" ")
        if pieces and (now != depth or not words or words == SIGNATURE):
            paragraphs.append(_written(depth, pieces))
            pieces = []
        depth = now
        flows = words.endswith(" ") and words != SIGNATURE
        pieces.append(words[:-1] if flows and deletes_space else words)
        if not flows:
            paragraphs.append(_written(depth, pieces))
            pieces = []
    return "\n".join([*paragraphs, _written(depth, pieces)] if pieces else paragraphs)


def _written(depth: int, pieces: list[str]) -> str:
    """A paragraph as plain text says it; one that is no quotation does not begin like one."""
    words = "".join(pieces)
    if depth:
        return f"{'>' * depth} {words}" if words else ">" * depth
    return f" {words}" if words.startswith(">") else words
