"""One health document: whom it is about, its results, what it says. Enter on a result shows all of
that patient's values of it."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical

from store.db.alerts import alert_of_document, note_seen
from store.errors import Usage
from store.model.ids import DocumentId
from tui.actions import IN_HEALTH_DOCUMENT, bindings
from tui.glance import Glance
from tui.health.acknowledging import acknowledge_document
from tui.health.document import document_lines, title_of
from tui.health.reading import DocumentLook, document_look, values_look
from tui.health.rows import SIGNS
from tui.plain import NOTHING, said
from tui.screens.screen import Aside
from tui.widgets.line_list import LineList
from tui.widgets.reading_list import ReadingList
from tui.widgets.words import Words


class HealthDocumentScreen(Aside):
    """A document to read."""

    ACTIONS = IN_HEALTH_DOCUMENT
    BINDINGS = bindings(IN_HEALTH_DOCUMENT)
    AUTO_FOCUS = "#document"

    def __init__(self, document_id: DocumentId) -> None:
        super().__init__()
        self.document_id = document_id
        self.shown: DocumentLook | None = None

    def compose_body(self) -> ComposeResult:
        """Its title, then all of it."""
        with Vertical():
            yield Words(NOTHING, id="title", classes="title")
            yield ReadingList(id="document")

    @property
    def reading(self) -> ReadingList:
        """Its lines."""
        return self.query_one("#document", ReadingList)

    async def look_again(self, glance: Glance) -> None:
        """See `PliScreen.look_again`; what took its place may have come meanwhile."""
        try:
            look = await self.pli.desk.read(document_look, self.document_id)
        except Usage:
            if self.shown is None:
                raise
            return  # its letter was read anew: what is being read stays
        if not self.is_there or look == self.shown:
            return
        first = self.shown is None or self.shown.kept.row.id != look.kept.row.id
        self.shown = look
        self.query_one("#title", Words).say(title_of(look))
        self.reading.show(partial(document_lines, look), keep=not first)
        if first:
            await self._see(look.kept.row.id)

    async def _see(self, document_id: DocumentId) -> None:
        """What it alerts of is before somebody's eyes."""
        alert = await self.pli.desk.read(alert_of_document, document_id)
        if alert is not None:
            await self.pli.desk.wish(note_seen, [alert], now=self.pli.now())

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter on a result."""
        self.action_values()

    def action_values(self) -> None:
        """All of the patient's values of the result under the cursor."""
        row, shown = self.reading.row, self.shown
        if shown is None or row is None:
            self.pli.say(said("health.choose_result"))
            return
        self.pli.errand(partial(self._values, shown, row), group="part")

    async def _values(self, shown: DocumentLook, row: int) -> None:
        from tui.screens.health_values import HealthValuesScreen

        look = await self.pli.desk.fetch(values_look, shown.kept, row)
        await self.pli.push_screen(HealthValuesScreen(look))

    def action_next_abnormal(self) -> None:
        """To the next value out of its range."""
        results = self.shown.kept.document.observations if self.shown else ()
        if not self.reading.go_to_next(lambda row: results[row].abnormality in SIGNS):
            self.pli.say(said("health.none_abnormal"))

    def action_next_document(self) -> None:
        """The next one of its letter."""
        self._step(1)

    def action_previous_document(self) -> None:
        """The one before."""
        self._step(-1)

    def _step(self, by: int) -> None:
        if self.shown is None:
            return
        siblings = self.shown.siblings
        at = siblings.index(self.shown.kept.row.id) + by
        if not 0 <= at < len(siblings):
            self.pli.say(said("health.no_other"))
            return
        self.document_id = siblings[at]
        self.look()

    def action_replacing(self) -> None:
        """What took its place; else what it took the place of."""
        shown = self.shown
        other = None
        if shown is not None:
            other = shown.replaced_by or next(iter(shown.replaces), None)
        if other is None:
            self.pli.say(said("health.no_version"))
            return
        self.document_id = other.id
        self.look()

    def action_patient(self) -> None:
        """Everything about its patient."""
        who = self.shown.patient if self.shown else None
        if who is None:
            self.pli.say(said("document.names_nobody"))
            return
        from tui.screens.patient import PatientScreen

        self.show_over(PatientScreen(who.id))

    def action_acknowledge(self) -> None:
        """Say that one saw what it alerts of."""
        if self.shown is not None:
            work = partial(acknowledge_document, self.pli, self.shown.kept.row.id)
            self.pli.errand(work, group="wish")

    def action_letter(self) -> None:
        """The letter it came in."""
        if self.shown is not None:
            from tui.screens.one_letter import show_letter

            work = partial(show_letter, self.pli, self.shown.kept.row.email_id)
            self.pli.errand(work, group="part")
