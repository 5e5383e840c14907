"""A large letter on its way out is shown; it is not paused: half of it is nothing to a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from store.db.open import Connection
from store.model.submission import EmailSubmission
from store.model.work import sending_of
from sync.watching import LONG_OCTETS, Seen, watching


class Gone(Protocol):
    """A connection that knows what has left by it."""

    @property
    def octets_gone(self) -> int: ...


@asynccontextmanager
async def shown(db: Connection, row: EmailSubmission, line: object) -> AsyncIterator[None]:
    """What is sent inside over `line` is looked at, when it is large and `line` counts."""
    if row.size < LONG_OCTETS or not hasattr(line, "octets_gone"):
        yield
        return
    counting: Gone = line
    before, name = counting.octets_gone, sending_of(row.id)

    def seen() -> list[Seen]:
        gone = max(0, min(row.size, counting.octets_gone - before))
        return [Seen(name, row.account_id, gone, row.size)]

    async with watching(db, seen):
        yield
