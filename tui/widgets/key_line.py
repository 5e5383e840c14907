"""The bottom line: the keys that work here, or for a moment what has just happened."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tui.actions import Action
from tui.plain import NOTHING, Plain, cells, fit

KEY, LABEL, MESSAGE = Style(bold=True), Style(dim=True), Style(bold=True)
MESSAGE_SECONDS = 10.0
"""As long as a letter can be called back: the message that says so stays as long as it is true."""


class KeyLine(Widget):
    """One line, always there."""

    DEFAULT_CSS = "KeyLine { height: 1; dock: bottom; }"

    def __init__(self, *groups: Iterable[Action]) -> None:
        super().__init__()
        self.actions = [action for group in groups for action in group if action.footer]
        self.message: Plain = NOTHING
        self._timer: Timer | None = None

    def say(self, words: Plain) -> None:
        """Show a message instead of the keys, for MESSAGE_SECONDS."""
        self.message = words
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(MESSAGE_SECONDS, self.hush)
        self.refresh()

    def hush(self) -> None:
        """Show the keys again."""
        if self.message:
            self.message = NOTHING
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line: as many whole keys as there is room for."""
        width = self.size.width
        if self.message:
            return Strip([Segment(fit(Plain(f" {self.message}"), width), MESSAGE)], width)
        segments: list[Segment] = []
        used = 0
        for action in self.actions:
            key, label = f" {action.shown}", f" {action.words} "
            length = cells(Plain(key + label))
            if used + length > width:
                break
            segments += [Segment(key, KEY), Segment(label, LABEL)]
            used += length
        return Strip(segments, used).adjust_cell_length(width)
