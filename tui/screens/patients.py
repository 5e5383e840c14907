"""Patients, found as one types; Enter shows everything about one."""

from __future__ import annotations

from textual.app import ComposeResult

from store.model.health import PatientRow
from tui.actions import IN_PATIENTS, bindings
from tui.plain import Plain, said
from tui.screens.screen import Aside
from tui.widgets.patient_finder import FOUND_LIMIT, PatientFinder


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
        yield PatientFinder(self.pli, self.first, self._title)

    def _title(self, found: tuple[PatientRow, ...], typed: Plain) -> Plain:
        if not typed:
            return said("health.patients_of_letter" if self.first else "health.patients_how")
        if not found:
            return said("health.no_patient")
        many = len(found) == FOUND_LIMIT
        return said("health.many_patients" if many else "health.patients", n=len(found))

    def on_patient_finder_chosen(self, event: PatientFinder.Chosen) -> None:
        """Enter on somebody."""
        from tui.screens.patient import PatientScreen

        self.show_over(PatientScreen(event.patient.id))
