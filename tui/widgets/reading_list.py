"""Lines to read with a cursor on them: what is under it can be asked about."""

from __future__ import annotations

from collections.abc import Callable

from textual.events import Resize

from tui.health.rows import Line
from tui.widgets.line_list import BAD, BOLD, PLAIN, LineList, Piece

ODD = BAD + BOLD
NONE: list[Line] = []


class ReadingList(LineList):
    """Lines that are made for the width there is; where they are lines of a row, which one."""

    DEFAULT_CSS = "ReadingList { overflow-y: scroll; }"
    """A bar that came with the lines would take a column from them."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: list[Line] = NONE
        self._make: Callable[[int], list[Line]] | None = None
        self._made_for = 0

    def show(self, make: Callable[[int], list[Line]], *, keep: bool = False) -> None:
        """Show what `make` gives for a width; the cursor stays on its line when `keep`."""
        self._make = make
        if self._width:
            self._remake(self.cursor if keep else 0)
            if not keep:
                self.turn_to(0)

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    def on_resize(self, event: Resize) -> None:
        """Made again where the width has changed; the cursor stays on its row."""
        if self._make is not None and self._width != self._made_for:
            row = self.row
            self._remake(self.cursor)
            if row is not None:
                self.go_to(next(n for n, line in enumerate(self.lines) if line.row == row))

    def _remake(self, cursor: int) -> None:
        self._made_for = self._width
        self.lines = self._make(self._made_for) if self._make is not None else NONE
        self.set_count(len(self.lines), cursor=cursor)

    @property
    def row(self) -> int | None:
        """The row under the cursor; None on a line of none."""
        return self.lines[self.cursor].row if self.cursor < len(self.lines) else None

    def go_to_next(self, wanted: Callable[[int], bool]) -> bool:
        """To the next row that is wanted, round the end; False where there is none."""
        count = len(self.lines)
        for step in range(1, count + 1):
            at = (self.cursor + step) % count
            row = self.lines[at].row
            if row is not None and row != self.row and wanted(row):
                self.go_to(at)
                return True
        return False

    def pieces(self, row: int, width: int) -> list[Piece]:
        """The line as it was made."""
        line = self.lines[row]
        return [(line.words, ODD if line.odd else BOLD if line.strong else PLAIN)]
