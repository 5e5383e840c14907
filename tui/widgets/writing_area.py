"""The text of a letter being written. A pasted path may be meant as a document: it is asked."""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import Paste
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from tui.file_names import pasted_paths


class WritingArea(TextArea):
    """Where the letter is typed."""

    @dataclass
    class PathsPasted(Message):
        """Documents of our disk were named by what was pasted."""

        pasted: str
        paths: tuple[str, ...]

    def on_paste(self, event: Paste) -> None:
        """Paths are not text yet; anything else is."""
        paths = pasted_paths(event.text)
        if paths:
            event.stop()
            event.prevent_default()
            self.post_message(self.PathsPasted(event.text, paths))

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
        self.replace(words, *sorted(self.selection), maintain_selection_offset=False)

    def put_all(self, words: str) -> None:
        """Write this in the place of everything; it can be undone."""
        if words != self.text:
            self.replace(words, (0, 0), self.document.end)
