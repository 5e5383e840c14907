"""What every screen of Pli has: the status line, the keys, and news from the store."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.events import DescendantFocus
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, TextArea

from store.db.emails import EmailRow
from tui.actions import EVERYWHERE, IN_ASIDES, Action, bindings
from tui.feed import StoreChanged
from tui.glance import Glance
from tui.still_there import is_there
from tui.widgets.key_line import KeyLine
from tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from tui.app import PliApp


class PliScreen(Screen[None]):
    """A full screen. It looks again when the store has changed and when it comes back in sight."""

    ACTIONS: ClassVar[tuple[Action, ...]] = ()
    """What works here beside what works everywhere."""

    @property
    def pli(self) -> PliApp:
        """The application, by its own type."""
        from tui.app import PliApp

        return cast(PliApp, self.app)

    def compose(self) -> ComposeResult:
        """Status, what the screen is about, keys."""
        yield StatusLine()
        yield from self.compose_body()
        taken = {action.keys for action in self.ACTIONS}
        yield KeyLine(self.ACTIONS, [each for each in EVERYWHERE if each.keys not in taken])

    def compose_body(self) -> ComposeResult:
        """What the screen is about."""
        yield from ()

    def on_store_changed(self, event: StoreChanged) -> None:
        """Somebody committed."""
        self.look()

    def on_mount(self) -> None:
        """Everything can be drawn from here on."""
        self.look()

    def on_screen_resume(self) -> None:
        """What changed while another screen was in front was not told to this one."""
        self.look()

    def on_screen_suspend(self) -> None:
        """What was said here is no longer true when one comes back; a question hides nothing."""
        if not isinstance(self.app.screen, ModalScreen):
            self.hush()

    def hush(self) -> None:
        """What was said is over: something else is shown."""
        for line in self.query(KeyLine):
            line.hush()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """While a field is typed in, its letters call nothing."""
        for line in self.query(KeyLine):
            line.type_in(isinstance(event.widget, (Input, TextArea)))

    @property
    def is_there(self) -> bool:
        """False before there is anything to draw on, and once the person has left this screen."""
        return is_there(self)

    def look(self) -> None:
        """Read again what is shown, and draw what differs."""
        if self.pli.is_open and self.is_there:
            self.pli.chore(self.look_now, group="look")

    async def look_now(self) -> None:
        """The same, done when it returns."""
        glance = await self.pli.look_around()
        if not self.is_there:
            return
        self.show_status()
        await self.look_again(glance)

    def expect(self, row: EmailRow | None, letters: int = 0) -> None:
        """The person takes back what they did to a letter, or to many; None and 0 once it is done.

        Said before the store is asked: its news may be here before its answer.
        """

    def show_status(self) -> None:
        """Draw the status line again if it says something else."""
        for line in self.query(StatusLine):
            line.show(self.pli.glance, node_alive=self.pli.node_alive, now=self.pli.now())

    def show_over(self, screen: Aside) -> None:
        """Show another screen; one comes back from it to this one."""
        self.pli.errand(partial(self._show_over, screen), group="part")

    async def _show_over(self, screen: Aside) -> None:
        await self.pli.push_screen(screen)

    async def look_again(self, glance: Glance) -> None:
        """The part of a look that each screen does for itself."""


class Aside(PliScreen):
    """A screen one comes back from."""

    ACTIONS: ClassVar[tuple[Action, ...]] = IN_ASIDES
    BINDINGS = bindings(IN_ASIDES)

    def action_back(self) -> None:
        """Leave."""
        self.dismiss()
