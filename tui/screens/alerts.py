"""What somebody must see: the gravest first, until a person says that they saw it."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical

from store.db.alerts import open_alerts
from store.model.health import Alert
from tui.actions import IN_ALERTS, bindings
from tui.glance import Glance
from tui.health.acknowledging import acknowledged
from tui.health.alert_words import alert_pieces, value_words
from tui.plain import NOTHING, Plain, plain_words, said
from tui.screens.screen import Aside
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import LineList, Piece
from tui.widgets.words import Words

MOST_VALUES = 6
FOR_AN_ALERT = frozenset({"acknowledge", "patient"})
"""Keys that do nothing where none is left."""


class AlertList(LineList):
    """One line for each document."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.alerts: tuple[Alert, ...] = ()

    def show(self, alerts: tuple[Alert, ...]) -> None:
        """Show these; the cursor stays on its document, else where it was."""
        held = self.current
        prints = [each.fingerprint for each in alerts]
        self.alerts = alerts
        known = held is not None and held.fingerprint in prints
        self.set_count(
            len(alerts), cursor=prints.index(held.fingerprint) if held and known else None
        )

    @property
    def current(self) -> Alert | None:
        """What is under the cursor."""
        return self.alerts[self.cursor] if self.alerts else None

    def pieces(self, row: int, width: int) -> list[Piece]:
        """See `alert_pieces`."""
        return alert_pieces(self.alerts[row], width)


class AlertsScreen(Aside):
    """What stands open."""

    ACTIONS = IN_ALERTS
    BINDINGS = bindings(IN_ALERTS)
    AUTO_FOCUS = "#alerts"

    def compose_body(self) -> ComposeResult:
        """How many, each, all the values of the one under the cursor."""
        with Vertical():
            yield Words(NOTHING, id="title", classes="title")
            yield AlertList(id="alerts")
            yield Words(id="about", classes="about")

    @property
    def alerts(self) -> AlertList:
        """The list."""
        return self.query_one("#alerts", AlertList)

    async def look_again(self, glance: Glance) -> None:
        """See `PliScreen.look_again`."""
        found = tuple(await self.pli.desk.fetch(open_alerts))
        if not self.is_there:
            return
        if found != self.alerts.alerts:
            self.alerts.show(found)
        self.query_one("#title", Words).say(
            said("alert.title", n=len(found)) if found else said("alert.none")
        )
        self.query_one(KeyLine).leave_out(frozenset() if found else FOR_AN_ALERT)
        self._show_about()

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """Another one is under the cursor."""
        self._show_about()

    def _show_about(self) -> None:
        alert = self.alerts.current
        lines: list[Plain] = []
        if alert is not None:
            lines = [plain_words(value_words(each)) for each in alert.results[:MOST_VALUES]]
            more = len(alert.results) - MOST_VALUES
            lines += [said("alert.more", n=more)] if more > 0 else []
            lines += [plain_words(alert.document.author)] if alert.document.author else []
            if alert.document.superseded_how is not None:
                how = alert.document.superseded_how
                lines.append(said("health.superseded", how=said(f"superseding.{how}")))
        self.query_one("#about", Words).say(Plain("\n".join(lines)))

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter: the document."""
        alert = self.alerts.current
        if alert is not None:
            from tui.screens.health_document import HealthDocumentScreen

            screen = HealthDocumentScreen(alert.document.id)
            self.show_over(screen)

    def _meant(self) -> Alert | None:
        """What a key is meant for; None, and why, where nothing stands open any more."""
        if self.alerts.current is None:
            self.pli.say(said("alert.none"))
        return self.alerts.current

    def action_acknowledge(self) -> None:
        """Seen: it leaves the top."""
        if alert := self._meant():
            self.pli.errand(partial(self._acknowledge, alert), group="wish")

    async def _acknowledge(self, alert: Alert) -> None:
        self.pli.did(await self.pli.desk.wish(acknowledged, alert.fingerprint, self.pli.now()))
        await self.look_now()

    def action_patient(self) -> None:
        """Everything about its patient."""
        alert = self._meant()
        if alert is None:
            return
        if alert.patient is None:
            self.pli.say(said("document.names_nobody"))
            return
        from tui.screens.patient import PatientScreen

        self.show_over(PatientScreen(alert.patient.id))
