"""A clinic with 21 mailboxes, and every program in agreement with it: where passes are measured."""

from __future__ import annotations

from tests.bench.letters import letters
from tests.bench.line import LOOPBACK, Line
from tests.bench.programs import Program
from tests.bench.report import progress, size
from tests.bench.stage import Stage, fill, on_server
from tests.servers.dovecot_config import ROLES

USER, MAILBOXES = "clinique", 21


class Clinic:
    """The person, and each program's installation with the line it reads through."""

    def __init__(self, stage: Stage) -> None:
        self.letters = size("letters", 14_000)
        self._stage = stage
        self._ready: dict[str, tuple[Program, Line]] = {}
        stage.server.add_user(USER)
        # INBOX and those the server makes itself are six of them.
        names = ["INBOX", *ROLES]
        names += [f"Dossier{n}" for n in range(MAILBOXES - len(names))]
        first_number = 0
        progress(f"filling {MAILBOXES} mailboxes with {self.letters:,} letters")
        for place, name in enumerate(names):
            share = self.letters // MAILBOXES + (place < self.letters % MAILBOXES)
            source = letters(share, seed=place, first_number=first_number)
            fill(stage.server, USER, name, source)
            first_number += share

    def up_to_date(self, kind: type[Program]) -> tuple[Program, Line]:
        """A program that has everything the clinic has, and its line, fast for now."""
        if kind.name not in self._ready:
            line = self._stage.open_lines.enter_context(Line(self._stage.server.imaps_port))
            client = self._stage.place("clinic", kind)
            client.prepare(self._stage.server, USER, line.port)
            client.sync()
            client.expect_slow_line()
            self._ready[kind.name] = client, line
        client, line = self._ready[kind.name]
        line.rate = LOOPBACK
        client.sync()
        line.wait_until_silent()
        self.check(client)
        return client, line

    def check(self, client: Program) -> None:
        """Raises:
        RuntimeError: the program does not have the INBOX the server has.
        """
        here, there = client.letters(), on_server(self._stage.server, USER)
        if here != there:
            apart = len(here.items() ^ there.items())
            raise RuntimeError(f"its INBOX is not the server's: {apart} differences")


def clinic_of(stage: Stage) -> Clinic:
    """The one clinic of a stage; made when it is first asked for."""
    found = stage.people.setdefault(USER, None) or Clinic(stage)
    assert isinstance(found, Clinic)
    stage.people[USER] = found
    return found
