"""The first sync of a full mailbox: from an empty home to every letter stored and searchable."""

from __future__ import annotations

from pathlib import Path

from tests.bench.letters import letters
from tests.bench.programs import Mbsync, Pli
from tests.bench.report import measure, note, ratio, size, title
from tests.servers.dovecot import DovecotServer

USER = "archives"


def bench(server: DovecotServer, root: Path) -> None:
    """Print seconds and peak memory, ours and mbsync's."""
    count, octets = size("first", 10_000), size("octets", 45_000)
    title(f"First sync on loopback: {count:,} letters of {octets:,} octets on average")
    server.add_user(USER)
    server.fill(USER, "INBOX", letters(count, octets=octets))
    seconds = {}
    for program in (Pli, Mbsync):
        if program is Mbsync and not Mbsync.installed():
            note("mbsync is not installed: apt-get install isync")
            continue
        client = program(root / program.name)
        client.prepare(server, USER, server.imaps_port)
        first = client.sync()
        seconds[program.name] = first.seconds
        measure(f"{program.name}, all letters on disk", first.seconds, "s")
        measure(f"{program.name}, most memory", first.peak_octets / 1e6, "MB")
    note("Pli's are encrypted and indexed for search, mbsync's are neither")
    if "mbsync" in seconds:
        ratio("mbsync / Pli, seconds", seconds["Pli"], seconds["mbsync"])
