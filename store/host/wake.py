"""Notice that another process committed, with no socket between us.

`PRAGMA data_version` changes when another connection commits and not when this one does. A poll
costs about 3 microseconds, so four a second are felt by nobody. A wake-up carries no data: losing
one costs a delay, never a letter.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from store.db.open import Connection


def data_version(db: Connection) -> int:
    """A number that differs from the last one when another connection has committed since."""
    return int(db.execute("PRAGMA data_version").fetchone()[0])


async def commits(db: Connection, *, every_seconds: float = 0.25) -> AsyncIterator[None]:
    """Yield once at start, then after each commit made through another connection.

    Several commits within `every_seconds` yield once.
    """
    seen: int | None = None
    while True:
        current = data_version(db)
        if current != seen:
            seen = current
            yield
        await asyncio.sleep(every_seconds)


async def commit_or(db: Connection, seen: int, seconds: float) -> None:
    """Wait `seconds`, or until another connection has committed since `seen`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while data_version(db) == seen and loop.time() < until:
        await asyncio.sleep(0.25)
