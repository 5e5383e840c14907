"""One of a few things, or words of one's own: a label, a time to come back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.actions import IN_FIELD, bindings
from tui.later import Choice, Later, typed
from tui.plain import Plain, fit, plain_words, said
from tui.widgets.line_list import PLAIN, LineList, Piece
from tui.widgets.words import Words

Answer = TypeVar("Answer")


class _Choices(LineList):
    def __init__(self, words: Sequence[Plain]) -> None:
        super().__init__()
        self.words = words

    def on_mount(self) -> None:
        self.set_count(len(self.words))

    def pieces(self, row: int, width: int) -> list[Piece]:
        return [(fit(self.words[row], width), PLAIN)]


class _Pick(ModalScreen[Answer | None]):
    """A list, and under it a field; Tab goes from one to the other."""

    BINDINGS = bindings(IN_FIELD)
    AUTO_FOCUS = "_Choices"

    def __init__(self, question: Plain, words: Sequence[Plain], hint: Plain) -> None:
        super().__init__()
        self.question, self.words, self.hint = question, words, hint

    def compose(self) -> ComposeResult:
        """The question, what can be chosen, the field, the keys."""
        with Vertical(classes="asked tall"):
            yield Words(self.question)
            yield _Choices(self.words)
            yield Words(id="trouble", classes="trouble")
            field = Input(placeholder=self.hint)
            field.cursor_blink = False
            yield field
            yield Words(said("tui.ask.pick"), classes="keys")

    def on_mount(self) -> None:
        """Where there is nothing to choose, one types."""
        if not self.words:
            self.query_one(Input).focus()

    def action_decline(self) -> None:
        """Escape."""
        self.dismiss(None)


class PickLabel(_Pick[str]):
    """A label: the keyword of one that is known, or the name of a new one."""

    def __init__(self, known: Mapping[str, str], has: Collection[str]) -> None:
        self.keywords = list(known)
        words = [
            plain_words(f"{'✓' if keyword in has else ' '} {name}")
            for keyword, name in known.items()
        ]
        super().__init__(said("tui.ask.label"), words, said("tui.ask.new_label"))

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter in the list."""
        self.dismiss(self.keywords[event.row])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field."""
        self.dismiss(event.value.strip() or None)


class PickWhen(_Pick[int | Later]):
    """A time to come: Unix seconds; `Later.NOW` for none."""

    def __init__(self, choices: Sequence[Choice], now: int) -> None:
        self.choices, self.now = choices, now
        words = [choice.words for choice in choices]
        super().__init__(said("tui.ask.when"), words, said("tui.ask.date"))

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter in the list."""
        self.dismiss(self.choices[event.row].at)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field: a date that has not come yet."""
        at = typed(event.value, self.now)
        if at is None:
            self.query_one("#trouble", Words).say(said("tui.ask.no_date"))
        else:
            self.dismiss(at)
