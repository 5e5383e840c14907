"""The only reader of the wall clock, so that everything else can be given a time."""

from __future__ import annotations

import time


def now() -> int:
    """Unix seconds, UTC."""
    return int(time.time())
