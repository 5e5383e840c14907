"""A hundred letters flagged here and a hundred others there: both sides must end with both."""

from __future__ import annotations

from tests.bench.clinic import USER, clinic_of
from tests.bench.line import satellite
from tests.bench.programs import Program
from tests.bench.report import CPU, MEMORY, OCTETS, SECONDS, TURNS, size, title
from tests.bench.stage import Measured, Stage, counted, measured, on_server
from tests.servers.dovecot import DovecotServer


def bench(stage: Stage) -> None:
    """Print what the pass that exchanges them costs at 600 ms and 64 kbit/s."""
    clinic, count = clinic_of(stage), size("flags", 100)
    title(f"{count} flags here, {count} there; {satellite()}")

    def one(kind: type[Program]) -> Measured:
        unflag_all(stage.server)
        client, line = clinic.up_to_date(kind)
        flag_oldest(stage.server, count)
        client.flag_newest(count)
        line.rate = satellite()
        run, passed = counted(client, line)
        found = measured(run, passed)
        if run.given_up:
            return found
        clinic.check(client)
        flagged = sum(on_server(stage.server, USER).values())
        if flagged != 2 * count:
            raise RuntimeError(f"{flagged} letters are flagged, not {2 * count}")
        return found

    stage.compare("flags", (OCTETS, TURNS, SECONDS, CPU, MEMORY), one)


def unflag_all(server: DovecotServer) -> None:
    """As nobody had flagged anything in INBOX."""
    with server.session(USER) as other:
        other.select("INBOX")
        other.store("1:*", "-FLAGS.SILENT", r"(\Flagged)")


def flag_oldest(server: DovecotServer, count: int) -> None:
    """On the server, by another client.

    Raises:
        ValueError: there are too few letters to flag as many others here.
    """
    with server.session(USER) as other:
        _, [letters] = other.select("INBOX")
        if int(letters or 0) < 2 * count:
            raise ValueError("INBOX has too few letters: raise PLI_BENCH_LETTERS")
        other.store(f"1:{count}", "+FLAGS.SILENT", r"(\Flagged)")
