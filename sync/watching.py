"""Whoever looks, once a second, at what takes long, and writes how far it has come.

No work is touched for it: what it counts anyway is read between two of its awaits. Nothing is
written of what is over before anybody could have looked, nor when nothing has come since.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from store.db.open import Connection
from store.db.works import Measured, forget_works, save_measured
from store.host import clock
from store.host.log import event
from store.model.ids import AccountId
from store.model.work import Pace, Unit

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
LONG_OCTETS = 256 * 1024
"""Half a minute of a slow line: what is less is not shown."""


class Seen(NamedTuple):
    """How far a work has come, as somebody who looks sees it."""

    name: str
    """store/model/work.py."""
    account_id: AccountId | None
    done: int
    whole: int | None
    unit: Unit = Unit.OCTETS
    heard: int = 0
    """Octets its line has brought, whatever for: they tell that it is alive."""


class Book:
    """What was seen of some works, and how fast they went."""

    def __init__(
        self,
        db: Connection,
        *,
        now: Callable[[], int] = clock.now,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db, self._now, self._ticks = db, now, ticks
        self._paces: dict[str, Pace] = {}
        self._first: dict[str, Seen] = {}
        self._written: dict[str, Measured] = {}

    def note(self, seen: Sequence[Seen]) -> None:
        """Write what has changed, in one commit; what is no longer seen is over."""
        at, changed = self._ticks(), list[Measured]()
        for each in seen:
            if each.name not in self._first:
                # What is over by the next look is not long.
                self._first[each.name] = each
                self._paces[each.name] = Pace(done=each.done, at=at)
                continue
            pace = self._paces[each.name] = self._paces[each.name].after(each.done, at)
            told = Measured(
                *(each.name, each.account_id, each.unit, each.done, each.whole),
                *(round(pace.rate, 3), pace.measures),
                heard=max(0, each.heard - self._first[each.name].heard),
            )
            if self._written.get(each.name) != told:
                changed.append(told)
        if self._db.in_transaction:
            return  # somebody's else: it is written at the next look
        if changed:
            save_measured(self._db, changed, now=self._now())
            self._written |= {each.name: each for each in changed}
        self._end(self._paces.keys() - {each.name for each in seen})

    def close(self) -> None:
        """None of them goes on."""
        self._end(set(self._paces))

    def _end(self, names: set[str]) -> None:
        for name in names:
            del self._paces[name], self._first[name]
        if over := [name for name in names if self._written.pop(name, None)]:
            forget_works(self._db, over)


async def _a_moment() -> None:
    await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def watching(
    db: Connection,
    look: Callable[[], Sequence[Seen]],
    *,
    goes_on: bool = False,
    moment: Callable[[], Awaitable[None]] = _a_moment,
    ticks: Callable[[], float] = time.monotonic,
) -> AsyncIterator[None]:
    """What goes on inside is looked at until it is over.

    That its progress cannot be written is no reason for a work to fail: what a server said of a
    letter may be in the hands of whoever comes out of here, so nothing is raised or awaited then.

    goes_on: cut short, it is not over: how far it came stays, for somebody to go on with it.
    """
    book = Book(db, ticks=ticks)
    task = asyncio.create_task(_watch(book, look, moment))
    is_over = not goes_on
    try:
        yield
        is_over = True
    finally:
        task.cancel()
        if is_over:
            _close(book)


def _close(book: Book) -> None:
    try:
        book.close()
    except Exception as error:
        event(log, logging.INFO, "works.unwritten", error=error)


async def _watch(
    book: Book, look: Callable[[], Sequence[Seen]], moment: Callable[[], Awaitable[None]]
) -> None:
    while True:
        await moment()
        try:
            book.note(look())
        except Exception as error:
            event(log, logging.INFO, "works.unwritten", error=error)
