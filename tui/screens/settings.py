"""The settings, changed where they are read; the file keeps everything else as it was."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical

from store.errors import MailError
from tui.glance import Glance
from tui.plain import NOTHING, Plain, explained, fit, plain_words, said
from tui.screens.ask import Field
from tui.screens.screen import Aside
from tui.settings import FIELDS, ClaimWhen, Settings, Sign, Theme, change, read, written
from tui.widgets.line_list import PLAIN, LineList, Piece
from tui.widgets.words import Words

NAME_CELLS, WORDS_CELLS = 18, 26
CYCLES: dict[str, tuple[str, ...]] = {
    "screen.theme": tuple(Theme),
    "screen.mouse": ("true", "false"),
    "notice.bell": ("true", "false"),
    "notice.terminal": tuple(Sign),
    "answering.claim": tuple(ClaimWhen),
    "writing.underline": ("true", "false"),
}
"""Settings with few values: Enter takes the next."""


class SettingList(LineList):
    """One line per setting."""

    def __init__(self, settings: Settings, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.settings = settings

    def on_mount(self) -> None:
        """As many lines as there are settings."""
        self.set_count(len(FIELDS))

    def show(self, settings: Settings) -> None:
        """Show these."""
        self.settings = settings
        self.refresh()

    @property
    def current(self) -> str:
        """The setting under the cursor."""
        return list(FIELDS)[self.cursor]

    def pieces(self, row: int, width: int) -> list[Piece]:
        """What it is, its name in the file, its value."""
        name = list(FIELDS)[row]
        what = fit(said(f"settings.name.{name}"), WORDS_CELLS)
        words = f" {what} {fit(Plain(name), NAME_CELLS)} {written(name, self.settings)}"
        return [(fit(plain_words(words), width), PLAIN)]


class SettingsScreen(Aside):
    """Every setting of this person's screen."""

    AUTO_FOCUS = "#settings"

    def compose_body(self) -> ComposeResult:
        """The list, what the one under the cursor is for, where all of it is kept."""
        with Vertical():
            yield Words(said("settings.title"), classes="title")
            yield SettingList(self.pli.settings, id="settings")
            yield Words(id="about", classes="about")

    @property
    def shown(self) -> SettingList:
        """The list."""
        return self.query_one("#settings", SettingList)

    async def look_again(self, glance: Glance) -> None:
        """See `PliScreen.look_again`."""
        self._explain()

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """The cursor is elsewhere."""
        self._explain()

    def _explain(self) -> None:
        name = self.shown.current
        about = said(f"settings.about.{name}")
        wants = said("settings.wants", wants=FIELDS[name].wants)
        where = said("settings.where", path=self.pli.home.settings)
        how = said("settings.how")
        keys = self.pli.settings.keys
        chosen = (
            said("settings.keys", keys=", ".join(f"{a} = {k}" for a, k in keys.items()))
            if keys
            else said("settings.no_keys")
        )
        lines = [Plain(f"{about} ({wants}). {how}"), chosen, where]
        self.query_one("#about", Words).say(Plain("\n".join(lines)))

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter: the next value, or a question."""
        self.pli.errand(partial(self._change, self.shown.current), group="settings")

    async def _change(self, name: str) -> None:
        read(self.pli.home)  # a file that is wrong is mended by hand, and says where
        now = written(name, self.pli.settings).strip('"')
        if (values := CYCLES.get(name)) is not None:
            self._take(name, values[(values.index(now) + 1) % len(values)])
            return
        value, trouble = written(name, self.pli.settings), NOTHING
        while True:
            question = said("settings.ask", name=name, wants=FIELDS[name].wants)
            answer = await self.pli.ask(Field(question, plain_words(value), trouble or None))
            if answer is None or not answer.strip():
                return
            try:
                self._take(name, answer.strip())
            except MailError as error:
                value, trouble = answer, explained(error)
            else:
                return

    def _take(self, name: str, value: str) -> None:
        chosen = change(self.pli.home, name, value)
        self.pli.apply_settings(chosen)
        self.shown.show(chosen)
        self.pli.say(said("settings.changed", name=name, value=value))
        self.refresh(repaint=True)
