"""One of several, each in a line of words: a template, a doubtful word, what to write instead."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.actions import IN_FIELD, bindings
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


class Choose(ModalScreen[int | None]):
    """Which line, from 0; None when the person would rather not."""

    BINDINGS = bindings(IN_FIELD)

    def __init__(self, question: Plain, lines: Sequence[Plain]) -> None:
        super().__init__()
        self.question, self.lines = question, lines

    def compose(self) -> ComposeResult:
        """The question, the lines, the keys."""
        with Vertical(classes="asked tall"):
            yield Words(self.question)
            yield _Lines(self.lines)
            yield Words(said("tui.ask.choose"), classes="keys")

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter."""
        self.dismiss(event.row)

    def action_decline(self) -> None:
        """Escape."""
        self.dismiss(None)
