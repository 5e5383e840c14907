"""A list that draws only the lines it shows, and repaints two of them when the cursor moves.

Textual's own lists cost 11 s and 154 MB for 100,000 rows, and up to 14 KB per key (measured
2026-11). Here a row is text asked for when it is drawn. When the cursor leaves the page the whole
page turns: one repaint for a page, where scrolling would repaint all of it at every step.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.actions import IN_LISTS, bindings
from tui.plain import Plain, cells

CURSOR = Style(reverse=True)
CURSOR_ELSEWHERE = Style(underline=True)
PLAIN, BOLD, DIM = Style(), Style(bold=True), Style(dim=True)
GOOD, BAD, WARN = Style(color="green"), Style(color="red"), Style(color="yellow")

Piece = tuple[Plain, Style]
"""Words and how they are drawn."""


class LineList(ScrollView, can_focus=True):
    """Rows of one line each, and a cursor."""

    BINDINGS = bindings(IN_LISTS)
    DEFAULT_CSS = """
    LineList { height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    """

    OPENS_AT_ONCE = False
    """Whether one click opens what it falls on: where nothing is lost by looking."""

    @dataclass
    class Opened(Message):
        """The person pressed Enter, or clicked, on a row."""

        lines: LineList
        row: int

        @property
        def control(self) -> LineList:
            """The list it happened in."""
            return self.lines

    @dataclass
    class Moved(Message):
        """The cursor is on another row."""

        lines: LineList
        row: int

        @property
        def control(self) -> LineList:
            """The list it happened in."""
            return self.lines

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.count = 0
        self.cursor = 0

    def pieces(self, row: int, width: int) -> list[Piece]:
        """What row `row` says, in at most `width` cells; each list says its own."""
        return []

    def set_count(self, count: int, *, cursor: int | None = None) -> None:
        """Have `count` rows, and the cursor on a given one of them."""
        self.count = count
        self.cursor = max(0, min(count - 1, self.cursor if cursor is None else cursor))
        self.virtual_size = Size(0, count)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is visible."""
        width, row = self.scrollable_content_region.width, y + self.scroll_offset.y
        if row >= self.count:
            return Strip.blank(width)
        pieces = self.pieces(row, width)
        if row == self.cursor:
            style = CURSOR if self.has_focus else CURSOR_ELSEWHERE
            pieces = [(Plain("".join(words for words, _ in pieces)), style)]
        segments = [Segment(words, style) for words, style in pieces if words]
        length = sum(cells(words) for words, _ in pieces)
        return Strip(segments, length).adjust_cell_length(
            width, CURSOR if row == self.cursor and self.has_focus else None
        )

    def refresh_row(self, row: int) -> None:
        """Draw one row again, if it is in sight."""
        y = row - self.scroll_offset.y
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def go_to(self, row: int) -> None:
        """Put the cursor on a row; turn the page when it is not in sight."""
        row = max(0, min(self.count - 1, row))
        if self.count == 0 or row == self.cursor:
            return
        before, self.cursor = self.cursor, row
        top, height = self.scroll_offset.y, self.size.height
        if row < top or row >= top + height:
            self.turn_to(row if row > before else row - height + 1)
        else:
            self.refresh_row(before)
            self.refresh_row(row)
        self.post_message(self.Moved(self, row))

    def turn_to(self, top: int) -> None:
        """Show the page that begins at row `top`."""
        self.scroll_to(y=max(0, top), animate=False, force=True, immediate=True)

    def action_down(self) -> None:
        """One row down."""
        self.go_to(self.cursor + 1)

    def action_up(self) -> None:
        """One row up."""
        self.go_to(self.cursor - 1)

    def action_page_down(self) -> None:
        """One page down."""
        self.go_to(self.cursor + max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """One page up."""
        self.go_to(self.cursor - max(1, self.size.height - 1))

    def action_first(self) -> None:
        """The first row."""
        self.go_to(0)

    def action_last(self) -> None:
        """The last row."""
        self.go_to(self.count - 1)

    def action_open(self) -> None:
        """Enter."""
        if self.count:
            self.post_message(self.Opened(self, self.cursor))

    def on_click(self, event: Click) -> None:
        """A click moves the cursor; a click on the cursor's row opens it, in some lists at once."""
        row = event.y + self.scroll_offset.y
        if row >= self.count:
            return
        opens = row == self.cursor or self.OPENS_AT_ONCE
        self.go_to(row)
        if event.ctrl:
            self.clicked_apart()
        elif opens:
            self.action_open()

    def clicked_apart(self) -> None:
        """A click with Ctrl held, the cursor on its row: lists where one chooses several choose."""

    def on_focus(self) -> None:
        """The cursor is drawn differently in the pane that listens."""
        self.refresh_row(self.cursor)

    def on_blur(self) -> None:
        """Likewise."""
        self.refresh_row(self.cursor)
