"""All of a patient's values of one analyte: the trend, then the table.

Enter opens the document of a value.
"""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Resize

from tui.actions import IN_HEALTH_VALUES, bindings
from tui.glance import Glance
from tui.health.reading import ValuesLook, values_again
from tui.health.values import heading, plot, signs_here, told, value_lines
from tui.plain import Plain
from tui.screens.health_document import HealthDocumentScreen
from tui.screens.screen import Aside
from tui.widgets.line_list import LineList
from tui.widgets.reading_list import ReadingList
from tui.widgets.words import Words


class HealthValuesScreen(Aside):
    """Two views of the same values."""

    ACTIONS = IN_HEALTH_VALUES
    BINDINGS = bindings(IN_HEALTH_VALUES)
    AUTO_FOCUS = "#values"

    def __init__(self, look: ValuesLook) -> None:
        super().__init__()
        self.shown = look

    def compose_body(self) -> ComposeResult:
        """Whose and what, the trend, what it leaves out, the table."""
        with Vertical():
            yield Words(heading(self.shown), id="title", classes="title")
            yield Words(id="trend")
            yield Words(told(self.shown), id="told")
            yield ReadingList(id="values")

    @property
    def values(self) -> ReadingList:
        """The table."""
        return self.query_one("#values", ReadingList)

    def on_mount(self) -> None:
        """Show what was read already."""
        super().on_mount()
        self.values.show(partial(value_lines, self.shown))

    def on_resize(self, event: Resize) -> None:
        """The trend is as wide and as high as there is room for."""
        self._draw()

    def _draw(self) -> None:
        lines = plot(self.shown, self.size.width - 2, self.size.height, signs_here())
        self.query_one("#trend", Words).say(Plain("\n".join(lines)))

    async def look_again(self, glance: Glance) -> None:
        """See `PliScreen.look_again`: a new value may have come."""
        look = await self.pli.desk.fetch(values_again, self.shown)
        if look != self.shown and self.is_there:
            self.shown = look
            self.query_one("#told", Words).say(told(look))
            self.values.show(partial(value_lines, look), keep=True)
            self._draw()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter on a value: the document it stands in."""
        row = self.values.row
        if row is not None:
            document = HealthDocumentScreen(self.shown.values[row].document_id)
            self.show_over(document)

    def action_patient(self) -> None:
        """Everything about the patient."""
        from tui.screens.patient import PatientScreen

        self.show_over(PatientScreen(self.shown.patient.id))
