"""Notice that another process committed, with no socket between us.

Who commits rings a bell (store/host/bell.py), which wakes those who wait; `PRAGMA data_version`,
which changes when another connection commits and not when this one does, then says whether there
was anything. At rest nobody does anything. A wake-up carries no data, and a ring may be lost: the
number is looked at now and then all the same, for some 3 microseconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from store.db.open import Connection
from store.host.bell import Ear, listening

LOOK_SECONDS = 10.0
"""After so long without a ring one looks all the same."""
DEAF_SECONDS = 0.25
"""The same where no bell can be heard."""


def data_version(db: Connection) -> int:
    """A number that differs from the last one when another connection has committed since."""
    return int(db.execute("PRAGMA data_version").fetchone()[0])


async def commits(db: Connection, *, every_seconds: float = 0.25) -> AsyncIterator[None]:
    """Yield once at start, then after each commit made through another connection.

    Several commits within `every_seconds` yield once.
    """
    seen: int | None = None
    with listening(db.path) as ear:
        while True:
            # Nothing may be awaited between the look and the wait: a ring would not be heard.
            if (current := data_version(db)) == seen:
                await _rung(ear, LOOK_SECONDS)
                continue
            seen = current
            yield
            await asyncio.sleep(every_seconds)


async def commit_or(db: Connection, seen: int, seconds: float) -> None:
    """Wait `seconds`, or until another connection has committed since `seen`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    with listening(db.path) as ear:
        while data_version(db) == seen and (left := until - loop.time()) > 0:
            await _rung(ear, min(left, LOOK_SECONDS))


async def _rung(ear: Ear, seconds: float) -> None:
    await ear.wait(min(seconds, DEAF_SECONDS) if ear.is_deaf else seconds)
