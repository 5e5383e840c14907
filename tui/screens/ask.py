"""Small questions: yes or no, a few words, one of several."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from store.model.ids import MailboxId
from store.model.mailbox import Mailbox
from tui.actions import IN_FIELD, IN_LOSS, IN_QUESTION, bindings
from tui.plain import Plain, fit, said
from tui.widgets.line_list import PLAIN, LineList, Piece
from tui.widgets.mailbox_list import mailbox_words
from tui.widgets.words import Words

Answer = TypeVar("Answer")


class Asked(ModalScreen[Answer]):
    """A question and its keys. Nothing is chosen beforehand: an Enter too many answers nothing."""

    KEYS: ClassVar[str]
    """The sentence that says which keys answer."""

    def __init__(self, question: Plain) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        """The question and its keys."""
        with Vertical(classes="asked"):
            yield Words(self.question)
            yield Words(said(self.KEYS), classes="keys")


class Question(Asked[bool]):
    """Yes or no."""

    KEYS = "tui.ask.yes_no"
    BINDINGS = bindings(IN_QUESTION)

    def action_agree(self) -> None:
        """Yes."""
        self.dismiss(True)

    def action_decline(self) -> None:
        """No."""
        self.dismiss(False)


class KeepOrForget(Asked[bool | None]):
    """Letters the server no longer has: True keeps them here, False takes them out; None: later."""

    KEYS = "tui.ask.keep_or_forget"
    BINDINGS = bindings(IN_LOSS)

    def action_keep(self) -> None:
        """Here they stay."""
        self.dismiss(True)

    def action_take_out(self) -> None:
        """Out."""
        self.dismiss(False)

    def action_decline(self) -> None:
        """Later; until then everything stays."""
        self.dismiss(None)


class Field(ModalScreen[str | None]):
    """A few words; None when the person would rather not."""

    KEYS = "tui.ask.field"
    BINDINGS = bindings(IN_FIELD)

    def __init__(self, question: Plain, value: Plain, trouble: Plain | None = None) -> None:
        super().__init__()
        self.question, self.value, self.trouble = question, value, trouble

    def compose(self) -> ComposeResult:
        """The question, what was wrong with the last answer, the field."""
        with Vertical(classes="asked"):
            yield Words(self.question)
            if self.trouble:
                yield Words(self.trouble, classes="trouble")
            field = Input(self.value, select_on_focus=False)
            field.cursor_blink = False
            yield field
            yield from self.compose_more()
            yield Words(said(self.KEYS), classes="keys")

    def compose_more(self) -> ComposeResult:
        """What helps to fill it in."""
        yield from ()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        self.dismiss(event.value)

    def action_decline(self) -> None:
        """Escape."""
        self.dismiss(None)


class _Choices(LineList):
    def __init__(self, choices: list[Mailbox]) -> None:
        super().__init__()
        self.choices = choices

    def on_mount(self) -> None:
        self.set_count(len(self.choices))

    def pieces(self, row: int, width: int) -> list[Piece]:
        return [(fit(mailbox_words(self.choices[row]), width), PLAIN)]


class PickMailbox(ModalScreen[MailboxId | None]):
    """One mailbox of an account; None when the person would rather not."""

    BINDINGS = bindings(IN_FIELD)

    def __init__(self, choices: list[Mailbox]) -> None:
        super().__init__()
        self.choices = choices

    def compose(self) -> ComposeResult:
        """The mailboxes."""
        with Vertical(classes="asked tall"):
            yield Words(said("tui.ask.move_where"))
            yield _Choices(self.choices)
            yield Words(said("tui.ask.choose"), classes="keys")

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter."""
        self.dismiss(self.choices[event.row].id)

    def action_decline(self) -> None:
        """Escape."""
        self.dismiss(None)
