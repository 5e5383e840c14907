"""The only reader of the wall clock, so that everything else can be given a time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")


def now() -> int:
    """Unix seconds, UTC."""
    return int(time.time())


def local(at: int) -> datetime:
    """The wall clock of this machine at a time, without its zone: what a person means by 22:00."""
    return datetime.fromtimestamp(at, UTC).astimezone().replace(tzinfo=None)


def boot() -> tuple[str, int]:
    """Which start of the machine this is, and what the clock would have said then, Unix seconds.

    Time passes for both alike, asleep too, and a clock that is corrected slowly takes both along:
    the number changes when the clock is set, and then only. A name of '' is no name: a service that
    is shown little of /proc cannot read it.
    """
    began_at = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    try:
        return BOOT.read_text().strip(), round(began_at)
    except OSError:
        return "", round(began_at)
