"""Letters that leave by several connections share their commits.

A letter costs two commits that wait for the disk, which is what limits a fast line. Several letters
under way have something to say at the same moment; saying it in one transaction costs as much as
one of them. Nothing is said later for it: each waits for the transaction that holds its own words.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from store.db.open import Connection, write

T = TypeVar("T")
LONGEST_WAIT_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Said:
    """What one letter has to say, and who waits for it."""

    step: Callable[[], Any]
    done: asyncio.Future[Any]


class Together:
    """The transactions of one pass, in its event loop."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._waiting: list[Said] = []
        self._timer: asyncio.TimerHandle | None = None
        self._took_seconds = 0.0
        """The last transaction of several. The first to speak waits for others at most so long:
        what is lost by waiting is never more than what each of them would have cost."""
        self.lines = 1
        """How many letters are under way at most; of one alone nothing waits."""

    async def commit(self, step: Callable[[], T], *, at_any_rate: bool = False) -> T:
        """Run `step` in a transaction, perhaps with those of others; what it returns is on disk.

        Told to stop while it waits, a step that was not begun is not done. One that is on disk is
        returned all the same, and the stop is felt at the next wait: who wrote that the dot is
        about to leave lets it leave.

        Args:
            step: may be run again, when the transaction of all of them fails.
            at_any_rate: it is done though we are told to stop: an answer that was heard.

        Raises:
            What `step` or the disk raises; then nothing of it is written.
        """
        if self.lines == 1:
            with write(self._db):
                return step()
        loop = asyncio.get_running_loop()
        said = Said(step, loop.create_future())
        self._waiting.append(said)
        if len(self._waiting) >= self.lines:
            self._flush()
        elif self._timer is None:
            self._timer = loop.call_later(self._took_seconds, self._flush)
        try:
            await asyncio.wait([said.done])
        except asyncio.CancelledError:
            if not said.done.done():
                if not at_any_rate:
                    self._waiting.remove(said)
                    raise
                self._flush()
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        result: T = said.done.result()
        return result

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        together, self._waiting = self._waiting, []
        began = time.monotonic()
        if len(together) > 1:
            try:
                with write(self._db):
                    results = [each.step() for each in together]
            except Exception:  # one of them has spoilt it for all: each by itself
                results = []
            except BaseException as error:
                for each in together:
                    each.done.set_exception(error)
                return
            for each, result in zip(together, results, strict=False):
                each.done.set_result(result)
        for each in together:
            if not each.done.done():
                self._alone(each)
        self._took_seconds = min(time.monotonic() - began, LONGEST_WAIT_SECONDS)

    def _alone(self, said: Said) -> None:
        try:
            with write(self._db):
                result = said.step()
        except BaseException as error:
            said.done.set_exception(error)
        else:
            said.done.set_result(result)


async def all_to_their_end(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Await several at once. Cancelled, or when one of them fails, the others are told to stop,
    and each has the time it takes to put away.

    Raises:
        What the first of them raised.
    """
    tasks = [asyncio.create_task(work) for work in works]
    stopped: asyncio.CancelledError | None = None
    left = set(tasks)
    while left:
        try:
            _, left = await asyncio.wait(left, return_when=asyncio.FIRST_EXCEPTION)
        except asyncio.CancelledError as told:
            stopped = stopped or told
        ended = [task for task in tasks if task.done()]
        failed = [task for task in ended if task.cancelled() or task.exception() is not None]
        if stopped or failed:
            for task in left:
                task.cancel()
    if stopped is not None:
        raise stopped
    for task in sorted(tasks, key=lambda task: task.cancelled()):
        task.result()
