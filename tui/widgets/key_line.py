"""The bottom line: the keys that work here, or for a moment what has just happened.

While a field is typed in, letters are letters: only the keys that still do something are told.
A sentence that is longer than the terminal is wide takes as many lines as it needs: the end of it
is what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.events import Click
from textual.strip import Strip
from textual.timer import Timer

from store.host.i18n import sentence
from tui.actions import CHOSEN, Action, bound_keys
from tui.guard import Provable
from tui.plain import NOTHING, Plain, fit
from tui.widgets.folded import fold, set_height

KEY, LABEL, MESSAGE = Style(bold=True), Style(dim=True), Style(bold=True)
NOT_TYPED = re.compile(r"(ctrl|alt)\+|f\d|escape$")
LEAVING = ("help_now", "back")
"""What leaves a field, or helps in it."""
MESSAGE_SECONDS = 10.0
"""As long as a letter can be called back: the message that says so stays as long as it is true."""


class KeyLine(Provable):
    """One line, always there; more of them only while a long sentence is shown."""

    DEFAULT_CSS = "KeyLine { height: 1; dock: bottom; }"

    def __init__(self, *groups: Iterable[Action], is_typing: bool = False) -> None:
        super().__init__()
        self.everything = [action for group in groups for action in group]
        self.is_typing = is_typing
        self.leads_back = False
        self.stand_ins: dict[str, Action] = {}
        """Actions, by name, that are called something else for now."""
        self.left_out: frozenset[str] = frozenset()
        """Actions, by name, that would do nothing now."""
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

    def type_in(self, is_typing: bool) -> None:
        """A field is typed in, or no longer."""
        if is_typing != self.is_typing:
            self.is_typing = is_typing
            self.refresh()

    def lead_back(self, leads_back: bool) -> None:
        """Something is open that one comes back from, or no longer."""
        if leads_back != self.leads_back:
            self.leads_back = leads_back
            self.refresh()

    @property
    def actions(self) -> list[Action]:
        """What is told now, unless a message is."""
        if self.is_typing:
            return [each for each in self.everything if _is_told_while_typing(each)]
        told = (each for each in self.everything if each.footer or self._stays(each))
        return [each for each in told if each.name not in self.left_out]

    def stand_in(self, stand_ins: dict[str, Action]) -> None:
        """Call these actions something else, and no others."""
        if stand_ins != self.stand_ins:
            self.stand_ins = stand_ins
            self.refresh()

    def leave_out(self, names: frozenset[str]) -> None:
        """Tell these no more, which would do nothing to what is under the cursor, and no others."""
        if names != self.left_out:
            self.left_out = names
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
        starts, ends, room = self._parts(width)
        keys, last = ([piece for one in part for piece in _key(one)] for part in (starts, ends))
        return Strip([*keys, Segment(" " * max(0, room)), *last], width)

    def _parts(self, width: int) -> tuple[list[Action], list[Action], int]:
        """What stands on the left, what on the right, the cells between them."""
        actions = [self.stand_ins.get(action.name, action) for action in self.actions]
        ends = [action for action in actions if self._stays(action)]
        room = width - sum(map(_cells, ends))
        starts: list[Action] = []
        for action in actions:
            if action not in ends and _cells(action) <= room:
                starts.append(action)
                room -= _cells(action)
        return starts, ends, room

    def on_click(self, event: Click) -> None:
        """A key that is clicked is pressed; a message that is clicked gives way to the keys."""
        if self.message:
            self.hush()
            return
        starts, ends, room = self._parts(self.size.width)
        at = 0
        for part, gap in ((starts, max(0, room)), (ends, 0)):
            for action in part:
                if at <= event.x < at + _cells(action):
                    self.app.simulate_key(bound_keys(action, CHOSEN)[0])
                    return
                at += _cells(action)
            at += gap

    def _stays(self, action: Action) -> bool:
        leaving = LEAVING if self.is_typing else ("back",) if self.leads_back else ()
        return action.always or action.bare_name in leaving


def _is_told_while_typing(action: Action) -> bool:
    """What helps and leaves whatever is typed, and what else no letter calls."""
    if action.bare_name in LEAVING:
        return True
    return action.footer and NOT_TYPED.match(bound_keys(action, CHOSEN)[0]) is not None


def _cells(action: Action) -> int:
    return sum(segment.cell_length for segment in _key(action))


def _key(action: Action) -> list[Segment]:
    words = sentence("tui.action.help") if action.bare_name == "help_now" else action.words
    return [Segment(f" {action.shown}", KEY), Segment(f" {words} ", LABEL)]
