"""Patients, found as one types; Enter shows everything about one."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Key
from textual.widgets import Input

from store.db.patients import patients_matching
from store.model.health import PatientRow
from tui.actions import IN_PATIENTS, bindings
from tui.health.people import patient_pieces
from tui.plain import NOTHING, Plain, said
from tui.screens.screen import Aside
from tui.widgets.line_list import LineList, Piece
from tui.widgets.words import Words

FOUND_LIMIT = 50


class PatientList(LineList):
    """One line for each patient."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.patients: tuple[PatientRow, ...] = ()

    def show(self, patients: tuple[PatientRow, ...]) -> None:
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


class PatientsScreen(Aside):
    """A field, and who is found."""

    ACTIONS = IN_PATIENTS
    BINDINGS = bindings(IN_PATIENTS)
    AUTO_FOCUS = "#query"

    def __init__(self, patients: tuple[PatientRow, ...] = ()) -> None:
        super().__init__()
        self.first = patients
        """Whom to show before anything is typed: those of a letter."""

    def compose_body(self) -> ComposeResult:
        """The field, how many, who."""
        with Vertical():
            field = Input(id="query", placeholder=said("health.patients_placeholder"))
            field.cursor_blink = False
            yield field
            yield Words(self._title(self.first, NOTHING), id="title", classes="title")
            yield PatientList(id="patients")

    @property
    def patients(self) -> PatientList:
        """Who was found."""
        return self.query_one("#patients", PatientList)

    def on_mount(self) -> None:
        """Those of the letter one comes from."""
        super().on_mount()
        self.patients.show(self.first)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Each key: a search costs less than a repaint."""
        self.pli.chore(partial(self._find, event.value), group="patients", exclusive=True)

    async def _find(self, typed: str) -> None:
        found = tuple(await self.pli.desk.fetch(patients_matching, typed, FOUND_LIMIT))
        if not self.is_there or typed != self.query_one("#query", Input).value:
            return
        shown = found if typed.strip() else self.first
        self.patients.show(shown)
        self.query_one("#title", Words).say(self._title(shown, Plain(typed.strip())))

    def _title(self, found: tuple[PatientRow, ...], typed: Plain) -> Plain:
        if not typed:
            return said("health.patients_of_letter" if self.first else "health.patients_how")
        if not found:
            return said("health.no_patient")
        many = len(found) == FOUND_LIMIT
        return said("health.many_patients" if many else "health.patients", n=len(found))

    def on_key(self, event: Key) -> None:
        """From the field, the arrow goes to the list."""
        if event.key == "down" and self.query_one("#query", Input).has_focus:
            event.stop()
            self.patients.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: the only one there is, else to who was found."""
        if len(self.patients.patients) == 1:
            self._open()
        else:
            self.patients.focus()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter on somebody."""
        self._open()

    def _open(self) -> None:
        who = self.patients.current
        if who is not None:
            from tui.screens.patient import PatientScreen

            self.show_over(PatientScreen(who.id))
