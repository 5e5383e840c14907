"""How a measure is said: one line, a name, a number, a unit. No measure ever fails a run."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence


def size(name: str, default: int) -> int:
    """How much of something to measure with: `PLI_BENCH_<NAME>` of the environment, or default."""
    return int(os.environ.get(f"PLI_BENCH_{name.upper()}", default))


def title(words: str) -> None:
    """What the next lines measure."""
    print(f"\n{words}", flush=True)


def measure(name: str, value: float, unit: str) -> None:
    """One number."""
    shown = f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:.3g}"
    print(f"  {name:<44} {shown:>12} {unit}", flush=True)


def ratio(name: str, ours: float, theirs: float) -> None:
    """How many times theirs is ours."""
    if ours > 0:
        print(f"  {name:<44} {theirs / ours:>11.1f}x", flush=True)


def note(words: str) -> None:
    """Something the reader must know about the lines around it."""
    print(f"  ({words})", flush=True)


def spread(name: str, seconds: Sequence[float]) -> None:
    """Median and worst of a hundred of many, in milliseconds."""
    ordered = sorted(seconds)
    measure(f"{name}, median", statistics.median(ordered) * 1000, "ms")
    measure(f"{name}, 99 of 100 below", ordered[int(len(ordered) * 0.99) - 1] * 1000, "ms")
