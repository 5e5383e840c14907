"""The cells of HTML tables, each put in its own column.

Where a cell stands beside several rows or across several columns, the rows below and the cells
after it would otherwise move to the left: the value of last month under today's date.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml.etree import Element

MOST_SPAN = 50
MOST_ADDED = 3000
"""Cells put into one letter."""
CELLS = frozenset(["td", "th"])
GROUPS = frozenset(["thead", "tbody", "tfoot"])


def spread(tree: Any) -> None:
    """Put an empty cell wherever one reaches into a place that is not its own."""
    left = MOST_ADDED
    for table in list(tree.iter("table")):
        held: dict[int, int] = {}
        for row in _rows(table):
            left -= _fill(row, held, left)
            if left <= 0:
                return


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in GROUPS:
            yield from child.iterchildren("tr")


def _fill(row: Any, held: dict[int, int], most: int) -> int:
    """Add what is missing before each cell of a row; how many that were.

    held: column -> rows, this one included, into which a cell from above reaches.
    """
    cells = [cell for cell in row if cell.tag in CELLS]
    before, column = {at for at, rows in held.items() if rows > 0}, 0
    added = 0
    for n, cell in enumerate(cells):
        while column in before and added < most:
            cell.addprevious(Element("td"))
            column, added = column + 1, added + 1
        across, down = _span(cell, "colspan"), _span(cell, "rowspan")
        for at in range(column, column + across):
            held[at] = max(held.get(at, 0), down)
        column += 1
        if n + 1 < len(cells):
            for _ in range(min(across - 1, most - added)):
                cell.addnext(Element("td"))
                column, added = column + 1, added + 1
    for at in held:
        held[at] -= 1
    return added


def _span(cell: Any, name: str) -> int:
    words = cell.get(name, "").strip()
    return max(1, min(MOST_SPAN, int(words))) if words.isdecimal() and len(words) < 6 else 1
