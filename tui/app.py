"""The application: begins, shows screens, says what happened. No feature here."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Sequence
from functools import partial

from textual.filter import LineFilter, Monochrome, NoColor
from textual.screen import Screen
from textual.worker import WorkerFailed

from store.db.snoozing import wake
from store.errors import MailError
from store.host import clock
from store.host.keys import DataKey
from store.host.log import event
from store.host.paths import Home
from tui.actions import EVERYWHERE, Action, bindings, choose
from tui.alarm import Alarm, Obituary
from tui.background import WorksBehind
from tui.errands import UPGRADED
from tui.filing import Done
from tui.gestures import want_every_account
from tui.glance import Glance, look_around
from tui.guard import Guard
from tui.nodestart import OwnNode, Pulse
from tui.plain import explained, said
from tui.screens.screen import PliScreen
from tui.settings import Settings, Theme
from tui.themes import Themed
from tui.undoing import Undoes
from tui.widgets.key_line import KeyLine

log = logging.getLogger(__name__)
WIDTHS = [(0, "-tiny"), (60, "-narrow"), (80, "-normal"), (150, "-wide")]
HEIGHTS = [(0, "-low"), (18, "-high")]
GREYS = (Monochrome, NoColor)
TICK_SECONDS = 60.0
"""The longest rest: the day may have changed, and somebody may have set the clock."""


class PliApp(WorksBehind, Undoes):
    """Pli on a terminal."""

    CSS_PATH = "theme.tcss"
    TITLE = "Pli"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = bindings(EVERYWHERE)
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(
        self,
        home: Home,
        key: DataKey | None,
        *,
        starts_node: bool = False,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(home, key, Settings() if settings is None else settings)
        self.starts_node = starts_node
        self.node, self._pulse = OwnNode(), Pulse()
        self.done: list[Done] = []
        self.last_command = ""
        """What a document was last piped to."""
        self.failure: MailError | None = None
        self.remark: MailError | None = None
        """What is wrong with the settings: said once the first screen is there."""
        # Textual's own answer to NO_COLOR is greys, and ends at the first word without a style.
        self._filters = [each for each in self._filters if not isinstance(each, GREYS)]
        self._filters_of_ours: list[LineFilter] = [Guard()]
        self.apply_settings(self.settings)
        self.theme = "ansi-dark"
        self.animation_level = "none"

    def _set_pointer_shape(self, shape: str) -> None:
        """The mouse keeps its shape: OSC 22 is octets for every pane crossed."""

    def apply_settings(self, settings: Settings) -> None:
        """Have other keys, other colours, from now on."""
        self.settings = settings
        choose(settings.keys)
        self.set_keymap(dict(settings.keys))
        theme = Theme.MONOCHROME if self.no_color else settings.theme
        self._filters_of_ours[1:] = [Themed(theme)] if theme is not Theme.DEFAULT else []

    def now(self) -> int:
        """Unix seconds, UTC."""
        return clock.now()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own filters, then the guard."""
        return [*super().get_line_filters(), *self._filters_of_ours]

    def copy_to_clipboard(self, text: str) -> None:
        """Keep what is copied to ourselves: a terminal's clipboard may be on another machine."""
        self._clipboard = text

    def get_default_screen(self) -> Screen[None]:
        """The first screen is drawn, empty, while the store is being opened."""
        if self.key is None:
            from tui.screens.unlock import UnlockScreen

            return UnlockScreen(self.home)
        from tui.screens.mail import MailScreen

        return MailScreen()

    def on_mount(self) -> None:
        """Begin once the first screen has been laid out."""
        if not self.is_headless:
            told = asyncio.get_running_loop().add_signal_handler
            told(signal.SIGHUP, self.hang_up)
            told(signal.SIGTERM, self._told_to_end)
        self._alarm, self._obituary = Alarm(self._tick), Obituary(self._tick)
        self._set_alarm()
        self.screen.call_after_refresh(self._begin)

    def _told_to_end(self) -> None:
        """Leave; told again, do not wait for what our node finishes."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.node.hurry)
        self.hang_up()

    async def _begin(self) -> None:
        """Prove the guard; until then nothing of any letter is read."""
        try:
            self.screen.query_one(KeyLine).prove()
        except MailError as error:
            self.give_up(error)
            return
        if self.key is not None:
            await self.enter(self.key)

    def give_up(self, error: MailError) -> None:
        """Leave; the command line says why."""
        self.failure = error
        self.exit(error.exit_code)

    async def enter(self, key: DataKey) -> None:
        """Open the store and fill the screen."""
        try:
            await self.open_with(key)
            await self.desk.wish(wake, self.now())
        except MailError as error:
            self.give_up(error)
            return
        self.chore(self._clear_leftovers, group="leftovers")
        if self.starts_node:
            self.chore(partial(self._start_node, key), group="node")
        if self.remark is not None:
            self.say(explained(self.remark))

    async def _clear_leftovers(self) -> None:
        """A screen that was killed left to another program what was to be removed."""
        from tui.aside_folders import clear_leftovers

        await asyncio.to_thread(clear_leftovers, self.home.root)

    async def _start_node(self, key: DataKey) -> None:
        await asyncio.to_thread(self.node.start, self.home, key)
        self._tick()

    async def on_unmount(self) -> None:
        """Take back what was lent, close the store, end the node started for this screen."""
        self._alarm.close()
        self._obituary.close()
        await asyncio.to_thread(self.lent.take_back)
        if self.is_open:
            await asyncio.to_thread(self.desk.close)
        await self.stop_reports()
        await asyncio.to_thread(self.node.stop)

    async def look_around(self) -> Glance:
        """Read what stands around the letters."""
        self.glance = await self.desk.read(look_around)
        self._obituary.follow(self.glance.node and self.glance.node.pid)
        self._set_alarm()
        return self.glance

    @property
    def node_alive(self) -> bool:
        """Whether a node works for this store."""
        return self.node.started or self._pulse.is_beating(self.glance.node, self.now())

    def _tick(self) -> None:
        self.lock_when_idle()
        if self.is_open and self.glance.some_return(self.now()):
            self.chore(self._wake, group="wake", exclusive=True)
        if isinstance(self.screen, PliScreen):
            self.screen.show_status()
        self._set_alarm()

    def _set_alarm(self) -> None:
        """For the next moment at which time alone changes something."""
        back_at = self.glance.put_off.first_at
        returns = TICK_SECONDS if back_at is None else max(1, back_at - self.now())
        idle = self.seconds_to_idle()
        silence = self.glance.silence_in(self.now()) or TICK_SECONDS
        # One that cannot be locked stays idle.
        self._alarm.set(min(TICK_SECONDS, returns, silence, idle if idle > 0 else TICK_SECONDS))

    async def _wake(self) -> None:
        """Letters put off come back; what shows them is told by the feed."""
        await self.desk.wish(wake, self.now())
        await self.look_around()

    def action_fetch(self) -> None:
        """Ask the node for a pass now."""
        self.errand(self._fetch, group="wish")

    async def _fetch(self) -> None:
        await self.desk.wish(want_every_account, self.now())
        self.say(said("tui.fetch.asked" if self.node_alive else "tui.fetch.no_node"))

    def action_start_node(self) -> None:
        """Start a node when none runs."""
        if self.key is not None:
            self.errand(partial(self._start_again, self.key), group="node")

    async def _start_again(self, key: DataKey) -> None:
        started = await asyncio.to_thread(self.node.start, self.home, key)
        self.say(said("tui.node.starting" if started else "tui.node.already"))
        self._tick()

    def action_leave(self) -> None:
        """Quit; ask first when letters would wait for the next time."""
        self.errand(self._leave, group="leave")

    async def _leave(self) -> None:
        waiting = self.glance.count("writing", "queued", "sending")
        if waiting and self.node.started:
            from tui.screens.ask import Question

            if not await self.ask(Question(said("tui.ask.leave", n=waiting))):
                return
        if self.node.started:
            self.say(said("tui.node.ending"))
        self.exit(0)

    def action_compose_letter(self) -> None:
        """Write a new letter."""
        from tui.drafting import write_new

        self.errand(partial(write_new, self), group="compose")

    def action_question(self) -> None:
        """Answer what the node asks."""
        from tui.questions import answer

        self.errand(partial(answer, self), group="question")

    def action_palette(self) -> None:
        """Every action by its words."""
        if self.is_open and isinstance(self.screen, PliScreen):
            self.errand(partial(self._choose_action, self.screen.ACTIONS), group="palette")

    async def _choose_action(self, actions: tuple[Action, ...]) -> None:
        from tui.screens.palette import PaletteScreen

        name = await self.ask(PaletteScreen(actions))
        if name is not None:
            await self.run_action(name if name.startswith("app.") else f"screen.{name}")

    def _handle_exception(self, error: Exception) -> None:
        """Leave after a bug of ours. Textual's own traceback would print the words of letters."""
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        cause = error.error if isinstance(error, WorkerFailed) else error
        event(log, logging.ERROR, "screen.failed", error=cause)
        self.failure = MailError("bug.unexpected", kind=type(cause).__name__)
        if isinstance(cause, ImportError):
            self.failure = UPGRADED
        self._return_code = 1
        self._close_messages_no_wait()
