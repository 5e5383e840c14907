"""A pass when nothing changed: what a rural clinic pays for every quarter of an hour, all day."""

from __future__ import annotations

import statistics
from pathlib import Path

from tests.bench.letters import letters
from tests.bench.line import Count, Line, handshake
from tests.bench.programs import Mbsync, Pli
from tests.bench.report import measure, note, ratio, size, title
from tests.servers.dovecot import DovecotServer

USER, MAILBOXES, PASSES = "clinique", 21, 3
COUNTED_TURN_SECONDS = 0.02
SATELLITE = {"turn_seconds": 0.6, "octets_per_second": 8000.0}
"""600 ms there and back, 64 kbit/s each way."""


def bench(server: DovecotServer, root: Path) -> None:
    """Print octets, turns and seconds of such a pass, on a fast line and on a satellite."""
    count = size("letters", 14_000)
    title(f"Nothing changed: {MAILBOXES} mailboxes, {count:,} letters")
    server.add_user(USER)
    _fill(server, count)
    costs = {}
    for program in (Pli, Mbsync):
        if program is Mbsync and not Mbsync.installed():
            note("mbsync is not installed: apt-get install isync")
            continue
        with Line(server.imaps_port) as line:
            client = program(root / program.name)
            client.prepare(server, USER, line.port)
            client.sync()
            costs[program.name] = _passes(client, line, handshake(line, server.ca_file))
    if "mbsync" in costs:
        for what, ours, theirs in zip(
            ("octets", "turns", "satellite seconds"), *costs.values(), strict=True
        ):
            ratio(f"mbsync / Pli, {what}", ours, theirs)


def _fill(server: DovecotServer, count: int) -> None:
    # INBOX and the five the server made itself are six of them.
    names = ["INBOX", *("Sent", "Drafts", "Trash", "Archive", "Junk")]
    names += [f"Dossier{n}" for n in range(MAILBOXES - len(names))]
    for number, name in enumerate(names):
        share = count // MAILBOXES + (number < count % MAILBOXES)
        server.fill(USER, name, letters(share, seed=number), seen=True)


def _passes(client: Pli | Mbsync, line: Line, before: Count) -> tuple[float, float, float]:
    client.sync()
    line.reset()
    # So that who says goodbye and leaves has left before the server's goodbye is there.
    line.turn_seconds = COUNTED_TURN_SECONDS
    for _ in range(PASSES):
        client.sync()
    octets = line.count.octets / PASSES - before.octets * line.count.connections / PASSES
    turns = line.count.turns / PASSES - before.turns * line.count.connections / PASSES
    line.turn_seconds = 0.0
    seconds = [client.sync().seconds for _ in range(PASSES)]
    line.turn_seconds = SATELLITE["turn_seconds"]
    line.octets_per_second = SATELLITE["octets_per_second"]
    slow = client.sync().seconds
    measure(f"{client.name}, after the TLS handshake", octets, "octets")
    measure(f"{client.name}, after the TLS handshake", turns, "turns")
    measure(f"{client.name}, loopback, process included", statistics.median(seconds), "s")
    measure(f"{client.name}, 600 ms and 64 kbit/s, all included", slow, "s")
    return octets, turns, slow
