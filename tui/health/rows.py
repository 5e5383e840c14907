"""Lines of a table in which nothing is ever cut: what does not fit goes on below, in its column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from store.model.document import Abnormality
from tui.plain import NOTHING, Plain, cells, fit, plain_words, said
from tui.wrap import wrap

GAP = 2
LEAST = 8
"""Columns of words narrower than that are none."""
MOST_FIRST = 12
"""Beside a column that takes what is left."""
SIGNS = {
    Abnormality.LOW: "▼",
    Abnormality.HIGH: "▲",
    Abnormality.ABNORMAL: "◆",
    Abnormality.VERY_LOW: "▼▼",
    Abnormality.VERY_HIGH: "▲▲",
    Abnormality.VERY_ABNORMAL: "◆◆",
}


class Line(NamedTuple):
    """One line of what is read, and the row it is a line of."""

    words: Plain
    row: int | None = None
    """None for what is no row: a heading, a sentence."""
    strong: bool = False
    odd: bool = False
    """A value out of its range: beside its sign and its word it has a colour."""


def flag(abnormality: Abnormality) -> Plain:
    """'▲▲ très élevé': a sign and a word, for neither colour nor letters are enough."""
    words = flag_words(abnormality)
    return Plain(f"{SIGNS[abnormality]} {words}") if words else NOTHING


def flag_words(abnormality: Abnormality) -> Plain:
    """'très élevé !'; '' for what is in its range, or was not judged."""
    return said(f"abnormality.{abnormality.name.lower()}") if abnormality in SIGNS else NOTHING


def range_words(low: str, high: str, reference: str = "") -> Plain:
    """'3.5 - 5.1', '< 5', '> 3', or the words it has instead."""
    if low and high:
        return plain_words(f"{low} - {high}")
    if high:
        return plain_words(high if high[:1] in "<≤" else f"≤ {high}")
    if low:
        return plain_words(low if low[:1] in ">≥" else f"≥ {low}")
    return plain_words(reference)


def table(rows: Sequence[Sequence[Plain]], most: Sequence[int], width: int) -> list[list[Plain]]:
    """The lines of each row. Where columns would be too narrow to read, a row is a sentence.

    most: how wide each column after the first may be; 0, what the others leave to it.
    """
    widths = widths_of(rows, most, width)
    if widths is None:
        return [wrap(Plain(" · ".join(filter(None, row))), width) for row in rows]
    return [_row(row, widths) for row in rows]


def widths_of(rows: Sequence[Sequence[Plain]], most: Sequence[int], width: int) -> list[int] | None:
    """How wide each column is, the first at most as wide as the others leave; None when that is
    too narrow. A table is no wider than it needs: across a wide gap the eye takes another row."""
    needs = [max((cells(row[n]) for row in rows), default=0) for n in range(1 + len(most))]
    others = [min(need, limit) for need, limit in zip(needs[1:], most, strict=True)]
    gaps = GAP * (sum(1 for need in needs if need) - 1)
    left = width - gaps - sum(others)
    if 0 in most and needs[(at := most.index(0)) + 1]:
        first = min(needs[0], MOST_FIRST)
        others[at] = min(needs[at + 1], left - first)
        if others[at] < LEAST:
            return None
        left -= others[at]
    return [min(left, needs[0]), *others] if left >= min(needs[0], LEAST) else None


def _row(columns: Sequence[Plain], widths: Sequence[int]) -> list[Plain]:
    """One row, as many lines as its fullest column needs."""
    folded = [
        wrap(words, width) if width else [] for words, width in zip(columns, widths, strict=True)
    ]
    lines = []
    for n in range(max(len(each) for each in folded)):
        parts = [
            fit(each[n] if n < len(each) else NOTHING, width)
            for each, width in zip(folded, widths, strict=True)
            if width
        ]
        lines.append(Plain((" " * GAP).join(parts).rstrip()))
    return lines
