"""Where the screen asks the store, away from the event loop: no key ever waits for the disk.

A seat is one thread with one connection of its own, for SQLCipher binds a connection to its
thread. Four seats, so that saving a large attachment never delays a page of the list, and a wish
waiting for the write lock delays neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Concatenate, Generic, ParamSpec, Protocol, TypeVar

from store.db.directory.shelf import Shelf, open_shelf
from store.db.open import Connection, connect
from store.errors import Locked
from store.host.keys import DataKey
from store.host.paths import Home

P = ParamSpec("P")
T = TypeVar("T")


class Closable(Protocol):
    """What a seat sits at."""

    def close(self) -> None:
        """Close it."""


Open = TypeVar("Open", bound=Closable)


class Seat(Generic[Open]):
    """One thread, one connection, opened when first needed."""

    def __init__(self, connect: Callable[[], Open]) -> None:
        self._connect = connect
        self._thread = ThreadPoolExecutor(1)
        self._db: Open | None = None
        self._closed = False

    async def __call__(
        self, work: Callable[Concatenate[Open, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`work(db, ...)`, done in this seat's thread.

        Raises:
            MailError: whatever `work` raises; Locked `tui.locked` once it is closed.
        """
        if self._closed:
            raise Locked("tui.locked")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._thread, lambda: work(self._connection(), *args, **kwargs)
        )

    def close(self) -> None:
        """Close the connection, in its own thread, after what is under way."""
        if self._closed:
            return
        self._closed = True
        self._thread.submit(self._close)
        self._thread.shutdown(wait=True)

    def _connection(self) -> Open:
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
        look = partial(connect, home, key, readonly=True)
        self.read: Seat[Connection] = Seat(look)
        """Quick looks: pages, letters, counts."""
        self.fetch: Seat[Connection] = Seat(partial(look, searches=True))
        """Slow looks: the octets of an attachment, a search."""
        self.wish: Seat[Connection] = Seat(partial(connect, home, key))
        """What the person wants."""
        self.directory: Seat[Shelf] = Seat(partial(open_shelf, home, key))
        """Who can be written to: asked at each key typed."""

    def close(self) -> None:
        """Close every seat; waits for wishes under way."""
        for seat in (self.read, self.fetch, self.wish, self.directory):
            seat.close()
