"""How a measure is said: a name, a number, a unit; beside the peers', a column for each of them."""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LABEL, COLUMN = 40, 14


class AtLeast(float):
    """A measure that was given up at this value."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a comparison."""

    key: str
    words: str
    unit: str
    compared: bool = True
    """Whether less is better, so that the best of the peers' can be told."""


OCTETS = Figure("octets", "after the TLS handshake", "octets")
TURNS = Figure("turns", "after the TLS handshake", "turns")
SECONDS = Figure("seconds", "the whole pass, its process too", "s")
CPU = Figure("cpu_seconds", "processor, user and system", "s")
MEMORY = Figure("megabytes", "most memory", "MB")


def size(name: str, default: int) -> int:
    """How much of something to measure with: `PLI_BENCH_<NAME>` of the environment, or default."""
    return int(os.environ.get(f"PLI_BENCH_{name.upper()}", default))


def title(words: str) -> None:
    """What the next lines measure."""
    print(f"\n{words}", flush=True)


def progress(words: str) -> None:
    """What is being done, for a person who waits; not part of the result."""
    print(f"  ... {words}", file=sys.stderr, flush=True)


def measure(name: str, value: float, unit: str) -> float:
    """One number; returns it."""
    print(f"  {name:<44} {shown(value):>12} {unit}", flush=True)
    return value


def table(figures: Sequence[Figure], results: Mapping[str, Mapping[str, float]]) -> None:
    """One column for each program, and how the best peer's compares with Pli's.

    results: program -> key of a figure -> value. A program that failed has no values.
    """
    heads = "".join(f"{name:>{COLUMN}}" for name in results)
    print(f"  {'':<{LABEL}}{heads}   best peer/Pli")
    for figure in figures:
        values = {name: found.get(figure.key) for name, found in results.items()}
        cells = [f"{'-' if v is None else shown(v):>{COLUMN}}" for v in values.values()]
        beside = ratio(values) if figure.compared else ""
        label = f"{figure.words}, {figure.unit}"
        print(f"  {label:<{LABEL}}{''.join(cells)}   {beside}".rstrip(), flush=True)


def ratio(values: Mapping[str, float | None]) -> str:
    """How many times Pli's the best peer's is, and whose: '2.0x interimap'; '' when unknown."""
    ours = values.get("Pli")
    peers = {name: v for name, v in values.items() if name != "Pli" and v is not None}
    if not ours or not peers:
        return ""
    best = min(peers, key=lambda name: (peers[name], isinstance(peers[name], AtLeast)))
    if isinstance(ours, AtLeast):
        return "" if isinstance(peers[best], AtLeast) else f"below {peers[best] / ours:.2f}x {best}"
    sign = "over " if isinstance(peers[best], AtLeast) else ""
    return f"{sign}{peers[best] / ours:.2f}x {best}"


def shown(value: float) -> str:
    """A number as a reader wants it: three figures, or all of a large one."""
    words = f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:.3g}"
    return f"> {words}" if isinstance(value, AtLeast) else words


def note(words: str) -> None:
    """Something the reader must know about the lines around it."""
    print(f"  ({words})", flush=True)


def spread(name: str, seconds: Sequence[float]) -> float:
    """Median and worst of a hundred of many, in milliseconds; returns the latter."""
    ordered = sorted(seconds)
    measure(f"{name}, median", statistics.median(ordered) * 1000, "ms")
    worst = ordered[max(0, int(len(ordered) * 0.99) - 1)]
    return measure(f"{name}, 99 of 100 below", worst * 1000, "ms")
