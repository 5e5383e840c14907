"""The bottom line: the keys that work here, or for a moment what has just happened."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.timer import Timer

from tui.actions import Action
from tui.guard import Provable
from tui.plain import NOTHING, Plain, fit

KEY, LABEL, MESSAGE = Style(bold=True), Style(dim=True), Style(bold=True)
MESSAGE_SECONDS = 10.0
"""As long as a letter can be called back: the message that says so stays as long as it is true."""


class KeyLine(Provable):
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

    def line(self) -> Strip:
        """The line: as many whole keys as fit, and always those that help and leave."""
        width = self.size.width
        if self.message:
            return Strip([Segment(fit(Plain(f" {self.message}"), width), MESSAGE)], width)
        ends = [piece for action in self.actions if action.always for piece in _key(action)]
        room = width - sum(segment.cell_length for segment in ends)
        segments: list[Segment] = []
        for action in self.actions:
            pieces = _key(action)
            length = sum(segment.cell_length for segment in pieces)
            if action.always or length > room:
                continue
            segments += pieces
            room -= length
        return Strip([*segments, Segment(" " * max(0, room)), *ends], width)


def _key(action: Action) -> list[Segment]:
    return [Segment(f" {action.shown}", KEY), Segment(f" {action.words} ", LABEL)]
