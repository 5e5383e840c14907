"""A pass when nothing changed: what a rural clinic pays for every quarter of an hour, all day."""

from __future__ import annotations

import statistics

from tests.bench.clinic import MAILBOXES, clinic_of
from tests.bench.line import satellite
from tests.bench.programs import Program
from tests.bench.report import CPU, MEMORY, OCTETS, SECONDS, TURNS, Figure, size, title
from tests.bench.stage import Measured, Stage, counted, measured


def bench(stage: Stage) -> None:
    """Print octets, turns and seconds of such a pass, on a fast line and on a satellite."""
    clinic = clinic_of(stage)
    title(f"Nothing changed: {MAILBOXES} mailboxes, {clinic.letters:,} letters")

    def one(kind: type[Program]) -> Measured:
        client, line = clinic.up_to_date(kind)
        passes = [measured(*counted(client, line)) for _ in range(size("passes", 3))]
        line.rate = satellite()
        slow = measured(*counted(client, line))
        median = {key: statistics.median(each[key] for each in passes) for key in passes[0]}
        return median | {"slow_seconds": slow["seconds"]}

    slow = Figure("slow_seconds", f"{satellite()}, all included", "s")
    stage.compare("no_change", (OCTETS, TURNS, slow, SECONDS, CPU, MEMORY), one)
