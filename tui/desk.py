"""Where the screen asks the store, away from the event loop: no key ever waits for the disk.

A seat is one thread with one connection of its own, for SQLCipher binds a connection to its
thread. Three seats, so that saving a large attachment never delays a page of the list, and a wish
waiting for the write lock delays neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from store.db.open import Connection, connect
from store.host.keys import DataKey
from store.host.paths import Home

P = ParamSpec("P")
T = TypeVar("T")


class Seat:
    """One thread, one connection, opened when first needed."""

    def __init__(self, home: Home, key: DataKey, *, readonly: bool) -> None:
        self._connect = partial(connect, home, key, readonly=readonly)
        self._thread = ThreadPoolExecutor(1)
        self._db: Connection | None = None

    async def __call__(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`work(db, ...)`, done in this seat's thread.

        Raises:
            MailError: whatever `work` raises.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._thread, lambda: work(self._connection(), *args, **kwargs)
        )

    def close(self) -> None:
        """Close the connection, in its own thread, after what is under way."""
        self._thread.submit(self._close)
        self._thread.shutdown(wait=True)

    def _connection(self) -> Connection:
        if self._db is None:
            self._db = self._connect()
        return self._db

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


class Desk:
    """Everything the screen may do with the store."""

    def __init__(self, home: Home, key: DataKey) -> None:
        self.read = Seat(home, key, readonly=True)
        """Quick looks: pages, letters, counts."""
        self.fetch = Seat(home, key, readonly=True)
        """Slow looks: the octets of an attachment, a search."""
        self.wish = Seat(home, key, readonly=False)
        """What the person wants."""

    def close(self) -> None:
        """Close every seat; waits for wishes under way."""
        for seat in (self.read, self.fetch, self.wish):
            seat.close()
