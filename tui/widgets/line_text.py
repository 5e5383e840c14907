"""A text that draws only the lines it shows: a letter of 5,000 lines opens like one of five."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.actions import IN_TEXTS, bindings
from tui.plain import NOTHING, Plain, cells
from tui.wrap import wrap

PLAIN, QUOTED = Style(), Style(dim=True)


class LineText(ScrollView, can_focus=True):
    """Text wrapped to the width there is."""

    BINDINGS = bindings(IN_TEXTS)
    DEFAULT_CSS = """
    LineText { height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    """

    def __init__(self, text: Plain = NOTHING, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.text: Plain = text
        self.lines: list[Plain] = []
        self._wrapped_to = 0

    def show(self, text: Plain) -> None:
        """Show another text from its first line."""
        self.text = text
        self._wrap()
        self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.refresh()

    def on_resize(self, event: Resize) -> None:
        """Wrap again where the width has changed."""
        if self._width != self._wrapped_to:
            self._wrap()

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    def _wrap(self) -> None:
        self._wrapped_to = self._width
        self.lines = wrap(self.text, self._wrapped_to) if self._wrapped_to else []
        self.virtual_size = Size(0, len(self.lines))

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is visible."""
        width, row = self._width, y + self.scroll_offset.y
        if row >= len(self.lines):
            return Strip.blank(width)
        line = self.lines[row]
        style = QUOTED if line.startswith(">") else PLAIN
        return Strip([Segment(line, style)], cells(line)).adjust_cell_length(width)

    def _by(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True, immediate=True)

    def action_scroll_down(self) -> None:
        """One line."""
        self._by(1)

    def action_scroll_up(self) -> None:
        """One line back."""
        self._by(-1)

    def action_page_down(self) -> None:
        """One page."""
        self._by(max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """One page back."""
        self._by(1 - max(2, self.size.height))

    def action_scroll_home(self) -> None:
        """The first line."""
        self.scroll_to(y=0, animate=False, force=True, immediate=True)

    def action_scroll_end(self) -> None:
        """The last line."""
        self.scroll_to(y=len(self.lines), animate=False, force=True, immediate=True)
