"""Errands: what a key begins and that has to wait for the store, or for an answer.

Keys typed meanwhile wait for the end of the errand, then do what they would have done. On a slow
line keys come in bursts: without this, the second `d` of two would be meant for the letter the
first one is deleting, and a name typed right after `c` would be read as commands.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import TypeVar

from textual.events import Event, Key
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.worker import Worker

from store.errors import MailError, NeedsUser
from tui.painting import Paints
from tui.plain import Plain, explained, said
from tui.widgets.key_line import KeyLine

T = TypeVar("T")
SLOW_SECONDS = 1.0
"""After these, keys that wait say that they do."""
READY_SECONDS = 0.02
"""Between two looks at whether a screen just opened can take a key."""
UPGRADED = NeedsUser("tui.upgraded")
"""Most screens are read from the disk when they are first opened: an upgrade may come before."""
MOST_LOOKS = 25
"""After these, keys go to a screen that is not ready: better that than keys that do nothing."""


class DoesErrands(Paints):
    """An application that does one thing after the other, without ever blocking."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[Key] | None = None
        """Keys that wait; None when none has to."""
        self._under_way = 0
        """Errands that hold the keys."""

    def errand(self, work: Callable[[], Awaitable[None]], *, group: str) -> Worker[None]:
        """Do what a person began; say what went wrong with it, if anything. Holds the keys."""
        self._hold()
        begun: Callable[[], Coroutine[None, None, None]] = partial(self._errand, work)
        return self.run_worker(begun, group=group)

    async def _errand(self, work: Callable[[], Awaitable[None]]) -> None:
        told: list[KeyLine] = []
        waits = self.set_timer(SLOW_SECONDS, partial(self._say_slow, told))
        try:
            await self._chore(work)
        finally:
            waits.stop()
            for line in told:
                if line.is_attached and line.message == said("tui.slow"):
                    line.hush()
            self._release()

    def _say_slow(self, told: list[KeyLine]) -> None:
        """Somebody else may have the store. What waits for an answer is not slow."""
        if self._under_way:
            told += self.screen.query(KeyLine)
            self.say(said("tui.slow"))

    def chore(
        self, work: Callable[[], Awaitable[None]], *, group: str, exclusive: bool = False
    ) -> Worker[None]:
        """Do what the screen does by itself. Holds no key."""
        begun: Callable[[], Coroutine[None, None, None]] = partial(self._chore, work)
        return self.run_worker(begun, group=group, exclusive=exclusive)

    async def _chore(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except MailError as error:
            self.failed(error)
        except ImportError:
            self.failed(UPGRADED)
        except Exception:
            # Once the person has left, its widgets are gone one by one: nothing is left to draw on.
            # The last screen goes a moment before the application ends.
            if self.is_running and self.screen_stack:
                raise

    def failed(self, error: MailError) -> None:
        """Say what went wrong."""
        self.say(explained(error))

    def _hold(self) -> None:
        self._under_way += 1
        self._waiting = self._waiting or []

    def _release(self) -> None:
        self._under_way -= 1
        self._next_key()

    def say(self, words: Plain) -> None:
        """Say something on the bottom line of the screen in front."""
        for line in self.screen.query(KeyLine):
            line.say(words)

    async def ask(self, question: Screen[T]) -> T | None:
        """Show a question and wait for its answer, within an errand; keys reach the question."""
        answer = self.push_screen(question, wait_for_dismiss=True)
        self._release()
        try:
            return await answer
        finally:
            self._hold()

    async def on_event(self, event: Event) -> None:
        """One key at a time: the next one waits until this one has been acted on."""
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
        elif self._waiting is not None:
            self._waiting.append(event)
        else:
            self._waiting = []
            await self._let_through(event)

    async def _let_through(self, key: Key) -> None:
        listener = self.focused or self.screen
        await super().on_event(key)
        if not listener.call_later(self._follow, listener):
            self._next_key()

    def _follow(self, listener: MessagePump) -> None:
        """Go the way the key goes, behind it: from its listener up to the application."""
        above = listener._parent
        if above is None or not above.call_later(self._follow, above):
            self._next_key()

    def _next_key(self, looks: int = 0) -> None:
        if self._waiting is None or self._under_way or not self.screen_stack:
            return
        if not self._is_ready() and looks < MOST_LOOKS:
            self.set_timer(READY_SECONDS, partial(self._next_key, looks + 1))
        elif self._waiting:
            self.call_later(self._let_through, self._waiting.pop(0))
        else:
            self._waiting = None

    def _is_ready(self) -> bool:
        screen = self.screen
        return screen.is_mounted and (screen.focused is not None or not screen.focus_chain)
