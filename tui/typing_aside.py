"""Since when nobody has touched anything, by a clock that nobody sets and that counts sleep."""

from __future__ import annotations

import os
import sys
import time

from store.host import clock

BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while a machine sleeps: a laptop that was shut is locked when it is opened."""


def uptime() -> float:
    """Seconds, sleep included, from some moment on."""
    return time.clock_gettime(BOOT_CLOCK)


class Typing:
    """When a key was last typed on our terminal, whoever read it, by the clock of `uptime`.

    The kernel dates it by the clock of the wall (tty_io.c keeps it to 8 s), which may be set
    meanwhile. So a date says only that a key was typed since one looked last: never before that,
    never later than now.
    """

    def __init__(self) -> None:
        self._date = dated()
        self._looked_at = self._typed_at = uptime()

    def at(self) -> float:
        """As far as is known now."""
        date, now = dated(), uptime()
        if date != self._date:
            by_the_wall = now - (clock.now() - date)
            self._typed_at = min(max(by_the_wall, self._looked_at), now)
            self._date = date
        self._looked_at = now
        return self._typed_at


def dated() -> float:
    """The date of the last key on our terminal."""
    return 0.0 if sys.__stdin__ is None else os.fstat(sys.__stdin__.fileno()).st_atime
