"""The other process committed: say so to the screen, once, however often it happens.

A message that has not been read yet is replaced by the next one, so a first sync that commits
hundreds of times never queues hundreds of repaints.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.message import Message
from textual.message_pump import MessagePump

from store.db.open import connect
from store.errors import Transient
from store.host.keys import DataKey
from store.host.paths import Home
from store.host.wake import commits

BUSY_SECONDS = 1.0


class StoreChanged(Message, bubble=False):
    """Someone committed: the node, or our own wish. Look again at what is shown."""

    def can_replace(self, message: Message) -> bool:
        """A newer one says all that an unread one did."""
        return isinstance(message, StoreChanged)


async def watch(
    home: Home, key: DataKey, listener: Callable[[], MessagePump], *, every_seconds: float = 0.25
) -> None:
    """Tell whoever `listener` names, after each commit, until cancelled."""
    while True:
        try:
            db = connect(home, key, readonly=True)
        except Transient:
            await asyncio.sleep(BUSY_SECONDS)
            continue
        try:
            async for _ in commits(db, every_seconds=every_seconds):
                listener().post_message(StoreChanged())
        finally:
            db.close()
