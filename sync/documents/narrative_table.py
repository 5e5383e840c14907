"""A table of a narrative in columns, within the width of a terminal. Pure.

Columns are as wide as their words want where there is room; the widest give way first, and long
cells continue on the next line. A table with more columns than fit is told row by row, each value
with the heading of its column, so that nothing is lost and nothing is cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from sync.documents.narrative_inline import Notes, one_line
from sync.documents.narrative_wrap import widest_word, wrapped
from sync.documents.xml import Element

GAP = 2
LONGEST_KEPT = 20
"""A word up to this is not cut where anything else can be done."""
MOST_COLUMNS = 64
MOST_SPAN = 1_000
MOST_CELL = 20_000
"""Characters; a cell is not a chapter."""


@dataclass(slots=True)
class Cell:
    """What stands in one or several columns of a row."""

    column: int
    span: int
    lines: tuple[str, ...]
    """Not a list: the garbage collector looks at no tuple of words, and there are many."""

    @property
    def text(self) -> str:
        return " ".join(self.lines)


@dataclass(slots=True)
class Row:
    """One line of a table."""

    heading: bool
    cells: list[Cell] = field(default_factory=list)


INSIDE = {
    "table": ("thead", "tbody", "tfoot", "tr", "caption", "col", "colgroup"),
    **dict.fromkeys(("thead", "tbody", "tfoot"), ("tr",)),
    "tr": ("td", "th"),
    "list": ("item", "caption"),
}
"""What may stand in each; words may stand in none of them."""


def is_regular(block: Element) -> bool:
    """Whether all the words of a table or a list are where a table or a list is read."""
    allowed = INSIDE.get(block.tag)
    if allowed is None:
        return True
    if (block.text or "").strip() or len(list(block.iterchildren("caption"))) > 1:
        return False
    for child in block:
        tag, tail = child.tag, child.tail
        if tag not in allowed or (tail and not tail.isspace()):
            return False
        if tag in INSIDE and not is_regular(child):
            return False
    return True


def laid_out(table: Element, width: int, notes: Notes) -> Iterator[str]:
    """The lines of a table."""
    rows = list(_rows(table, notes))
    columns = max((cell.column + cell.span for row in rows for cell in row.cells), default=0)
    if not columns:
        return
    wanted, least = _wants(rows, columns, width)
    room = width - GAP * (columns - 1)
    if sum(min(each, LONGEST_KEPT) for each in least) > room:
        yield from _told(rows, columns, width)
        return
    widths = _lowered(wanted, least, room)
    starts = list(accumulate((each + GAP for each in widths), initial=0))
    after_heading = False
    for row in rows:
        if after_heading and not row.heading:
            yield "  ".join("-" * each for each in widths)
        after_heading = row.heading
        yield from _drawn(row, starts)


def _rows(table: Element, notes: Notes) -> Iterator[Row]:
    """Rows, their cells put in the columns that spans leave free."""
    for part in ("thead", "", "tbody", "tfoot"):
        for group in table.iterchildren(part) if part else [table]:
            taken: dict[int, int] = {}
            for tr in group.iterchildren("tr"):
                yield _row(tr, taken, part == "thead", notes)


def _row(tr: Element, taken: dict[int, int], in_head: bool, notes: Notes) -> Row:
    cells = list(tr.iterchildren("td", "th"))
    row = Row(heading=in_head or (bool(cells) and all(each.tag == "th" for each in cells)))
    column = 0
    free = {at: left - 1 for at, left in taken.items() if left > 1}
    for each in cells:
        while column in taken:
            column += 1
        if column >= MOST_COLUMNS:
            # Beyond what anybody reads: what it says goes on in the last column.
            if not row.cells:
                row.cells.append(Cell(MOST_COLUMNS - 1, 1, ()))
            row.cells[-1].lines += _lines(each, notes)
            continue
        span = 1
        if each.keys():
            most = min(_number(each, "colspan"), MOST_COLUMNS - column)
            while span < most and column + span not in taken:
                span += 1
            if (down := _number(each, "rowspan")) > 1:
                free |= dict.fromkeys(range(column, column + span), down - 1)
        row.cells.append(Cell(column, span, _lines(each, notes)))
        column += span
    taken.clear()
    taken.update(free)
    return row


def _number(cell: Element, name: str) -> int:
    said = cell.get(name)
    if said is None or not (said.isascii() and said.isdigit() and len(said) < 10):
        return 1
    return min(int(said), MOST_SPAN)


def _lines(cell: Element, notes: Notes) -> tuple[str, ...]:
    if not len(cell) and len(cell.text or "") <= MOST_CELL:
        # Nearly every cell: words, and nothing else.
        return tuple(one_line(cell.text or ""))
    found: list[str] = []
    room = MOST_CELL
    for line in notes.lines(cell):
        if len(line) > room:
            notes.warnings["cda.text_cut"] = None
            found.append(line[:room])
            break
        found.append(line)
        room -= len(line)
    return tuple(found)


def _wants(rows: list[Row], columns: int, width: int) -> tuple[list[int], list[int]]:
    """How wide each column would be with room for all, and with room for its longest word."""
    wanted, least = [1] * columns, [1] * columns
    spanning: list[Cell] = []
    for cell in (each for row in rows for each in row.cells):
        if cell.span > 1:
            spanning.append(cell)
            continue
        at = cell.column
        for line in cell.lines:
            length = len(line)
            if length > wanted[at]:
                wanted[at] = length
            if length > least[at]:
                least[at] = max(least[at], widest_word(line))
    for cell in spanning:
        inside = slice(cell.column, cell.column + cell.span)
        longest = max(map(len, cell.lines), default=1)
        lacking = min(longest, width) - sum(wanted[inside]) - GAP * (cell.span - 1)
        wanted[cell.column + cell.span - 1] += max(lacking, 0)
    return [min(each, width) for each in wanted], least


def _lowered(wanted: list[int], least: list[int], room: int) -> list[int]:
    """Widths within `room`: one height for all that want more, but none below its longest word."""
    if sum(wanted) <= room:
        return wanted
    floors = [min(want, word, LONGEST_KEPT) for want, word in zip(wanted, least, strict=True)]

    def at(level: int) -> list[int]:
        return [max(low, min(want, level)) for want, low in zip(wanted, floors, strict=True)]

    level = max((each for each in range(1, room + 1) if sum(at(each)) <= room), default=1)
    widths = at(level)
    for column, want in enumerate(wanted):
        if sum(widths) < room and widths[column] < want:
            widths[column] += 1
    return widths


def _drawn(row: Row, starts: list[int]) -> Iterator[str]:
    """The lines of a row; `starts` is where each column begins, and where one more would."""
    columns: list[tuple[int, tuple[str, ...]]] = []
    height = 0
    for cell in row.cells:
        lines = cell.lines
        width = starts[cell.column + cell.span] - starts[cell.column] - GAP
        if len(lines) > 1 or (lines and len(lines[0]) > width):
            lines = tuple(wrapped(lines, width))
        height = max(height, len(lines))
        columns.append((starts[cell.column], lines))
    if height == 1:
        # Nearly every row.
        line = ""
        for start, lines in columns:
            line = f"{line:<{start}}{lines[0]}" if lines else line
        yield line.rstrip()
        return
    for at in range(height):
        line = ""
        for start, lines in columns:
            if at < len(lines):
                line = f"{line:<{start}}{lines[at]}"
        yield line.rstrip()


def _told(rows: list[Row], columns: int, width: int) -> Iterator[str]:
    """A row as a list of its values."""
    headings = [""] * columns
    beside = {cell.column for row in rows if not row.heading for cell in row.cells if cell.lines}
    alone = [
        cell.text for row in rows if row.heading for cell in row.cells if cell.column not in beside
    ]
    yield from wrapped([" | ".join(filter(None, alone))], width)
    for row in rows:
        if row.heading:
            for cell in row.cells:
                for at in range(cell.column, cell.column + cell.span):
                    headings[at] = " ".join(filter(None, (headings[at], cell.text)))
            continue
        for place, cell in enumerate(each for each in row.cells if each.lines):
            heading = headings[cell.column]
            text = f"{heading} : {cell.text}" if heading else cell.text
            yield from wrapped([text], width, "  " if place else "- ", "    ")
