"""A mailbox of 100,000 letters: how long until it can be read, walked and searched."""

from __future__ import annotations

import time
from pathlib import Path

from store.db.open import connect
from store.db.search import search
from store.host.lock import NodeLock
from tests.bench.hundred_thousand import filled
from tests.bench.letters import subject_of
from tests.bench.report import measure, note, size, spread, title
from tests.bench.terminal import Terminal

KEYS, PAGES = 100, 30
QUERIES = ("glycemie", "labo tilleuls", "ordonnance cardiologie", "hemo", "dossier04", "absent")
ROUNDS = 50


def bench(root: Path) -> None:
    """Print the seconds to fill, to first paint, per key, per search."""
    count = size("store", 100_000)
    title(f"A mailbox of {count:,} letters")
    begun = time.perf_counter()
    home, key, key_file = filled(root / "store", count)
    measure("stored, read and indexed", time.perf_counter() - begun, "s")
    octets = sum(file.stat().st_size for file in home.root.iterdir() if file.is_file())
    measure("on disk", octets / 1e6, "MB")
    db = connect(home, key, readonly=True)
    seconds = []
    for query in QUERIES * ROUNDS:
        begun = time.perf_counter()
        search(db, query, 50)
        seconds.append(time.perf_counter() - begun)
    db.close()
    spread("search, 50 newest", seconds)
    # A node runs already as far as the screen can tell, so that only the screen is measured.
    with NodeLock(home):
        _screen(["--home", str(home.root), "--key-file", str(key_file)], subject_of(count - 1))


def _screen(arguments: list[str], newest: str) -> None:
    with Terminal(arguments) as terminal:
        measure("first paint, from the shell", terminal.wait_for(newest), "s")
        terminal.settle()
        measure("memory of the screen", terminal.peak_octets() / 1e6, "MB")
        for name, stroke, times in (("cursor down", "j", KEYS), ("page down", "\x1b[6~", PAGES)):
            answers = [terminal.press(stroke) for _ in range(times)]
            spread(name, [seconds for seconds, _ in answers])
            octets = sorted(octets for _, octets in answers)
            measure(f"{name}, to the terminal, median", octets[len(octets) // 2], "octets")
    note("120 columns, 40 lines, in a pseudo-terminal")
