"""What Pli is to reach, and by how much it did not: the last thing `make bench` prints.

The figures are those of the design: the best peer's, or better. They are for the full sizes.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tests.bench.report import AtLeast, shown


@dataclass(frozen=True, slots=True)
class Limit:
    """One figure, and what it must not pass."""

    figure: str
    most: float | str
    """A number, or the name of a peer's figure."""
    unit: str


@dataclass(frozen=True, slots=True)
class Goal:
    """Reached when one of its limits is kept."""

    words: str
    limits: tuple[Limit, ...]

    @property
    def bench(self) -> str:
        """Which one measures it: 'newest' for 'newest_few.seconds'."""
        return self.limits[0].figure.partition(".")[0].removesuffix("_few").removesuffix("_many")


def at_most(words: str, figure: str, most: float | str, unit: str) -> Goal:
    """A goal of one limit."""
    return Goal(words, (Limit(figure, most, unit),))


GOALS = (
    Goal(
        "nothing changed, 21 mailboxes, 14,000 letters",
        (
            Limit("no_change.octets", 1200, "octets"),
            Limit("no_change.turns", 1, "turns"),
        ),
    ),
    at_most("nothing changed, satellite", "no_change.slow_seconds", 2.0, "s"),
    at_most("1 new, 1 flag, 1 expunge, satellite", "delta.seconds", 3.4, "s"),
    *(
        goal
        for which, count in (("few", "1,000"), ("many", "10,000"))
        for goal in (
            at_most(f"newest 50 of {count}, satellite", f"newest_{which}.seconds", 4.0, "s"),
            at_most(f"newest 50 of {count}, satellite", f"newest_{which}.octets", 8000, "octets"),
        )
    ),
    at_most("first sync, 10,000 letters, 450 MB", "first_sync_many.seconds", 15.0, "s"),
    at_most("first sync, 10,000 letters, 450 MB", "first_sync_many.megabytes", 150, "MB"),
    at_most(
        "first sync, no slower than interimap copies",
        "first_sync_many.seconds",
        "first_sync_many.seconds of interimap",
        "s",
    ),
    at_most("a document on a line cut every 40 s", "flapping.times", 1.05, "times its letter"),
    at_most("the same, asked for alone", "flapping.alone_times", 1.05, "times itself"),
    at_most("100,000 letters stored, read, indexed", "reading.filled_seconds", 85, "s"),
    at_most("100,000 letters stored, read, indexed", "reading.filled_megabytes", 200, "MB"),
    at_most("100,000 letters, first paint", "screens.first_paint_seconds", 0.5, "s"),
    at_most("100,000 letters, the screen's memory", "screens.megabytes", 60, "MB"),
    at_most("100,000 letters, a key to its paint, p99", "screens.key_milliseconds", 50, "ms"),
    at_most("cursor moved, to the terminal", "screens.cursor_octets", 450, "octets"),
    at_most("at rest, to the terminal", "screens.idle_octets", 0, "octets"),
    at_most("at rest, of the processor", "screens.idle_cpu_seconds", 0, "s"),
    at_most("search of 100,000, 50 best, p99", "reading.search_milliseconds", 5, "ms"),
    at_most("directory of 536,000, first import", "directory.import_seconds", 20, "s"),
    at_most("directory of 536,000, first import", "directory.import_megabytes", 200, "MB"),
    at_most("a structured CDA of 3 MB, read", "documents.cda_results_seconds", 1.0, "s"),
    at_most("a CDA of 3 MB that is one table, read", "documents.cda_table_seconds", 1.0, "s"),
    at_most("1,000 PDFs dropped, each", "drop.milliseconds", 4, "ms"),
    at_most("1,000 PDFs dropped, memory beside 100", "drop.growth_megabytes", 10, "MB"),
    at_most("a PDF dropped, turns", "drop.turns", 2, "turns"),
    at_most("ten PDFs dropped, 300 ms, 512 kbit/s", "drop.bad_line_seconds", 19, "s"),
    at_most("directory of 536,000, a key, p99", "directory.search_milliseconds", 50, "ms"),
)


def verdict(goal: Goal, figures: Mapping[str, float]) -> str:
    """'reached: 1 turns' or 'NOT reached: 3.1 s, 55 % over 2 s'; why not when it is not known."""
    misses = []
    for limit in goal.limits:
        found = figures.get(limit.figure)
        most = figures.get(limit.most) if isinstance(limit.most, str) else limit.most
        if found is None or most is None:
            misses.append(f"not measured: {limit.figure if found is None else limit.most}")
        elif found <= most and not isinstance(found, AtLeast):
            return f"reached: {shown(found)} {limit.unit}, at most {shown(most)}"
        else:
            over = f"{round((found / most - 1) * 100):,} % over" if most else "not"
            misses.append(f"{shown(found)} {limit.unit}, {over} {shown(most)}")
    known = [miss for miss in misses if not miss.startswith("not measured")]
    return f"NOT reached: {'; '.join(known)}" if known else misses[0]


def print_verdicts(figures: Mapping[str, float], benches: Collection[str]) -> None:
    """Every goal of the benches that were run."""
    print("\nWhat Pli is to reach", flush=True)
    sizes = sorted(name for name in os.environ if name.startswith("PLI_BENCH_"))
    if sizes:
        print(f"  (for the full sizes; these were changed: {', '.join(sizes)})")
    run = [goal for goal in GOALS if goal.bench in benches]
    for goal in run:
        print(f"  {goal.words:<46} {verdict(goal, figures)}", flush=True)
    if len(run) < len(GOALS):
        print(f"  ({len(GOALS) - len(run)} more belong to benches that were not run)")
