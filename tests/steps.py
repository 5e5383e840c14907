"""How much work something is, counted: a timing would depend on who else uses the machine."""

from __future__ import annotations

import sys
from collections.abc import Callable


def steps(work: Callable[[], object]) -> int:
    """How many lines of Python `work` takes; what C does in one of them is not seen."""
    count = 0

    def trace(frame: object, kind: str, argument: object) -> object:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
