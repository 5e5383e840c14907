"""A bell between processes: who commits rings it, who waits for a commit sleeps until it is heard.

The bell is the time stamp of the database's own file: no socket, no further file, nobody to be
there. A ring carries no data, and one that is lost costs a delay, never a letter. It is heard by
inotify(7); where that is not to be had (another system, no watches left), `wait` ends at once as
deaf as before, and who waits looks again by the clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

IN_ATTRIB = 0x4
FLAGS = os.O_CLOEXEC | os.O_NONBLOCK
"""What IN_CLOEXEC and IN_NONBLOCK are."""
MOST_READ = 4096


def ring(path: Path) -> None:
    """Tell whoever listens. Never by opening the file: closing it again would drop the locks that
    SQLite holds on it in this process (fcntl(2))."""
    with contextlib.suppress(OSError):
        os.utime(path)


class Ear:
    """Hears one bell for everybody of one event loop."""

    def __init__(self, path: Path) -> None:
        self._descriptor = _listen(path)
        self._waiting: set[asyncio.Future[None]] = set()
        self.listeners = 0

    @property
    def is_deaf(self) -> bool:
        """Whether nothing will ever be heard."""
        return self._descriptor < 0

    async def wait(self, seconds: float) -> None:
        """Until the bell rings, from the moment this is called, or `seconds` have passed."""
        loop = asyncio.get_running_loop()
        heard = loop.create_future()
        if not self._waiting and not self.is_deaf:
            loop.add_reader(self._descriptor, self._hear)
        self._waiting.add(heard)
        try:
            # Not `wait_for`: before Python 3.12 it forgets a cancellation that comes with the news.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await heard
        finally:
            self._waiting.discard(heard)
            if not self._waiting and not self.is_deaf:
                loop.remove_reader(self._descriptor)

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._descriptor, MOST_READ):
                pass
        for each in self._waiting:
            if not each.done():
                each.set_result(None)

    def close(self) -> None:
        """Listen no more."""
        if not self.is_deaf:
            os.close(self._descriptor)


_EARS: dict[tuple[asyncio.AbstractEventLoop, Path], Ear] = {}
"""One for each bell and loop: a person may have 128 of them, whatever the number of accounts."""


@contextmanager
def listening(path: Path) -> Iterator[Ear]:
    """The ear for this bell, within a running event loop."""
    place = asyncio.get_running_loop(), path
    if place not in _EARS:
        _EARS[place] = Ear(path)
    ear = _EARS[place]
    ear.listeners += 1
    try:
        yield ear
    finally:
        ear.listeners -= 1
        if not ear.listeners:
            del _EARS[place]
            ear.close()


def _listen(path: Path) -> int:
    """A descriptor that can be read once somebody rang; -1 where there is none."""
    if sys.platform != "linux":
        return -1
    libc = ctypes.CDLL(None)
    descriptor = int(libc.inotify_init1(FLAGS))
    if descriptor >= 0 and libc.inotify_add_watch(descriptor, os.fsencode(path), IN_ATTRIB) < 0:
        os.close(descriptor)
        return -1
    return descriptor
