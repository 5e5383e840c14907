"""From an empty install to the 50 newest letters, on a bad line: when can one begin to read?"""

from __future__ import annotations

import time

from store.errors import Transient
from tests.bench.line import Line, satellite
from tests.bench.programs import Program
from tests.bench.report import (
    CPU,
    MEMORY,
    OCTETS,
    SECONDS,
    TURNS,
    AtLeast,
    Figure,
    note,
    progress,
    size,
    title,
)
from tests.bench.stage import Measured, Stage, measured

NEWEST = 50
LOOK_SECONDS = 0.1
LISTED = Figure("listed", "of these, listed by then", "letters", compared=False)


def bench(stage: Stage) -> None:
    """Print what it takes until they are listed, from a mailbox of few letters and of many."""
    octets, limit = size("octets", 45_000), size("newest_seconds", 120)
    for which, count in (("few", size("few", 1000)), ("many", size("first", 10_000))):
        title(f"Empty install to the {NEWEST} newest of {count:,}; {satellite()}")
        user = stage.archive(count, octets)
        wanted = set(range(max(0, count - NEWEST), count))

        def one(
            kind: type[Program], which: str = which, user: str = user, wanted: set[int] = wanted
        ) -> Measured:
            with (
                Line(stage.server.imaps_port) as line,
                stage.empty_install(f"newest-{which}", kind) as client,
            ):
                client.prepare(stage.server, user, line.port)
                client.expect_slow_line()
                line.rate = satellite()
                line.reset()
                return until_listed(client, line, wanted, limit)

        stage.compare(f"newest_{which}", (OCTETS, TURNS, SECONDS, LISTED, CPU, MEMORY), one)
    note(f"letters of {octets:,} octets on average; a pass is ended after {limit} s")


def until_listed(client: Program, line: Line, wanted: set[int], limit: float) -> Measured:
    """Run a pass until what is `wanted` is listed here; all figures are of that moment.

    Raises:
        RuntimeError: the pass ended without them.
    """
    running = client.start()
    try:
        while (listed := _listed(client, wanted)) < len(wanted) and running.seconds() < limit:
            # What it did last may be newer than our look: an end counts from the second one on.
            if running.ended() and _listed(client, wanted) == listed:
                running.wait(limit)
                raise RuntimeError(f"ended with {listed} of {len(wanted)} letters")
            time.sleep(LOOK_SECONDS)
        found = measured(running.so_far(), line.count)
    finally:
        running.stop()
    if listed < len(wanted):
        progress(f"{client.name}: not within {limit} s")
        found = {key: AtLeast(value) for key, value in found.items()}
        found["seconds"] = AtLeast(limit)
    return found | {"listed": listed}


def _listed(client: Program, wanted: set[int]) -> int:
    try:
        return len(wanted & client.letters(newest=len(wanted)).keys())
    except Transient:
        return 0  # the store is busy; the next look is soon
