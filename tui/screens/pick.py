"""One of several, each in a line of words: a template, a saved search."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.actions import IN_PICK, bindings
from tui.plain import Plain, fit, said
from tui.widgets.line_list import PLAIN, LineList, Piece
from tui.widgets.words import Words


class _Lines(LineList):
    def __init__(self, lines: Sequence[Plain]) -> None:
        super().__init__()
        self.lines = lines

    def on_mount(self) -> None:
        self.set_count(len(self.lines))

    def pieces(self, row: int, width: int) -> list[Piece]:
        return [(fit(self.lines[row], width), PLAIN)]


class Picked(int):
    """The line that was chosen, from 0."""

    removed = False


class Removed(Picked):
    """The line that is to go."""

    removed = True


class Pick(ModalScreen[Picked | None]):
    """Which one; None when the person would rather not."""

    BINDINGS = bindings(IN_PICK)

    def __init__(self, question: Plain, lines: Sequence[Plain], *, removable: bool = False) -> None:
        super().__init__()
        self.question, self.lines, self.removable = question, lines, removable

    def compose(self) -> ComposeResult:
        """The question, the lines, the keys."""
        with Vertical(classes="asked tall"):
            yield Words(self.question)
            yield _Lines(self.lines)
            keys = "tui.ask.pick" if self.removable else "tui.ask.choose"
            yield Words(said(keys), classes="keys")

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter."""
        self.dismiss(Picked(event.row))

    def action_remove(self) -> None:
        """That one is not needed any more."""
        if self.removable:
            self.dismiss(Removed(self.query_one(_Lines).cursor))

    def action_decline(self) -> None:
        """Escape."""
        self.dismiss(None)
