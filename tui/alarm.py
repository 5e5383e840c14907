"""One alarm for all that time alone changes: nobody looks at a clock meanwhile.

It is set on the clock that goes on while a machine sleeps (timerfd_create(2), CLOCK_BOOTTIME): a
laptop that is opened again is told at once that its time is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import sys
from collections.abc import Callable

CLOCK_BOOTTIME = 7
FLAGS = os.O_CLOEXEC | os.O_NONBLOCK
"""What TFD_CLOEXEC and TFD_NONBLOCK are."""
SOONEST_SECONDS = 0.05
"""Zero would unset it."""
OTHERWISE_SECONDS = 5.0
"""Where there is no such clock, so often the sleep of a machine is found out."""


class _Moment(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("repeated", _Moment), ("first", _Moment))


class Alarm:
    """Calls `due` once, so many seconds after it was last set. Within a running event loop."""

    def __init__(self, due: Callable[[], object]) -> None:
        self._due = due
        self._loop = asyncio.get_running_loop()
        self._later: asyncio.TimerHandle | None = None
        self._descriptor = -1
        self._is_over = False
        if sys.platform == "linux":
            self._libc = ctypes.CDLL(None)
            self._descriptor = int(self._libc.timerfd_create(CLOCK_BOOTTIME, FLAGS))
        if self._descriptor >= 0:
            self._loop.add_reader(self._descriptor, self._ring)

    def set(self, seconds: float) -> None:
        """Ring after so long, instead of when it was to."""
        if self._is_over:
            return
        seconds = max(SOONEST_SECONDS, seconds)
        if self._descriptor >= 0:
            whole = int(seconds)
            first = _Moment(whole, int((seconds - whole) * 1e9))
            setting = ctypes.byref(_Setting(_Moment(0, 0), first))
            self._libc.timerfd_settime(self._descriptor, 0, setting, None)
            return
        if self._later is not None:
            self._later.cancel()
        self._later = self._loop.call_later(min(seconds, OTHERWISE_SECONDS), self._due)

    def _ring(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._descriptor, 8)
            self._due()

    def close(self) -> None:
        """Ring no more."""
        self._is_over = True
        if self._later is not None:
            self._later.cancel()
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


class Obituary:
    """Calls `gone` once a process has ended, without asking it meanwhile (pidfd_open(2))."""

    def __init__(self, gone: Callable[[], object]) -> None:
        self._gone = gone
        self._pid: int | None = None
        self._descriptor = -1

    def follow(self, pid: int | None) -> None:
        """This process, and no other any more."""
        if pid == self._pid:
            return
        self.close()
        self._pid = pid
        if pid is not None and hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                self._descriptor = os.pidfd_open(pid)
                asyncio.get_running_loop().add_reader(self._descriptor, self._ended)

    def _ended(self) -> None:
        self.close()
        self._gone()

    def close(self) -> None:
        """Follow nobody. The process that is gone stays known: it does not die twice."""
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
