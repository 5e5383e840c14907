"""One new letter, one flag and one expunge on the server: an ordinary pass on a bad line."""

from __future__ import annotations

import time

from tests.bench.clinic import USER, clinic_of
from tests.bench.letters import letters
from tests.bench.line import satellite
from tests.bench.programs import Program
from tests.bench.report import CPU, MEMORY, OCTETS, SECONDS, TURNS, note, title
from tests.bench.stage import Measured, Stage, counted, measured
from tests.servers.dovecot import DovecotServer

NEW_NUMBER = 900_000
"""What the new letters' subjects say; nobody else's does."""


def bench(stage: Stage) -> None:
    """Print what such a pass costs at 600 ms and 64 kbit/s."""
    clinic = clinic_of(stage)
    title(f"1 new letter, 1 flag, 1 expunge on the server; {satellite()}")

    def one(kind: type[Program]) -> Measured:
        client, line = clinic.up_to_date(kind)
        change(stage.server, stage.programs.index(kind))
        line.rate = satellite()
        run, count = counted(client, line)
        if not run.given_up:
            clinic.check(client)
        return measured(run, count)

    stage.compare("delta", (OCTETS, TURNS, SECONDS, CPU, MEMORY), one)
    note("the body included, the process too")


def change(server: DovecotServer, turn: int) -> None:
    """The same three changes at each turn, to letters nobody touched before."""
    [new] = letters(1, seed=NEW_NUMBER, first_number=NEW_NUMBER + turn)
    with server.session(USER) as other:
        other.select("INBOX")
        known = other.uid("SEARCH", "SEEN", "UNFLAGGED")[1][0].split()
        if len(known) < 2:
            raise ValueError("INBOX has too few letters left: raise PLI_BENCH_LETTERS")
        flagged, expunged = known[-1].decode(), known[0].decode()
        other.append("INBOX", "", imap_time(), new)
        other.uid("STORE", flagged, "+FLAGS.SILENT", r"(\Flagged)")
        other.uid("STORE", expunged, "+FLAGS.SILENT", r"(\Deleted)")
        other.uid("EXPUNGE", expunged)


def imap_time() -> str:
    """Now, as APPEND wants it."""
    return time.strftime('"%d-%b-%Y %H:%M:%S +0000"', time.gmtime())
