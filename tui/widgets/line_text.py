"""A text that draws only the lines it shows: a letter of 5,000 lines opens like one of five."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.actions import IN_TEXTS, bindings
from tui.looking import letter_for_letter
from tui.plain import NOTHING, Plain, cells
from tui.wrap import wrap

PLAIN, QUOTED, FOUND = Style(), Style(dim=True), Style(reverse=True)


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
        self._folded: list[str] | None = None
        """The lines as they are searched; made when something is looked for."""
        self.sought = ""
        """What is looked for; '' when nothing is."""
        self.found_in: int | None = None
        """The line it was found in last."""

    def show(self, text: Plain) -> None:
        """Show another text from its first line."""
        self.text, self.found_in = text, None
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
        self._folded = None
        self.virtual_size = Size(0, len(self.lines))

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is visible."""
        width, row = self._width, y + self.scroll_offset.y
        if row >= len(self.lines):
            return Strip.blank(width)
        line = self.lines[row]
        style = QUOTED if line.startswith(">") else PLAIN
        segments = self._marked(row, line, style) if self.sought else [Segment(line, style)]
        return Strip(segments, cells(line)).adjust_cell_length(width)

    def _marked(self, row: int, line: Plain, style: Style) -> list[Segment]:
        """A line with what is looked for marked in it."""
        folded, length = self._searched[row], len(self.sought)
        segments, at = [], 0
        while (start := folded.find(self.sought, at)) >= 0:
            segments.append(Segment(line[at:start], style))
            segments.append(Segment(line[start : start + length], FOUND))
            at = start + length
        return [segment for segment in [*segments, Segment(line[at:], style)] if segment.text]

    @property
    def _searched(self) -> list[str]:
        if self._folded is None:
            self._folded = [letter_for_letter(line) for line in self.lines]
        return self._folded

    def seek(self, words: str, *, by: int = 1, again: bool = False) -> bool:
        """Go to the next line that holds `words`, accents or not, round the end; False for none."""
        self.sought = letter_for_letter(words.strip())
        count = len(self.lines)
        self.refresh()
        if not self.sought or not count:
            return False
        start = self.scroll_offset.y if self.found_in is None else self.found_in
        first = start + by if again and self.found_in is not None else start
        for n in range(count):
            row = (first + by * n) % count
            if self.sought in self._searched[row]:
                self.found_in = row
                self._bring_in_sight(row)
                return True
        self.found_in = None
        return False

    def _bring_in_sight(self, row: int) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if not top <= row < top + height:
            top = max(0, row - height // 3)
            self.scroll_to(y=top, animate=False, force=True, immediate=True)

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
