"""The first sync of a full mailbox: from an empty home to every letter stored and searchable."""

from __future__ import annotations

from tests.bench.line import Line
from tests.bench.programs import Program
from tests.bench.report import CPU, MEMORY, OCTETS, SECONDS, TURNS, size, title
from tests.bench.stage import Measured, Stage, counted, measured, on_server


def bench(stage: Stage) -> None:
    """Print what it costs on loopback, for few letters and for many."""
    octets = size("octets", 45_000)
    for which, count in (("few", size("few", 1000)), ("many", size("first", 10_000))):
        title(f"First sync on loopback: {count:,} letters of {octets:,} octets on average")
        user = stage.archive(count, octets)

        def one(kind: type[Program], which: str = which, user: str = user) -> Measured:
            with (
                Line(stage.server.imaps_port) as line,
                stage.empty_install(f"first-{which}", kind) as client,
            ):
                client.prepare(stage.server, user, line.port)
                run, passed = counted(client, line)
                found = measured(run, passed)
                if run.given_up:
                    return found
                missing = len(on_server(stage.server, user).keys() - client.letters().keys())
                if missing:
                    raise RuntimeError(f"{missing} letters are missing")
                return found

        stage.compare(f"first_sync_{which}", (OCTETS, TURNS, SECONDS, CPU, MEMORY), one)
