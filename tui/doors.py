"""The doors of the application: which key leads to which screen. Screens load when first shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.app import App
from textual.worker import Worker

from tui.screens.screen import Aside, PliScreen

if TYPE_CHECKING:
    pass


class Doors(App[int]):
    """What the keys that work everywhere open."""

    is_open = False
    """False while the store is locked or being opened: then no door opens."""

    def errand(
        self, work: Callable[[], Awaitable[None]], *, group: str, exclusive: bool = False
    ) -> Worker[None]:
        """See PliApp."""

    def action_compose_letter(self) -> None:
        """Write a new letter."""
        from tui.drafting import write_new

        self.errand(partial(write_new, self), group="compose")

    def action_search(self) -> None:
        """Search."""
        from tui.screens.search import SearchScreen

        self.show_aside(SearchScreen)

    def action_outbox(self) -> None:
        """The outbox."""
        from tui.screens.outbox import OutboxScreen

        self.show_aside(OutboxScreen)

    def action_drops(self) -> None:
        """The watched folders."""
        from tui.screens.drop import DropScreen

        self.show_aside(DropScreen)

    def action_accounts(self) -> None:
        """The accounts."""
        from tui.screens.accounts import AccountsScreen

        self.show_aside(AccountsScreen)

    def action_help(self) -> None:
        """The keys."""
        from tui.screens.help import HelpScreen

        self.show_aside(HelpScreen)

    def show_aside(self, kind: type[PliScreen]) -> None:
        """Show a screen over the letters, instead of any other one shown over them."""
        if self._desk is None or isinstance(self.screen, kind):
            return
        if isinstance(self.screen, Aside):
            self.switch_screen(kind())
        else:
            self.push_screen(kind())

    def action_palette(self) -> None:
        """Every action by its words."""
        from tui.screens.palette import PaletteScreen

        if isinstance(self.screen, PliScreen):
            self.push_screen(PaletteScreen(self.screen.ACTIONS), self._run_chosen)

    async def _run_chosen(self, name: str | None) -> None:
        if name is not None:
            await self.run_action(name if name.startswith("app.") else f"screen.{name}")

