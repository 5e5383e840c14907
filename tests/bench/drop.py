"""A laboratory's morning: PDFs dropped into a folder, until the server has said 250 to each.

Beside Pli: smtplib in one loop over one connection, msmtp as a script calls it, and smtp-source,
which is what Postfix measures itself with: no TLS, no log-in, no file read, nothing written down.
All speak to one Postfix, which flushes each letter to the disk and then discards it. It offers no
delivery reports, which the others do not ask for: Postfix writes them after its 250, on the same
processors, and they would be measured instead. What they cost Pli is measured by itself.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.line import Line, Rate
from tests.bench.report import measure, note, progress, size, title
from tests.bench.running import Run, run
from tests.bench.stage import Measured
from tests.servers.authority import Authority
from tests.servers.dovecot import HOST, DovecotServer
from tests.servers.postfix import PostfixServer
from tests.servers.process import CannotRun, program

DOCUMENTS, FEW, TURNED, OCTETS = 1_000, 100, 20, 100_000
TURN_SECONDS = 0.1
TURNS_OF_A_LETTER = 2
"""The rest of what one document waits for is the log-in and the goodbye."""
BAD_DOCUMENTS, BAD_TURN_MS, BAD_OCTETS = 10, 300, 64_000
"""A line of 300 ms there and back and 512 kbit/s each way."""
WRITTEN_AT = 1_780_000_000
"""Of the rules, long ago: one that has just been written is waited for, a second or two."""
DOCTOR, NOBODY = "alice@sante.test", "refus@sante.test"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where it is measured."""

    root: Path
    server: PostfixServer
    documents: list[Path]


def bench(root: Path) -> Measured:
    """Print documents a second, memory, turns, and what those that fail cost the others."""
    count, few = size("documents", DOCUMENTS), size("few_documents", FEW)
    title(f"{count:,} PDFs of {size('document_octets', OCTETS):,} octets, from the drop to the 250")
    authority = Authority(root / "authority")
    with DovecotServer(authority) as dovecot:
        dovecot.add_user("labo")
        documents = list(_documents(root / "documents", count))
        with PostfixServer(authority, dovecot, discards=True) as reporting:
            (root / "reporting").mkdir()
            _with_reports(Ground(root / "reporting", reporting, documents))
        with PostfixServer(authority, dovecot, discards=True, reports=False) as server:
            ground = Ground(root, server, documents)
            return _pli(ground, few) | _peers(ground, few) | _bad_line(ground)


def _documents(folder: Path, count: int) -> Iterator[Path]:
    """As many PDFs, no two alike, that deflate as badly as PDFs do."""
    folder.mkdir()
    chance, octets = random.Random(1), size("document_octets", OCTETS)
    for n in range(count):
        path = folder / f"{n}.pdf"
        path.write_bytes(b"%PDF-1.4\n" + chance.randbytes(octets) + b"\n%%EOF\n")
        yield path


def _pli(ground: Ground, few: int) -> Measured:
    documents = ground.documents
    progress("Pli")
    one = _dropped(ground, documents[:1])
    hundred = _dropped(ground, documents[:few])
    whole = _dropped(ground, documents)
    beside = _dropped(ground, documents[:few], refused=documents[few : 2 * few])
    each_seconds = max(1e-9, whole.seconds - one.seconds) / max(1, len(documents) - 1)
    figures: Measured = {
        "milliseconds": each_seconds * 1000,
        "seconds": whole.seconds,
        "megabytes": whole.peak_octets / 1e6,
        "growth_megabytes": max(0.0, (whole.peak_octets - hundred.peak_octets) / 1e6),
    }
    measure("Pli: one, its start and its two quiet seconds too", one.seconds, "s")
    measure("Pli: all of them, the same", figures["seconds"], "s")
    measure("Pli: of each further one", 1 / each_seconds, "a second")
    cpu = (whole.cpu_seconds - one.cpu_seconds) / max(1, len(documents) - 1)
    measure("Pli: processor of each further one, user and system", cpu * 1000, "ms")
    measure("Pli: most memory", figures["megabytes"], "MB")
    measure(f"Pli: of it more than for {few}", figures["growth_megabytes"], "MB")
    measure(f"Pli: {few}", hundred.seconds, "s")
    measure(f"Pli: {few}, and as many that the server refuses", beside.seconds, "s")
    return figures | _turns(ground)


def _with_reports(ground: Ground) -> None:
    """What is asked for as in every day's work, of a server that writes it."""
    progress("Pli, and a report of each")
    one, whole = _dropped(ground, ground.documents[:1]), _dropped(ground, ground.documents)
    seconds = max(1e-9, whole.seconds - one.seconds)
    each = max(1, len(ground.documents) - 1) / seconds
    measure("Pli: of each further one, where the server writes reports", each, "a second")


def _turns(ground: Ground) -> Measured:
    """How often the line is waited for, by each further document; a further connection waits for
    its own log-in, beside the others."""
    turned = ground.documents[: size("turned", TURNED)]
    found = []
    for documents in (turned[:1], turned):
        with Line(ground.server.smtps_port) as line:
            line.rate = Rate(TURN_SECONDS)
            line.reset()
            seconds = _dropped(ground, documents, port=line.port).seconds
            found.append((line.count.turns, line.count.connections, seconds))
    (one, _, begun), (all_, connections, ended) = found
    further = max(1, len(turned) - 1)
    log_ins = (connections - 1) * (one - TURNS_OF_A_LETTER)
    measure("Pli: connections for them", connections, "")
    each = measure("Pli: turns, each further one", (all_ - one - log_ins) / further, "")
    measure("Pli: the same, the log-ins of all connections too", (all_ - one) / further, "")
    measure(
        f"Pli: each further one at {TURN_SECONDS * 1000:.0f} ms", (ended - begun) / further, "s"
    )
    return {"turns": each}


def _bad_line(ground: Ground) -> Measured:
    """A few on a line that is slow both ways, a laboratory's own loop beside."""
    few = ground.documents[: size("bad_documents", BAD_DOCUMENTS)]
    rate = Rate(size("bad_turn_ms", BAD_TURN_MS) / 1000, size("bad_line_octets", BAD_OCTETS))
    words = f"{len(few)} at {rate}"
    progress(words)
    begun = _dropped(ground, few[:1]).seconds
    with Line(ground.server.smtps_port) as line:
        line.rate = rate
        seconds = _dropped(ground, few, port=line.port).seconds - begun
        octets = line.count.octets + line.count.opening_octets
        loop = run(_loop(ground, "smtplib", len(few), port=line.port)).seconds
    measure(f"Pli: {words}, its start taken off", seconds, "s")
    measure("of it the octets alone", octets / rate.octets_per_second, "s")
    beside = measure(f"smtplib: {words}", loop, "s")
    return {"bad_line_seconds": seconds, "bad_line_seconds of smtplib": beside}


def _dropped(
    ground: Ground, documents: list[Path], *, refused: list[Path] | None = None, port: int = 0
) -> Run:
    """One `pli drop run --once` of a new Pli over a folder that these have been dropped into."""
    pli = _installed(ground)
    try:
        if port:
            run(pli("account", "set", "labo", "--smtp", f"{ground.server.host}:{port}"))
        for name, to, dropped in (("bien", DOCTOR, documents), ("mal", NOBODY, refused or [])):
            _drop(pli, name, to, dropped)
        # It says by its exit code that some were refused.
        shell = " ".join(f"'{word}'" for word in pli("drop", "run", "--once"))
        cost = run(["/bin/sh", "-c", f"{shell} {'|| true' if refused else ''}"])
        sent = len(list((pli.folder / "bien" / "sent").glob("*/*.pdf")))
        if sent != len(documents):
            raise RuntimeError(f"{sent} of {len(documents)} were sent")
        return cost
    finally:
        shutil.rmtree(pli.root)


def _drop(pli: Installed, name: str, to: str, documents: list[Path]) -> None:
    """A rule, written by hand, and what its folder holds."""
    if not documents:
        return
    folder = pli.folder / name
    folder.mkdir(parents=True)
    with (pli.root / "home" / "drop.toml").open("a") as rules:
        rules.write(f'[{name}]\nfolder = "{folder}"\naccount = "labo"\nto = ["{to}"]\n')
    os.utime(pli.root / "home" / "drop.toml", (WRITTEN_AT, WRITTEN_AT))
    for document in documents:
        shutil.copy(document, folder)


@dataclass(frozen=True, slots=True)
class Installed:
    """A Pli of its own."""

    root: Path

    @property
    def folder(self) -> Path:
        """Where its rules watch."""
        return self.root / "watched"

    def __call__(self, *words: str) -> list[str]:
        given = ["--home", str(self.root / "home"), "--key-file", str(self.root / "key")]
        return [sys.executable, "-m", "tui.cli", *given, *words]


def _installed(ground: Ground) -> Installed:
    """A copy of one that has sent nothing yet; made at the first call."""
    first = Installed(ground.root / "pli")
    if not first.root.exists():
        first.root.mkdir()
        server, dovecot = ground.server, ground.server.dovecot
        where = ["--imap", f"{HOST}:{dovecot.imaps_port}", "--smtp", f"{HOST}:{server.smtps_port}"]
        secret = [
            "--password-file",
            str(dovecot.password_file("labo")),
            "--ca",
            str(server.ca_file),
        ]
        who = ["--user", "labo", "--address", dovecot.address("labo"), "--profile", "fibre"]
        run(first("init"))
        run(first("account", "add", "labo", *who, *where, *secret))
    copy = Installed(ground.root / f"pli-{os.urandom(4).hex()}")
    shutil.copytree(first.root, copy.root)
    return copy


def _peers(ground: Ground, few: int) -> Measured:
    figures: Measured = {}
    server, host, count = ground.server, ground.server.host, len(ground.documents)
    for name, words, done in (
        ("smtplib", _loop(ground, "smtplib", count), count),
        ("msmtp", _loop(ground, "msmtp", few), few),
        *(
            (f"smtp-source, {lines} at once", _source(host, server.plain_port, lines, count), count)
            for lines in (1, 6)
        ),
    ):
        progress(name)
        try:
            program("msmtp" if name == "msmtp" else "smtp-source")
        except CannotRun as missing:
            note(str(missing))
            continue
        cost = run(words)
        figures[f"{name} a second"] = measure(name, done / cost.seconds, "a second")
    return figures


def _loop(ground: Ground, how: str, count: int, *, port: int = 0) -> list[str]:
    server = ground.server
    password = server.dovecot.password_file("labo")
    about = [ground.root / "documents", port or server.smtps_port, server.ca_file, password]
    words = [how, str(count), *map(str, about), DOCTOR]
    return [sys.executable, "-m", "tests.bench.drop_loop", *words]


def _source(host: str, port: int, lines: int, count: int) -> list[str]:
    octets = size("document_octets", OCTETS) * 137 // 100  # as base64 makes it
    options = ["-s", str(lines), "-m", str(count), "-l", str(octets), "-f", "labo@sante.test"]
    return [program("smtp-source"), *options, "-t", DOCTOR, f"{host}:{port}"]
