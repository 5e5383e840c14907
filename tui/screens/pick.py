"""One of a few things, or words of one's own: a label, a time to come back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input

from store.asking.dates import moment_typed
from tui.actions import IN_FIELD, bindings
from tui.later import Choice, Later
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
    """A list, and under it a field. One types at once, or the arrows choose; Enter takes what is
    typed or, where nothing is, what the list is at."""

    BINDINGS = bindings(IN_FIELD)
    AUTO_FOCUS = "Input"

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

    def on_key(self, event: Key) -> None:
        """The arrows move in the list while the field is typed in."""
        shown = self.query_one(_Choices)
        if event.key in ("down", "up") and not shown.has_focus:
            event.stop()
            shown.go_to(shown.cursor + (1 if event.key == "down" else -1))

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter, or a click, in the list."""
        self.choose(event.row)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field."""
        typed, shown = event.value.strip(), self.query_one(_Choices)
        if typed:
            self.take(typed)
        elif shown.count:
            self.choose(shown.cursor)
        else:
            self.dismiss(None)

    def choose(self, row: int) -> None:
        """Answer with a row of the list."""

    def take(self, typed: str) -> None:
        """Answer with what was typed."""

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

    def choose(self, row: int) -> None:
        """One that is known."""
        self.dismiss(self.keywords[row])

    def take(self, typed: str) -> None:
        """A new one."""
        self.dismiss(typed)


class PickWhen(_Pick[int | Later]):
    """A time to come: Unix seconds; `Later.NOW` for none."""

    def __init__(self, choices: Sequence[Choice], now: int) -> None:
        self.choices, self.now = choices, now
        words = [choice.words for choice in choices]
        super().__init__(said("tui.ask.when"), words, said("tui.ask.date"))

    def choose(self, row: int) -> None:
        """One of the usual times."""
        self.dismiss(self.choices[row].at)

    def take(self, typed: str) -> None:
        """A moment that has not come yet."""
        at = moment_typed(typed, self.now)
        if at is None:
            self.query_one("#trouble", Words).say(said("tui.ask.no_date"))
        else:
            self.dismiss(at)
