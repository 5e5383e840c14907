"""The text of a letter being written. A pasted path may be meant as a document: it is asked."""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style
from rich.text import Text
from textual.events import Paste
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from tui.file_names import pasted_paths
from tui.long_lines import broken_lines
from tui.quotes import is_of_another
from tui.spelling import WORD

UNDERLINED = Style(underline=True)
MOST_CHARACTERS, MOST_SPANS = 2_000, 500
"""Of a line that is looked at; of lines whose words are remembered."""


class WritingArea(TextArea):
    """Where the letter is typed."""

    @dataclass
    class PathsPasted(Message):
        """Documents of our disk were named by what was pasted."""

        pasted: str
        paths: tuple[str, ...]

    class Scrolled(Message):
        """Other lines than before are on the screen."""

    class LinesBroken(Message):
        """A line that was pasted was too long to be one."""

    def __init__(self, text: str, *, id: str) -> None:
        super().__init__(broken_lines(text), id=id, tab_behavior="focus")
        self._doubtful: frozenset[str] = frozenset()
        self._spans: dict[str, list[tuple[int, int]]] = {}

    def on_paste(self, event: Paste) -> None:
        """Paths are not text yet; anything else is."""
        paths = pasted_paths(event.text)
        if paths:
            event.stop()
            event.prevent_default()
            self.post_message(self.PathsPasted(event.text, paths))
        elif (broken := broken_lines(event.text)) != event.text:
            event.stop()
            event.prevent_default()
            self.put(broken)
            self.post_message(self.LinesBroken())

    @property
    def doubtful(self) -> frozenset[str]:
        """Words that are underlined wherever they stand."""
        return self._doubtful

    def doubt(self, words: frozenset[str]) -> None:
        """Underline these, and no others."""
        if words != self._doubtful:
            self._doubtful = words
            self._spans.clear()
            self._line_cache.clear()
            self.refresh()

    def lines_shown(self) -> list[str]:
        """The lines of which something is on the screen; too long a one is nobody's prose."""
        wrapped, top = self.wrapped_document, self.scroll_offset.y
        bottom = min(top + max(1, self.size.height), wrapped.height) - 1
        first, last = (wrapped.offset_to_location(Offset(0, y))[0] for y in (top, max(top, bottom)))
        shown = (self.document.get_line(row) for row in range(first, last + 1))
        return [each for each in shown if len(each) <= MOST_CHARACTERS and not is_of_another(each)]

    def word_at_cursor(self) -> str:
        """The word that is being typed, or stands beside the cursor; '' for none."""
        row, column = self.cursor_location
        found = WORD.finditer(self.document.get_line(row)[:MOST_CHARACTERS])
        return next((word[0] for word in found if word.start() <= column <= word.end()), "")

    def get_line(self, line_index: int) -> Text:
        """As Textual wants it drawn, doubtful words underlined."""
        line = super().get_line(line_index)
        if self._doubtful and len(line) <= MOST_CHARACTERS:
            for start, end in self._doubts_in(line.plain):
                line.stylize(UNDERLINED, start, end)
        return line

    def _doubts_in(self, line: str) -> list[tuple[int, int]]:
        found = self._spans.get(line)
        if found is None:
            words = [] if is_of_another(line) else WORD.finditer(line)
            found = [word.span() for word in words if word[0] in self._doubtful]
            if len(self._spans) >= MOST_SPANS:
                self._spans.clear()
            self._spans[line] = found
        return found

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other lines are on the screen."""
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Scrolled())

    def offset_of(self, location: tuple[int, int]) -> int:
        """The character that stands at a place."""
        row, column = location
        lines = self.text.split("\n")
        return sum(len(line) + 1 for line in lines[:row]) + column

    def move_cursor_to_writing(self) -> None:
        """Below what an answer repeats, where it does so first."""
        lines = self.text.split("\n")
        quoted = [row for row, line in enumerate(lines) if line.startswith(">")]
        if quoted and lines[0].strip():
            self.move_cursor((min(quoted[-1] + 2, len(lines) - 1), 0))

    def choose(self, start: int, end: int) -> None:
        """Select from one character to another: what is typed next takes their place."""
        self.selection = Selection(self._place(start), self._place(end))
        self.scroll_cursor_visible()
        self.focus()

    def _place(self, offset: int) -> tuple[int, int]:
        before = self.text[:offset]
        return before.count("\n"), offset - (before.rfind("\n") + 1)

    def put(self, words: str) -> None:
        """Write at the cursor, in the place of what is selected."""
        self.replace(broken_lines(words), *sorted(self.selection), maintain_selection_offset=False)

    def put_all(self, words: str) -> None:
        """Write this in the place of everything; it can be undone."""
        words = broken_lines(words)
        if words != self.text:
            self.replace(words, (0, 0), self.document.end)
