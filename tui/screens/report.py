"""What a command of ours finds out: `pli doctor`, and what the line is like and costs."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical

from tui.actions import IN_REPORT, bindings
from tui.children import Report
from tui.glance import Glance
from tui.plain import Plain, plain_words, said
from tui.screens.screen import Aside
from tui.widgets.key_line import KeyLine
from tui.widgets.line_text import LineText
from tui.widgets.words import Words

AT_REST, AT_WORK = frozenset({"pause", "stop"}), frozenset({"again"})
"""The keys that do nothing then."""


class ReportScreen(Aside):
    """One report. It goes on while another screen is shown; it is asked for again by a key."""

    ACTIONS = IN_REPORT
    BINDINGS = bindings(IN_REPORT)
    AUTO_FOCUS = "#report"
    TITLE_KEY = ""
    NAME = ""
    WORDS: tuple[str, ...] = ()

    def compose_body(self) -> ComposeResult:
        """What it is, what it says, where it stands."""
        with Vertical():
            yield Words(said(self.TITLE_KEY), classes="title")
            yield LineText(id="report")
            yield Words(id="about", classes="about")

    def on_mount(self) -> None:
        """Begin, unless it was begun."""
        super().on_mount()
        if self.NAME not in self.pli.reports:
            self.action_again()

    async def look_again(self, glance: Glance) -> None:
        """See `PliScreen.look_again`."""
        self.show_report()

    @property
    def report(self) -> Report | None:
        """What was found so far."""
        return self.pli.reports.get(self.NAME)

    def show_report(self) -> None:
        """Draw what there is by now."""
        report = self.report
        if report is None or not self.is_there:
            return
        text = self.query_one("#report", LineText)
        words = Plain("\n".join(report.lines))
        if words != text.text:
            text.show(words)
        self.query_one("#about", Words).say(state_of(report))
        self.query_one(KeyLine).leave_out(AT_REST if not report.works else AT_WORK)

    def action_again(self) -> None:
        """Look again, unless it is looking."""
        if self.report is None or not self.report.works:
            report = Report(self.WORDS)
            self.pli.begin_report(self.NAME, report)
            self.show_report()
        else:
            self.pli.say(said("report.at_work"))

    def action_pause(self) -> None:
        """Hold it, or let it go on."""
        if (report := self._at_work()) is not None:
            report.pause_or_go_on()
            self.show_report()

    def action_stop(self) -> None:
        """End it."""
        if (report := self._at_work()) is not None:
            self.pli.chore(partial(self._stop, report), group="report-stop")

    def _at_work(self) -> Report | None:
        """What goes on, or is paused; that nothing does is said."""
        if self.report is not None and self.report.works:
            return self.report
        self.pli.say(said("report.none_at_work"))
        return None

    async def _stop(self, report: Report) -> None:
        await report.stop()
        self.show_report()


def state_of(report: Report) -> Plain:
    """Where it stands: at work, held, or done, and how it ended."""
    if report.is_paused and report.works:
        return said("report.paused", n=len(report.lines))
    if report.works:
        return said("report.works", n=len(report.lines))
    return plain_words(said("report.done" if report.code == 0 else "report.attention"))


class DoctorScreen(ReportScreen):
    """What is wrong, and how to mend it."""

    TITLE_KEY, NAME, WORDS = "report.doctor", "doctor", ("doctor",)


class LinkScreen(ReportScreen):
    """What the line of each account is like, what it cost, what it may cost."""

    TITLE_KEY, NAME, WORDS = "report.link", "link", ("doctor", "--link")
