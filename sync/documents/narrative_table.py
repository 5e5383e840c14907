"""A table of a narrative in columns, within the width of a terminal. Pure.

Columns are as wide as their words want where there is room; the widest give way first, and long
cells continue on the next line. A table with more columns than fit is told row by row, each value
with the heading of its column, so that nothing is lost and nothing is cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sync.documents.cda_types import attribute
from sync.documents.narrative_inline import Notes
from sync.documents.narrative_wrap import Line, widest_word, wrapped
from sync.documents.xml import Element

GAP = 2
NARROWEST = 6
MOST_COLUMNS = 64
MOST_SPAN = 1_000
MOST_CELL = 20_000
"""Characters; a cell is not a chapter."""


@dataclass(slots=True)
class Cell:
    """What stands in one or several columns of a row."""

    column: int
    span: int
    lines: list[Line]

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)


@dataclass(slots=True)
class Row:
    """One line of a table."""

    heading: bool
    cells: list[Cell] = field(default_factory=list)


def laid_out(table: Element, width: int, notes: Notes) -> Iterator[str]:
    """The lines of a table."""
    rows = list(_rows(table, notes))
    columns = max((cell.column + cell.span for row in rows for cell in row.cells), default=0)
    if not columns:
        return
    if columns * (min(NARROWEST, width) + GAP) - GAP > width:
        yield from _told(rows, columns, width)
        return
    widths = _widths(rows, columns, width)
    after_heading = False
    for row in rows:
        if after_heading and not row.heading:
            yield "  ".join("-" * each for each in widths)
        after_heading = row.heading
        yield from _drawn(row, widths)


def _rows(table: Element, notes: Notes) -> Iterator[Row]:
    """Rows, their cells put in the columns that spans leave free."""
    for part in ("thead", "", "tbody", "tfoot"):
        for group in table.iterfind(part) if part else [table]:
            taken: dict[int, int] = {}
            for tr in group.iterfind("tr"):
                yield _row(tr, taken, part == "thead", notes)


def _row(tr: Element, taken: dict[int, int], in_head: bool, notes: Notes) -> Row:
    cells = [each for each in tr if each.tag in ("td", "th")]
    row = Row(heading=in_head or (bool(cells) and all(each.tag == "th" for each in cells)))
    column = 0
    free = {at: left - 1 for at, left in taken.items() if left > 1}
    for each in cells:
        while column in taken:
            column += 1
        if column >= MOST_COLUMNS:
            # Beyond what anybody reads: what it says goes on in the last column.
            row.cells[-1].lines += _lines(each, notes)
            continue
        span = 1
        while span < min(_number(each, "colspan"), MOST_COLUMNS - column) and column + span not in taken:
            span += 1
        row.cells.append(Cell(column, span, _lines(each, notes)))
        if (down := _number(each, "rowspan")) > 1:
            free |= dict.fromkeys(range(column, column + span), down - 1)
        column += span
    taken.clear()
    taken.update(free)
    return row


def _number(cell: Element, name: str) -> int:
    said = attribute(cell, name)
    return min(int(said), MOST_SPAN) if said.isascii() and said.isdigit() and len(said) < 10 else 1


def _lines(cell: Element, notes: Notes) -> list[Line]:
    found: list[Line] = []
    room = MOST_CELL
    for line in notes.lines(cell):
        if len(line.text) > room:
            notes.warnings["cda.text_cut"] = None
            found.append(Line(line.text[:room]))
            break
        found.append(line)
        room -= len(line.text)
    return found


def _widths(rows: list[Row], columns: int, width: int) -> list[int]:
    """What each column wants; while they want too much, the widest are lowered together."""
    wanted, least = [1] * columns, [1] * columns
    spanning: list[Cell] = []
    for row in rows:
        for cell in row.cells:
            if cell.span > 1:
                spanning.append(cell)
                continue
            longest = max((len(line.text) for line in cell.lines), default=1)
            wanted[cell.column] = max(wanted[cell.column], longest)
            word = max((widest_word(line.text) for line in cell.lines), default=1)
            least[cell.column] = max(least[cell.column], word)
    for cell in spanning:
        inside = slice(cell.column, cell.column + cell.span)
        longest = max((len(line.text) for line in cell.lines), default=1)
        lacking = min(longest, width) - sum(wanted[inside]) - GAP * (cell.span - 1)
        wanted[cell.column + cell.span - 1] += max(lacking, 0)
    return _lowered(wanted, least, width - GAP * (columns - 1))


def _lowered(wanted: list[int], least: list[int], room: int) -> list[int]:
    """Widths within `room`. Columns whose words would be cut are spared while others can give."""
    widths = [min(each, room) for each in wanted]
    for floors in (least, [NARROWEST] * len(widths), [1] * len(widths)):
        while sum(widths) > room:
            able = [at for at, each in enumerate(widths) if each > floors[at]]
            if not able:
                break
            widest = max(able, key=lambda at: widths[at])
            widths[widest] -= 1
    return widths


def _drawn(row: Row, widths: list[int]) -> Iterator[str]:
    columns: list[tuple[int, int, list[str]]] = []
    for cell in row.cells:
        inside = widths[cell.column : cell.column + cell.span]
        width = sum(inside) + GAP * (len(inside) - 1)
        start = sum(widths[: cell.column]) + GAP * cell.column
        columns.append((start, width, list(wrapped(cell.lines, width))))
    for at in range(max((len(lines) for _, _, lines in columns), default=0)):
        line = ""
        for start, _, lines in columns:
            if at < len(lines):
                line = f"{line:<{start}}{lines[at]}"
        yield line.rstrip()


def _told(rows: list[Row], columns: int, width: int) -> Iterator[str]:
    """A row as a list of its values."""
    headings = [""] * columns
    for row in rows:
        if row.heading:
            for cell in row.cells:
                for at in range(cell.column, cell.column + cell.span):
                    headings[at] = " ".join(filter(None, (headings[at], cell.text)))
            continue
        for place, cell in enumerate(each for each in row.cells if each.lines):
            heading = headings[cell.column]
            text = f"{heading} : {cell.text}" if heading else cell.text
            yield from wrapped([Line(text, "  " if place else "- ", "    ")], width)
