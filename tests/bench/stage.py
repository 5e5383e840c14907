"""Where programs are compared: one server, the people on it, and every program in its turn.

A program that is missing or fails is said so, and costs nobody the rest.
"""

from __future__ import annotations

import itertools
import math
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.letters import FIRST_AT, letters
from tests.bench.line import Count, Line
from tests.bench.maildir import Maildir
from tests.bench.programs import Program
from tests.bench.report import AtLeast, Figure, note, progress, size, table
from tests.bench.running import Run
from tests.servers.dovecot import DovecotServer

WINDOW = 500
"""Letters held in memory at once while a mailbox is filled."""
HANG_UP_SECONDS = 10.0

Measured = Mapping[str, float]
"""Key of a figure -> value."""


@dataclass
class Stage:
    """What one run has: a place, a server, the programs, and what they were found to do."""

    root: Path
    server: DovecotServer
    programs: Sequence[type[Program]]
    figures: dict[str, float] = field(default_factory=dict)
    """'bench.key' for Pli's, 'bench.key of peer' for a peer's."""
    pli_failed: bool = False
    open_lines: ExitStack = field(default_factory=ExitStack)
    people: dict[str, object] = field(default_factory=dict)

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.open_lines.close()

    def compare(
        self, bench: str, figures: Sequence[Figure], one: Callable[[type[Program]], Measured]
    ) -> None:
        """Measure every program in its turn, then print them side by side."""
        results: dict[str, Measured] = {}
        for program in self.programs:
            progress(program.name)
            try:
                results[program.name] = one(program)
            except Exception as failure:  # whatever a peer does is a result, not our end
                note(f"{program.name} failed: {failure}")
                results[program.name] = {}
                self.pli_failed |= program.name == "Pli"
        table(figures, results)
        for name, measured in results.items():
            whose = "" if name == "Pli" else f" of {name}"
            self.figures |= {f"{bench}.{key}{whose}": v for key, v in measured.items()}

    def archive(self, count: int, octets: int) -> str:
        """Someone whose INBOX holds that many letters; made once."""
        user = f"archive{count}x{octets}"
        if user not in self.people:
            progress(f"filling a mailbox of {count:,} letters")
            self.server.add_user(user)
            fill(self.server, user, "INBOX", letters(count, octets=octets))
            self.people[user] = user
        return user

    def place(self, bench: str, program: type[Program]) -> Program:
        """A new installation of a program, in place of one that failed."""
        there = self.root / bench
        shutil.rmtree(there / program.name, ignore_errors=True)
        there.mkdir(exist_ok=True)
        # interimap runs as somebody else when we are root, and must reach its own place in it.
        there.chmod(0o711)
        return program(there / program.name)

    @contextmanager
    def empty_install(self, bench: str, program: type[Program]) -> Iterator[Program]:
        """A new installation that is removed in the end: ten thousand letters are half a GB."""
        client = self.place(bench, program)
        try:
            yield client
        finally:
            shutil.rmtree(client.root)


def fill(server: DovecotServer, user: str, mailbox: str, octets: Iterable[bytes]) -> None:
    """Put letters, all seen, into a mailbox; received a second apart, the same at each run."""
    source, at = iter(octets), FIRST_AT
    while window := list(itertools.islice(source, WINDOW)):
        at += server.fill(user, mailbox, window, received_at=at, seen=True)


def on_server(server: DovecotServer, user: str) -> dict[int, bool]:
    """What INBOX holds there: each letter's number, and whether it is flagged."""
    return Maildir(server.maildir(user)).letters()


def counted(client: Program, line: Line) -> tuple[Run, Count]:
    """One full pass, and all that passed on the line until both ends had hung up.

    A peer is given up after a while: that it takes minutes is told as well by "more than".
    """
    line.reset()
    run = client.sync(math.inf if client.name == "Pli" else size("peer_seconds", 240))
    line.wait_until_silent(HANG_UP_SECONDS)
    return run, line.count


def measured(run: Run, count: Count) -> dict[str, float]:
    """A pass as the figures OCTETS, TURNS, SECONDS, CPU and MEMORY of report.py."""
    found = {
        "octets": count.octets,
        "turns": count.turns,
        "seconds": run.seconds,
        "cpu_seconds": run.cpu_seconds,
        "megabytes": run.peak_octets / 1e6,
    }
    return {key: AtLeast(value) for key, value in found.items()} if run.given_up else found
