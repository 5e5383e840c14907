"""A path, that Tab completes from the disk."""

from __future__ import annotations

import asyncio

from textual.app import ComposeResult
from textual.events import Key
from textual.widgets import Input

from tui.file_names import Completed, complete
from tui.plain import NOTHING, Plain, plain_words, said
from tui.screens.ask import Field
from tui.still_there import is_there
from tui.widgets.words import Words

MOST_SHOWN = 12


class PathField(Field):
    """Where a document lies; None when the person would rather not."""

    KEYS = "tui.ask.path"

    def compose_more(self) -> ComposeResult:
        """What could follow."""
        yield Words(id="choices")

    async def on_key(self, event: Key) -> None:
        """Tab goes on with what is typed as far as there is no doubt, and shows what may follow."""
        if event.key != "tab":
            return
        event.stop()
        event.prevent_default()
        field = self.query_one(Input)
        typed = field.value[: field.cursor_position]
        completed = await asyncio.to_thread(complete, typed)
        if is_there(self) and field.value[: field.cursor_position] == typed:
            field.value = completed.words + field.value[field.cursor_position :]
            field.cursor_position = len(completed.words)
            self.query_one("#choices", Words).say(_choices(completed))


def _choices(completed: Completed) -> Plain:
    names = completed.choices[:MOST_SHOWN]
    if not names:
        return NOTHING if completed.found else said("tui.ask.path_none")
    more = len(completed.choices) - len(names)
    shown = "   ".join(map(plain_words, names))
    return plain_words(f"{shown}   … +{more}" if more else shown)
