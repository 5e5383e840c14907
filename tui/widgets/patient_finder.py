"""Patients found as one types: the field, what is said of them, the list. One for every screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Key
from textual.message import Message
from textual.widgets import Input

from store.db.patients import patients_matching
from store.model.health import PatientRow
from tui.health.people import patient_pieces
from tui.plain import NOTHING, Plain, said
from tui.still_there import is_there
from tui.widgets.line_list import LineList, Piece
from tui.widgets.words import Words

if TYPE_CHECKING:
    from tui.app import PliApp

FOUND_LIMIT = 50
Patients = tuple[PatientRow, ...]
Title = Callable[[Patients, Plain], Plain]
"""What is said of who was found by what is typed, which is '' before anything is."""


class PatientList(LineList):
    """One line for each patient."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.patients: Patients = ()

    def show(self, patients: Patients) -> None:
        """Show these from the first."""
        if patients != self.patients:
            self.patients = patients
            self.turn_to(0)
            self.set_count(len(patients), cursor=0)

    @property
    def current(self) -> PatientRow | None:
        """Who is under the cursor."""
        return self.patients[self.cursor] if self.patients else None

    def pieces(self, row: int, width: int) -> list[Piece]:
        """See `patient_pieces`."""
        return patient_pieces(self.patients[row], width)


class PatientFinder(Vertical):
    """A field, and who is found."""

    @dataclass
    class Chosen(Message):
        """Enter on somebody."""

        patient: PatientRow

    def __init__(
        self, pli: PliApp, first: Patients, title: Title, *, is_question: bool = False
    ) -> None:
        """first: whom to show before anything is typed, those of a letter; is_question: whether
        what is said comes first, as a question does, or stands above the list as its title."""
        super().__init__()
        self.pli, self.first, self._title = pli, first, title
        self.is_question = is_question

    def compose(self) -> ComposeResult:
        """The field, what is said, who."""
        field = Input(id="query", placeholder=said("health.patients_placeholder"))
        field.cursor_blink = False
        classes = None if self.is_question else "title"
        words = Words(self._title(self.first, NOTHING), id="title", classes=classes)
        yield from (words, field) if self.is_question else (field, words)
        yield PatientList(id="patients")

    @property
    def patients(self) -> PatientList:
        """Who was found."""
        return self.query_one(PatientList)

    @property
    def _field(self) -> Input:
        return self.query_one("#query", Input)

    def on_mount(self) -> None:
        """Those of the letter one comes from."""
        self.patients.show(self.first)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Each key: a search costs less than a repaint."""
        self.pli.chore(partial(self._find, event.value), group="patients", exclusive=True)

    async def _find(self, typed: str) -> None:
        found = tuple(await self.pli.desk.fetch(patients_matching, typed, FOUND_LIMIT))
        if not is_there(self) or typed != self._field.value:
            return
        shown = found if typed.strip() else self.first
        self.patients.show(shown)
        self.query_one("#title", Words).say(self._title(shown, Plain(typed.strip())))

    def on_key(self, event: Key) -> None:
        """From the field, the arrow goes to the list."""
        if event.key == "down" and self._field.has_focus:
            event.stop()
            self.patients.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: the only one there is, else to the list: no Enter too many chooses."""
        if len(self.patients.patients) == 1:
            self._choose()
        else:
            self.patients.focus()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter on somebody."""
        event.stop()
        self._choose()

    def _choose(self) -> None:
        if self.patients.current is not None:
            self.post_message(self.Chosen(self.patients.current))
