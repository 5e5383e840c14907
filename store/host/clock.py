"""The only reader of the wall clock, so that everything else can be given a time."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> int:
    """Unix seconds, UTC."""
    return int(time.time())


def local(at: int) -> datetime:
    """The wall clock of this machine at a time, without its zone: what a person means by 22:00."""
    return datetime.fromtimestamp(at, UTC).astimezone().replace(tzinfo=None)
