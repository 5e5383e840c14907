"""Keys typed while a gesture is under way wait for its end, then do what they would have done.

On a slow line keys come in bursts. Without this, the second `d` of two would be meant for the
letter the first one is deleting, and a name typed right after `c` would be read as commands.
"""

from __future__ import annotations

from typing import TypeVar

from textual.app import App
from textual.events import Event, Key
from textual.screen import Screen

T = TypeVar("T")
READY_SECONDS = 0.02
"""From the end of a gesture to the screen that it opened having its focus."""


class HoldsKeys(App[int]):
    """An application whose keys can be made to wait."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[Key] | None = None

    async def on_event(self, event: Event) -> None:
        """Keep a key for later, or let it through."""
        if isinstance(event, Key) and self._held is not None and not event.is_forwarded:
            self._held.append(event)
        else:
            await super().on_event(event)

    def hold_keys(self) -> None:
        """Let keys wait from now on."""
        if self._held is None:
            self._held = []

    def release_keys(self) -> None:
        """Let them through again, first those that waited."""
        if self._held is not None:
            self.set_timer(READY_SECONDS, self._release)

    def _release(self) -> None:
        if self._held is None:
            return
        if not self.screen.is_mounted:
            self.release_keys()
            return
        held, self._held = self._held, None
        for key in held:
            self.post_message(key)

    async def ask(self, question: Screen[T]) -> T | None:
        """Show a question and wait for its answer; keys reach it, not what is behind it."""
        self.hold_keys()
        answer = self.push_screen(question, wait_for_dismiss=True)
        self.release_keys()
        return await answer
