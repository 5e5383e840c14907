"""Work counted by itself: calls, whatever the machine and whatever else it does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType


def calls(read: Callable[[bytes], object], octets: bytes) -> int:
    """How many functions are entered, of Python and of C, while `octets` are read."""
    count = 0

    def one(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(one)
    try:
        read(octets)
    finally:
        sys.setprofile(before)
    return count
