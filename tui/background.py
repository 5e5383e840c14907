"""What goes on behind the screens: commands of ours at work, and the notice that letters came."""

from __future__ import annotations

import asyncio
from functools import partial

from store.db.alerts import alerts_standing, note_alerted
from store.host import clock
from store.host.keys import DataKey
from store.host.paths import Home
from tui.children import Report
from tui.health.alert_words import how_many
from tui.notices import look_for_news, run, tell, words_of
from tui.opening import Opens
from tui.plain import Plain, said
from tui.settings import Settings
from tui.widgets.alert_line import key_of


class WorksBehind(Opens):
    """An application that does more than it shows."""

    def __init__(self, home: Home, key: DataKey | None, settings: Settings) -> None:
        super().__init__(home, key, settings)
        self.reports: dict[str, Report] = {}
        self._newest: int | None = None
        """The letter that came last when one last looked."""
        self._looks_for_news = False
        self._one_telling = asyncio.Lock()

    def noticed(self) -> None:
        """Somebody committed: say that something came, one look at a time."""
        if not self._looks_for_news:
            self._looks_for_news = True
            self.chore(self._tell_news, group="news")

    async def _tell_news(self) -> None:
        try:
            news = await self.desk.read(look_for_news, self._newest)
        finally:
            self._looks_for_news = False
        self._newest = news.newest
        await self._tell_alerts()
        if news.letters:
            await self.announce(words_of(news.letters))

    async def _tell_alerts(self) -> None:
        """What must be seen is told once: on the line, and by a notice where it cannot wait.

        Told, then noted: a process that dies between the two tells it again, never not at all.
        """
        async with self._one_telling:
            alerts = await self.desk.read(alerts_standing)
            grave, others = alerts.untold_grave, alerts.untold_others
            if grave or others:
                what = how_many(len(grave), len(others))
                self.say(said("alert.came", what=what, key=key_of("alerts")))
                if grave:
                    await self.announce(said("news.critical"))
                await self.desk.wish(note_alerted, [*grave, *others], now=clock.now())

    async def announce(self, words: Plain) -> None:
        """Ring, show, run: as was chosen. The words name nobody."""
        if self._driver is not None and not (self.is_headless or self.is_aside):
            tell(self.settings, words, self._driver.write)
        await run(self.settings.command, words)

    def begin_report(self, name: str, report: Report) -> None:
        """Let a command of ours work, whatever screen is shown meanwhile."""
        self.reports[name] = report
        self.chore(partial(self._run_report, report), group="report")

    async def _run_report(self, report: Report) -> None:
        if self.key is not None:
            await report.run(self.home, self.key, self._show_report)

    def _show_report(self) -> None:
        from tui.screens.report import ReportScreen

        if self.is_running and self.screen_stack and isinstance(self.screen, ReportScreen):
            self.screen.show_report()

    async def stop_reports(self) -> None:
        """End every command that is still at work."""
        for report in self.reports.values():
            await report.stop()
