"""What goes on behind the screens: commands of ours at work, and the notice that letters came."""

from __future__ import annotations

import asyncio
from functools import partial

from store.db.alerts import note_alerted
from store.host import clock
from store.host.keys import DataKey
from store.host.paths import Home
from tui.children import Report
from tui.notices import look_for_news, run, tell, words_of
from tui.opening import Opens
from tui.plain import Plain, said
from tui.settings import Settings


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
        if news.critical:
            await self.desk.wish(note_alerted, news.critical, now=clock.now())
            await self.announce(said("news.critical"))
        if news.letters:
            await self.announce(words_of(news.letters))

    async def announce(self, words: Plain) -> None:
        """Ring, show, run: as was chosen. The words name nobody."""
        if self._driver is not None and not self.is_headless:
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
