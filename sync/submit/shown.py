"""A large letter on its way out is shown; it is not paused: half of it is nothing to a server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from store.db.open import Connection
from store.model.submission import EmailSubmission
from store.model.work import sending_of
from sync.watching import LONG_OCTETS, Seen, watching


@asynccontextmanager
async def shown(
    db: Connection, row: EmailSubmission, octets_gone: Callable[[], int]
) -> AsyncIterator[None]:
    """What is sent inside is looked at when it is large; `octets_gone` is what has left by now."""
    if row.size < LONG_OCTETS:
        yield
        return
    before, name = octets_gone(), sending_of(row.id)

    def seen() -> list[Seen]:
        gone = max(0, min(row.size, octets_gone() - before))
        return [Seen(name, row.account_id, gone, row.size)]

    async with watching(db, seen):
        yield
