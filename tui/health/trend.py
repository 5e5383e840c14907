"""A trend in characters: one value's numbers over time, the range of reference behind them.

Read without colour: what is out of range has another mark, and the range is dotted. Only values of
one unit come here, and none that was superseded: `drawable` says which, `trend` draws them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import isfinite

from store.health_words import day_words
from store.model.document import Abnormality, Status
from store.model.health import Value

UNIX_EPOCH = date(1970, 1, 1).toordinal()
DAY_SECONDS = 86_400
DOTS_ACROSS, DOTS_DOWN = 2, 4
"""Dots of a braille cell."""
BRAILLE = 0x2800
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Of each column of a cell, from above."""
MOST_LABEL = 9
LEAST_POINTS, LEAST_HEIGHT = 2, 3
LEAST_COLUMNS = 22
"""The first day and the last one stand below, apart."""
UP = (Abnormality.HIGH, Abnormality.VERY_HIGH)
DOWN = (Abnormality.LOW, Abnormality.VERY_LOW)
OTHER = (Abnormality.ABNORMAL, Abnormality.VERY_ABNORMAL)


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters a trend is drawn with."""

    usual: str
    up: str
    down: str
    other: str
    band: str
    axis: str
    tick: str
    corner: str
    floor: str
    line: bool
    """Whether the values are joined by dots of braille."""


FINE = Signs("●", "▲", "▼", "◆", "·", "│", "┤", "└", "─", line=True)
ASCII = Signs("o", "H", "L", "A", ".", "|", "+", "+", "-", line=False)


def drawable(values: Iterable[Value], unit_key: str) -> list[Value]:
    """What a trend can show, oldest first: current numbers of this unit whose day is known."""
    found = [
        (at, each.number, each)
        for each in values
        if each.unit_key == unit_key
        and each.number is not None
        and isfinite(each.number)
        and not each.superseded
        and each.status is not Status.DELETED
        and (at := day_of(each)) is not None
    ]
    return [each for _, _, each in sorted(found, key=lambda one: one[:2])]


def day_of(value: Value) -> float | None:
    """Its day as a number, and the hour as its fraction; None when only a month was said."""
    if value.at is not None:
        return UNIX_EPOCH + value.at / DAY_SECONDS
    try:
        return float(date.fromisoformat(value.day).toordinal())
    except ValueError:
        return None


def bound(words: str) -> float | None:
    """A bound of the range as a number: '0.74', '0,74'; None for anything else."""
    try:
        found = float(words.strip().replace(",", "."))
    except ValueError:
        return None
    return found if isfinite(found) else None


def trend(values: Sequence[Value], width: int, height: int, signs: Signs = FINE) -> list[str]:
    """`height` lines of plot, the axis and its days; nothing of one value, or without room.

    values: those `drawable` gives. No line is wider than `width`.
    """
    points = [(at, float(each.number or 0), each) for each in values if (at := day_of(each))]
    if len(points) < LEAST_POINTS or height < LEAST_HEIGHT:
        return []
    field = _Field.of(points, height)
    margin = max(len(label) for label in field.labels.values())
    columns = width - margin - 1
    if columns < LEAST_COLUMNS:
        return []
    grid = [[signs.band if row in field.band else " "] * columns for row in range(height)]
    spots = [(_across(at, points, columns), field.down(number)) for at, number, _ in points]
    if signs.line:
        _join(grid, spots)
    for (x, y), value in sorted(zip(spots, values, strict=True), key=lambda one: _grave(one[1])):
        grid[y // DOTS_DOWN][x // DOTS_ACROSS] = mark(value, signs)
    lines = []
    for row, cells in enumerate(grid):
        label = field.labels.get(row, "")
        axis = signs.tick if label else signs.axis
        lines.append(f"{label:>{margin}}{axis}{''.join(cells)}".rstrip())
    first, last = day_words(values[0].day), day_words(values[-1].day)
    lines.append(" " * margin + signs.corner + signs.floor * columns)
    lines.append(" " * (margin + 1) + first + last.rjust(columns - len(first)))
    return lines


def mark(value: Value, signs: Signs) -> str:
    """The character of one value: how it was judged, or that it is only a bound."""
    if value.comparator:
        return value.comparator[0]
    if value.abnormality in UP:
        return signs.up
    if value.abnormality in DOWN:
        return signs.down
    return signs.other if value.abnormality in OTHER else signs.usual


def _grave(value: Value) -> int:
    """Where two fall on one cell, the graver is seen."""
    return tuple(Abnormality).index(value.abnormality)


@dataclass(frozen=True, slots=True)
class _Field:
    """The scale of the numbers, from above."""

    low: float
    high: float
    height: int
    labels: dict[int, str]
    """Row -> number, as written."""
    band: range
    """Rows of the range of reference."""

    @classmethod
    def of(cls, points: Sequence[tuple[float, float, Value]], height: int) -> _Field:
        """The scale holds every value, and the bounds of the newest one that has any."""
        written = {number: each.value.lstrip("<>= ") for _, number, each in points}
        newest = next(
            (each for _, _, each in reversed(points) if _range(each) != (None, None)), None
        )
        below, above = _range(newest) if newest else (None, None)
        if newest is not None and below is not None:
            written.setdefault(below, newest.low.strip())
        if newest is not None and above is not None:
            written.setdefault(above, newest.high.strip())
        field = cls(min(written), max(written), height, {}, range(0))
        for number in (max(written), min(written), above, below):
            if number is not None:
                field.labels.setdefault(
                    field.down(number) // DOTS_DOWN, written[number][:MOST_LABEL]
                )
        if below is None and above is None:
            return field
        top = 0 if above is None else field.edge(above, written[above], 1)
        bottom = height - 1 if below is None else field.edge(below, written[below], -1)
        return cls(field.low, field.high, height, field.labels, range(top, bottom + 1))

    def edge(self, number: float, words: str, inwards: int) -> int:
        """The outermost row of the range; not one that is called by a value out of the range."""
        row = self.down(number) // DOTS_DOWN
        return row if self.labels.get(row) == words[:MOST_LABEL] else row + inwards

    def down(self, number: float) -> int:
        """How many dots a number stands below the top."""
        dots = self.height * DOTS_DOWN - 1
        if self.high == self.low:
            return dots // 2
        return round((self.high - number) / (self.high - self.low) * dots)


def _range(value: Value) -> tuple[float | None, float | None]:
    return bound(value.low), bound(value.high)


def _across(at: float, points: Sequence[tuple[float, float, Value]], columns: int) -> int:
    first, last, dots = points[0][0], points[-1][0], columns * DOTS_ACROSS - 1
    return dots // 2 if last == first else round((at - first) / (last - first) * dots)


def _join(grid: list[list[str]], spots: Sequence[tuple[int, int]]) -> None:
    """A line of dots from each value to the next."""
    cells: dict[tuple[int, int], int] = {}
    for (x, y), (to_x, to_y) in pairwise(spots):
        steps = max(abs(to_x - x), abs(to_y - y), 1)
        for step in range(steps + 1):
            at_x, at_y = (round(a + (b - a) * step / steps) for a, b in ((x, to_x), (y, to_y)))
            cell = (at_y // DOTS_DOWN, at_x // DOTS_ACROSS)
            dot = DOTS[at_x % DOTS_ACROSS][at_y % DOTS_DOWN]
            cells[cell] = cells.get(cell, BRAILLE) | dot
    for (row, column), dots in cells.items():
        grid[row][column] = chr(dots)
