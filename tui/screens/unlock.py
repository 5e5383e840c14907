"""The locked store: one field, and nothing of any letter."""

from __future__ import annotations

import asyncio
from asyncio import sleep as pause
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Input

from store.errors import MailError
from store.host.apart import unlock_apart
from store.host.paths import Home
from tui.plain import explained, said
from tui.widgets.key_line import KeyLine
from tui.widgets.words import Words

if TYPE_CHECKING:
    from tui.app import PliApp

SLOWEST_SECONDS = 30.0


class UnlockScreen(Screen[None]):
    """Asks for the passphrase; each wrong one makes the next wait longer."""

    BINDINGS = [Binding("escape,ctrl+q", "leave", show=False, priority=True)]  # noqa: RUF012

    def __init__(self, home: Home, *, first_pause_seconds: float = 1.0) -> None:
        super().__init__()
        self.home, self.pause_seconds = home, first_pause_seconds
        self._one_at_a_time = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """The question and its field."""
        with Vertical(classes="asked"):
            yield Words(said("tui.unlock.title"))
            field = Input(password=True)
            field.cursor_blink = False
            yield field
            yield Words(said("tui.unlock.keys"), id="answer", classes="keys")
        yield KeyLine()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter. What is typed during a pause waits for its end."""
        passphrase, event.input.value = event.value, ""
        self.query_one("#answer", Words).say(said("tui.unlock.trying"))
        self.run_worker(self._try(passphrase), group="unlock")

    async def _try(self, passphrase: str) -> None:
        async with self._one_at_a_time:
            try:
                key = await asyncio.to_thread(unlock_apart, self.home, passphrase)
            except (MailError, OSError) as error:
                # The machine may have no process, no descriptor or no memory to give just now.
                failed = said("tui.unlock.failed")
                words = explained(error) if isinstance(error, MailError) else failed
                self.query_one("#answer", Words).say(words)
                await pause(self.pause_seconds)
                self.pause_seconds = min(self.pause_seconds * 2, SLOWEST_SECONDS)
                return
        app = cast("PliApp", self.app)
        # Not as work of this screen, which goes away meanwhile.
        app.errand(partial(app.unlocked, key), group="unlock")

    def action_leave(self) -> None:
        """Leave it locked."""
        self.app.exit(0)
