"""A text that draws only the lines it shows: a letter of 5,000 lines opens like one of five."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.actions import IN_TEXTS, bindings
from tui.looking import letter_for_letter, sought_in_text
from tui.plain import NOTHING, Plain, cells, said
from tui.wrap import MOST_CHARACTERS, places, wrap, wrap_quoted

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
        self._marks: list[Plain] = []
        """What is drawn before each line that goes on with a quotation."""
        self._wrapped_to = 0
        self._bare: str | None = None
        """The text as it is searched; made when something is looked for."""
        self._places: list[int] = []
        self._spans: list[tuple[int, int]] = []
        """Where in the text each line begins; where what is looked for stands."""
        self.sought = ""
        """What is looked for; '' when nothing is."""
        self.found_in: int | None = None
        """The line it was found in last."""

    def show(self, text: Plain) -> None:
        """Show another text from its first line."""
        self.text, self.found_in, self._bare = text, None, None
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
        self.lines, self._marks = [], []
        if self._wrapped_to:
            self.lines, self._marks = wrap_quoted(self.text, self._wrapped_to)
        if self.lines and len(self.text) > MOST_CHARACTERS:
            self.lines += [NOTHING, *wrap(said("tui.text.cut"), self._wrapped_to)]
            self._marks += [NOTHING] * (len(self.lines) - len(self._marks))
        self._places = []
        if self.sought:
            self._look()
        self.virtual_size = Size(0, len(self.lines))

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is visible."""
        width, row = self._width, y + self.scroll_offset.y
        if row >= len(self.lines):
            return Strip.blank(width)
        line, mark = self.lines[row], self._marks[row]
        style = QUOTED if mark or line.startswith(">") else PLAIN
        segments = self._marked(row, line, style) if self.sought else [Segment(line, style)]
        if mark:
            segments = [Segment(mark, style), *segments]
        return Strip(segments, cells(line) + len(mark)).adjust_cell_length(width)

    def _marked(self, row: int, line: Plain, style: Style) -> list[Segment]:
        """A line with what is looked for marked in it."""
        begins = self._places[row]
        segments, at = [], 0
        for n in range(self._first_span(begins), len(self._spans)):
            start, end = (min(max(0, each - begins), len(line)) for each in self._spans[n])
            if self._spans[n][0] >= begins + len(line):
                break
            segments.append(Segment(line[at:start], style))
            segments.append(Segment(line[start:end], FOUND))
            at = end
        return [segment for segment in [*segments, Segment(line[at:], style)] if segment.text]

    def _first_span(self, at: int) -> int:
        """Of what was found, the first that ends after a place of the text."""
        return bisect_right(self._spans, at, key=lambda span: span[1])

    def _look(self) -> None:
        """Find what is looked for, wherever lines end."""
        pattern = sought_in_text(self.sought)
        if self._bare is None:
            self._bare = letter_for_letter(self.text[:MOST_CHARACTERS])
        self._places = self._places or places(self.text, self.lines)
        self._spans = [found.span() for found in pattern.finditer(self._bare)] if pattern else []

    def seek(self, words: str, *, by: int = 1, again: bool = False) -> bool:
        """Go to the next line that holds `words`, accents or not, round the end; False for none."""
        self.sought = words.strip()
        self.refresh()
        if not self.sought or not self.lines:
            return False
        self._look()
        rows = sorted({bisect_right(self._places, start) - 1 for start, _ in self._spans})
        if not rows:
            self.found_in = None
            return False
        start = self.scroll_offset.y if self.found_in is None else self.found_in
        first = start + by if again and self.found_in is not None else start
        n = bisect_left(rows, first) if by > 0 else bisect_right(rows, first) - 1
        self.found_in = rows[n % len(rows)]
        self._bring_in_sight(self.found_in)
        return True

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
