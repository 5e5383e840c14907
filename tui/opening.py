"""Opening the store and locking it again, without losing the place or a word being written.

Locked, this process has no key and no connection: the seats of the desk are closed, the octets of
the key overwritten, the terminal and what scrolled off it cleared. The screens stay where they
were, behind the one that asks for the passphrase, and draw nothing: they look again once it is
given. The node goes on; it has a key of its own, and letters must leave while nobody looks.

A store that no passphrase opens cannot be locked and opened here again. The key leaves it instead;
time does not, for the node of an unattended machine may be ours and would end with the screen.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, runtime_checkable

from textual.driver import Driver
from textual.events import Event, Key, MouseEvent, Paste
from textual.message_pump import MessagePump
from textual.widgets import Input
from textual.worker import WorkerCancelled

from store.db.migrate import migrate
from store.errors import Locked, MailError
from store.host.keys import DataKey, opens_with_passphrase
from store.host.log import event as log_event
from store.host.paths import Home
from tui.desk import Desk
from tui.doors import HasDoors
from tui.feed import watch
from tui.glance import Glance
from tui.outside import Lent
from tui.painting import Painting
from tui.pasting import MOST_IN_A_FIELD, is_too_long, on_one_line
from tui.plain import said
from tui.settings import Settings
from tui.terminal_codes import FORGET
from tui.typing_aside import Typing, uptime

log = logging.getLogger(__name__)
KEEP_SECONDS = 10.0
"""How long a draft may take to be kept before the key goes: somebody else may have the disk."""
MINUTE_SECONDS = 60


@runtime_checkable
class Keeps(Protocol):
    """A screen with something typed in it."""

    async def keep_quietly(self) -> None:
        """Keep it, asking nothing."""

    async def leave_quietly(self) -> None:
        """The same, for the last time."""


class Opens(HasDoors):
    """An application over a store that is open, or locked."""

    def __init__(self, home: Home, key: DataKey | None, settings: Settings) -> None:
        super().__init__()
        self.home, self.settings = home, settings
        self.key = None if key is None else key.own_copy()
        self.glance = Glance()
        self.painting = Painting()
        self.touched_at = uptime()
        """When the person last did something."""
        self.forgets = False
        """Whether the terminal is to be cleared once it is given back."""
        self._desk: Desk | None = None
        self._one_lock = asyncio.Lock()
        self._typing = Typing()
        self.is_aside = False
        """Whether another program has the terminal: what Textual writes waits for a thread that has
        ended, and what comes after thirty pieces for ever."""
        self.lent = Lent()
        """Documents another program was given in a file; they go when the screen locks."""

    @property
    def is_open(self) -> bool:
        """False while the store is locked or being opened."""
        return self._desk is not None

    @property
    def desk(self) -> Desk:
        """Where to ask the store.

        Raises:
            Locked: `tui.locked`: there is none.
        """
        if self._desk is None:
            raise Locked("tui.locked")
        return self._desk

    async def open_with(self, key: DataKey) -> None:
        """Open the store, and hear of what changes in it.

        Raises:
            MailError: it cannot be opened.
        """
        desk = Desk(self.home, key)
        await desk.wish(migrate)
        self.key, self._desk, self.touched_at = key, desk, uptime()
        self.run_worker(watch(self.home, key, self._listener), group="feed")

    def _listener(self) -> MessagePump:
        """Who is told that somebody committed."""
        self.noticed()
        return self.screen

    def failed(self, error: MailError) -> None:
        """See `DoesErrands.failed`; what is cut short by the lock needs no sentence, and one that
        comes once it is open again would not be true."""
        if error.code != "tui.locked":
            super().failed(error)

    def noticed(self) -> None:
        """Somebody committed."""

    async def on_event(self, event: Event) -> None:
        """See whether somebody is there, then as ever."""
        if isinstance(event, Key | MouseEvent | Paste):
            self.touched_at = uptime()
        if isinstance(event, Paste) and isinstance(field := self.focused, Input):
            event = Paste(on_one_line(event.text, field))
            if is_too_long(event.text, field):
                self.say(said("tui.paste.too_long", n=len(event.text), most=MOST_IN_A_FIELD))
                return
        await super().on_event(event)

    def seconds_to_idle(self) -> float:
        """Until nobody will have touched anything for as long as was chosen; none when it never
        locks, or is locked."""
        if not self.settings.idle_minutes or not self.is_open:
            return math.inf
        touched_at = max(self.touched_at, self._typing.at()) if self.is_aside else self.touched_at
        return touched_at + MINUTE_SECONDS * self.settings.idle_minutes - uptime()

    @property
    def is_idle(self) -> bool:
        """Whether nobody has touched anything for so long, or the store is locked already."""
        return not self.is_open or self.seconds_to_idle() <= 0

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Leave the terminal to another program; the store locks meanwhile all the same.

        Nothing may be drawn then: it would wait for a thread of Textual's that has ended. So the
        key goes when it is due, and the field is there when the screen is back.

        Raises:
            SuspendNotSupported: there is no terminal.
        """
        trouble: Exception | None = None
        with self.batch_update():
            self.is_aside = True
            self._typing = Typing()
            try:
                with self.suspend():
                    try:
                        yield
                    except Exception as error:
                        # Textual's `suspend` has no `finally`: the screen would not come back.
                        trouble = error
                self.touched_at = max(self.touched_at, self._typing.at())
            finally:
                self.is_aside = False
            async with self._one_lock:
                if not self.is_open and self.is_running:
                    await self._cover()
        if trouble is not None:
            raise trouble
        self.lock_when_idle()

    def lock_when_idle(self) -> None:
        """Lock when nobody has touched anything for as long as was chosen."""
        if self.seconds_to_idle() > 0 or not opens_with_passphrase(self.home):
            return
        log_event(log, logging.INFO, "screen.idle", minutes=self.settings.idle_minutes)
        self.action_lock()

    def action_lock(self) -> None:
        """Lock now; ask first where that is to leave."""
        if self.is_open and not any(each.group == "lock" for each in self.workers):
            self.errand(self._lock_now, group="lock")

    async def _lock_now(self) -> None:
        from tui.screens.ask import Question

        locks = opens_with_passphrase(self.home)
        if locks or await self.ask(Question(said("tui.ask.lock_is_leave"))):
            await self.lock()

    async def lock(self) -> None:
        """Keep what is typed, drop the key, show nothing."""
        async with self._one_lock:
            if not self.is_open:
                return
            await self.keep_all()
            if not opens_with_passphrase(self.home):
                await self.leave_clean()
                return
            if not self.is_aside:
                await self._cover()
            await self._drop_key()
        log_event(log, logging.INFO, "screen.locked")

    async def _cover(self) -> None:
        """Show the one field, on a terminal that remembers nothing."""
        from tui.screens.unlock import UnlockScreen

        await self.push_screen(UnlockScreen(self.home))
        self.forget_terminal()

    async def _drop_key(self) -> None:
        desk, self._desk = self._desk, None
        key, self.key = self.key, None
        for feed in self.workers.cancel_group(self, "feed"):
            with contextlib.suppress(WorkerCancelled):
                await feed.wait()
        if desk is not None:
            await asyncio.to_thread(desk.close)
        if key is not None:
            key.wipe()
        await asyncio.to_thread(self.lent.take_back)
        self.glance = Glance()

    def forget_terminal(self) -> None:
        """Clear the terminal, what scrolled off it, and its title; then draw again."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(FORGET)
            self._driver.flush()
        self.action_redraw()

    async def keep_all(self, *, leaving: bool = False) -> None:
        """Keep what is typed on every screen: nobody is asked, nothing is lost.

        leaving: nobody comes back to it; what would wait for that is let go.
        """
        for screen in self.screen_stack:
            if isinstance(screen, Keeps):
                keeps = screen.leave_quietly() if leaving else screen.keep_quietly()
                with contextlib.suppress(MailError, TimeoutError):
                    await asyncio.wait_for(keeps, KEEP_SECONDS)

    async def unlocked(self, key: DataKey) -> None:
        """The passphrase was right: go back to where one was, or begin."""
        if len(self.screen_stack) > 1:
            await self.open_with(key)
            self.pop_screen()
            return
        from tui.screens.mail import MailScreen

        await self.push_screen(MailScreen())
        await self.enter(key)

    async def enter(self, key: DataKey) -> None:
        """Open the store for the first time."""

    def hang_up(self) -> None:
        """The line to the person broke, or the process is told to end: keep, then leave."""
        self.forgets = True
        self.chore(self.leave_clean, group="leave")

    def panic(self, *renderables: object) -> None:
        """The terminal cannot be read or written. Textual would print a traceback on it."""
        log_event(log, logging.WARNING, "screen.line_gone")
        self.hang_up()

    def get_driver_class(self) -> type[Driver]:
        """One that the end of the line does not hold."""
        if sys.platform != "linux":
            return super().get_driver_class()
        from tui.driver import TerminalDriver

        return TerminalDriver

    async def leave_clean(self) -> None:
        """Leave nothing typed unkept, and nothing on the terminal."""
        self.forgets = True
        if self.is_open:
            await self.keep_all(leaving=True)
        self.exit(0)

    async def action_quit(self) -> None:
        """Textual's own way out, by Ctrl+Q: what is typed is kept first."""
        if self.is_open:
            await self.keep_all(leaving=True)
        self.exit(0)
