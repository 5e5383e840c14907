"""The bottom line: the keys that work here, or for a moment what has just happened.

A sentence that is longer than the terminal is wide takes as many lines as it needs: the end of it
is what to do.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.timer import Timer

from tui.actions import Action
from tui.guard import Provable
from tui.plain import NOTHING, Plain, fit
from tui.widgets.folded import fold, set_height

KEY, LABEL, MESSAGE = Style(bold=True), Style(dim=True), Style(bold=True)
MESSAGE_SECONDS = 10.0
"""As long as a letter can be called back: the message that says so stays as long as it is true."""


class KeyLine(Provable):
    """One line, always there; more of them only while a long sentence is shown."""

    DEFAULT_CSS = "KeyLine { height: 1; dock: bottom; }"

    def __init__(self, *groups: Iterable[Action]) -> None:
        super().__init__()
        self.actions = [action for group in groups for action in group if action.footer]
        self.stand_ins: dict[str, Action] = {}
        """Actions, by name, that are called something else for now."""
        self.message: Plain = NOTHING
        self._lines: list[Plain] = [NOTHING]
        self._timer: Timer | None = None

    def say(self, words: Plain) -> None:
        """Show a message instead of the keys, for MESSAGE_SECONDS."""
        self.message = words
        self._fold()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(MESSAGE_SECONDS, self.hush)
        self.refresh()

    def stand_in(self, stand_ins: dict[str, Action]) -> None:
        """Call these actions something else, and no others."""
        if stand_ins != self.stand_ins:
            self.stand_ins = stand_ins
            self.refresh()

    def hush(self) -> None:
        """Show the keys again."""
        if self.message:
            self.message = NOTHING
            self._fold()
            self.refresh()

    def on_resize(self) -> None:
        """The terminal has another width."""
        self._fold()

    def _fold(self) -> None:
        self._lines = fold(self.message, self.size.width)
        set_height(self, len(self._lines))

    def line(self, y: int) -> Strip:
        """The line: as many whole keys as fit, and always those that help and leave."""
        width = self.size.width
        if self.message:
            words = self._lines[y] if y < len(self._lines) else NOTHING
            return Strip([Segment(fit(Plain(f" {words}"), width), MESSAGE)], width)
        actions = [self.stand_ins.get(action.name, action) for action in self.actions]
        ends = [piece for action in actions if action.always for piece in _key(action)]
        room = width - sum(segment.cell_length for segment in ends)
        segments: list[Segment] = []
        for action in actions:
            pieces = _key(action)
            length = sum(segment.cell_length for segment in pieces)
            if action.always or length > room:
                continue
            segments += pieces
            room -= length
        return Strip([*segments, Segment(" " * max(0, room)), *ends], width)


def _key(action: Action) -> list[Segment]:
    return [Segment(f" {action.shown}", KEY), Segment(f" {action.words} ", LABEL)]
