"""What keys do with the health documents of a letter: read them, show its patient, all one has.

What they need is loaded when a key asks for it: the first paint is quick.
"""

from __future__ import annotations

from functools import partial

from store.db.documents import are_read, documents_of_email
from store.db.open import Connection
from store.db.patients import patients_of_email
from store.model.health import DocumentRow, PatientRow
from store.model.ids import EmailId
from tui.plain import said
from tui.screens.screen import PliScreen


class HealthKeys(PliScreen):
    """A screen on which one letter is meant by these keys."""

    def letter_meant(self) -> EmailId | None:
        """Which; None where there is none."""
        return None

    def action_health_document(self) -> None:
        """Read the first document of the letter; its others are a key away."""
        email_id = self.letter_meant()
        if email_id is not None:
            self.pli.errand(partial(self._read_first, email_id), group="part")

    async def _read_first(self, email_id: EmailId) -> None:
        rows, read = await self.pli.desk.read(_documents, email_id)
        if not rows:
            self.pli.say(said("health.no_document" if read else "health.not_read_yet"))
            return
        from tui.screens.health_document import HealthDocumentScreen

        await self.pli.push_screen(HealthDocumentScreen(rows[0].id))

    def action_patient(self) -> None:
        """Everything about whom the letter is about; where it names nobody, a search."""
        email_id = self.letter_meant()
        if email_id is None:
            self.pli.action_patients()
        else:
            self.pli.errand(partial(self._patient, email_id), group="part")

    async def _patient(self, email_id: EmailId) -> None:
        found: list[PatientRow] = await self.pli.desk.read(patients_of_email, email_id)
        if len(found) == 1:
            from tui.screens.patient import PatientScreen

            await self.pli.push_screen(PatientScreen(found[0].id))
            return
        from tui.screens.patients import PatientsScreen

        await self.pli.push_screen(PatientsScreen(tuple(found)))
        if not found:
            self.pli.say(said("health.no_patient_here"))


def _documents(db: Connection, email_id: EmailId) -> tuple[list[DocumentRow], bool]:
    return documents_of_email(db, email_id), are_read(db, email_id)
