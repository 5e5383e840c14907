"""One patient: letters and documents, newest first, and how sure it is that each is theirs."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical

from store.errors import Usage
from store.model.health import PatientEntry
from store.model.ids import PatientId
from tui.actions import IN_PATIENT, bindings
from tui.glance import Glance
from tui.health.people import entry_about, entry_pieces, patient_head
from tui.health.reading import PatientLook, patient_look
from tui.plain import NOTHING, Plain, said
from tui.screens.screen import Aside
from tui.widgets.line_list import LineList, Piece
from tui.widgets.words import Words


class EntryList(LineList):
    """One line for each document."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.entries: tuple[PatientEntry, ...] = ()

    def show(self, entries: tuple[PatientEntry, ...]) -> None:
        """Show these; the cursor stays on its document."""
        held = self.current
        self.entries = entries
        ids = [each.document.id for each in entries]
        at = ids.index(held.document.id) if held and held.document.id in ids else 0
        self.set_count(len(entries), cursor=at)

    @property
    def current(self) -> PatientEntry | None:
        """The document under the cursor."""
        return self.entries[self.cursor] if self.entries else None

    def pieces(self, row: int, width: int) -> list[Piece]:
        """See `entry_pieces`."""
        return entry_pieces(self.entries[row], width)


class PatientScreen(Aside):
    """Everything about one patient."""

    ACTIONS = IN_PATIENT
    BINDINGS = bindings(IN_PATIENT)
    AUTO_FOCUS = "#entries"

    def __init__(self, patient_id: PatientId) -> None:
        super().__init__()
        self.patient_id = patient_id
        self.shown: PatientLook | None = None

    def compose_body(self) -> ComposeResult:
        """Who, their documents, what must be known of the one under the cursor."""
        with Vertical():
            yield Words(id="who")
            yield EntryList(id="entries")
            yield Words(id="about", classes="about")

    @property
    def entries(self) -> EntryList:
        """The documents."""
        return self.query_one("#entries", EntryList)

    async def look_again(self, glance: Glance) -> None:
        """See `PliScreen.look_again`."""
        try:
            look = await self.pli.desk.fetch(patient_look, self.patient_id)
        except Usage:
            if self.shown is None:
                raise
            self.pli.say(said("document.patient_unknown", id=self.patient_id))
            return
        if self.is_there and look != self.shown:
            self.shown = look
            self.query_one("#who", Words).say(Plain("\n".join(patient_head(look))))
            self.entries.show(look.entries)
            self._show_about()

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """Another document is under the cursor."""
        self._show_about()

    def _show_about(self) -> None:
        entry = self.entries.current
        lines = entry_about(entry) if entry is not None else []
        self.query_one("#about", Words).say(Plain("\n".join(lines)) if lines else NOTHING)

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter: the document."""
        entry = self.entries.current
        if entry is not None:
            from tui.screens.health_document import HealthDocumentScreen

            screen = HealthDocumentScreen(entry.document.id)
            self.show_over(screen)

    def action_letter(self) -> None:
        """The letter it came in."""
        entry = self.entries.current
        if entry is not None:
            from tui.screens.one_letter import show_letter

            self.pli.errand(partial(show_letter, self.pli, entry.email_id), group="part")
