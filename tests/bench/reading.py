"""A mailbox of 100,000 letters: how long until it can be read, walked and searched."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from store.db.open import Connection, connect
from store.db.search import Order, search
from store.host.keys import unlock
from store.host.lock import NodeLock
from tests.bench.hundred_thousand import places
from tests.bench.letters import subject_of
from tests.bench.report import measure, note, size, spread, title
from tests.bench.running import run
from tests.bench.stage import Measured
from tests.bench.terminal import Terminal

KEYS, PAGES = 100, 30
QUERIES = ("glycemie", "labo tilleuls", "ordonnance cardiologie", "hemo", "dossier04", "absent")
CRITERIA = ("de:labo", "avec:pdf", "est:non-lu bilan", "objet:glycemie après:2023", "taille:>1M")
ROUNDS = 50
FILL_SECONDS = 3600.0


def bench(root: Path) -> Measured:
    """Print the seconds to fill, to first paint, per key, per search; returns them."""
    count = size("store", 100_000)
    title(f"A mailbox of {count:,} letters")
    filler = [sys.executable, "-m", "tests.bench.hundred_thousand", str(root / "store"), str(count)]
    filled = run(filler, seconds=FILL_SECONDS)
    found = {
        "filled_seconds": measure("stored, read and indexed", filled.seconds, "s"),
        "filled_megabytes": measure("most memory of that", filled.peak_octets / 1e6, "MB"),
    }
    home, key_file = places(root / "store")
    octets = sum(file.stat().st_size for file in home.root.iterdir() if file.is_file())
    measure("on disk", octets / 1e6, "MB")
    key = unlock(home, key_file=key_file)
    db = connect(home, key, readonly=True, searches=True)
    found["search_milliseconds"] = spread("search, 50 newest", _searches(db, QUERIES))
    spread("search by criteria, 50 newest", _searches(db, CRITERIA))
    spread("search, 50 nearest", _searches(db, QUERIES, order=Order.RELEVANCE))
    db.close()
    # A node runs already as far as the screen can tell, so that only the screen is measured.
    with NodeLock(home):
        arguments = ["--home", str(home.root), "--key-file", str(key_file)]
        return found | _screen(arguments, subject_of(count - 1))


def _searches(db: Connection, queries: Sequence[str], *, order: Order = Order.DATE) -> list[float]:
    """Seconds of each."""
    seconds = []
    for query in [*queries] * ROUNDS:
        begun = time.perf_counter()
        search(db, query, 50, order=order)
        seconds.append(time.perf_counter() - begun)
    return seconds


def _screen(arguments: list[str], newest: str) -> dict[str, float]:
    found: dict[str, float] = {}
    with Terminal(arguments) as terminal:
        first_paint = terminal.wait_for(newest)
        found["first_paint_seconds"] = measure("first paint, from the shell", first_paint, "s")
        terminal.settle()
        memory = terminal.peak_octets() / 1e6
        found["screen_megabytes"] = measure("memory of the screen", memory, "MB")
        for name, stroke, times in (("cursor", "j", KEYS), ("page", "\x1b[6~", PAGES)):
            answers = [terminal.press(stroke) for _ in range(times)]
            worst = spread(f"{name} down", [seconds for seconds, _ in answers])
            found["key_milliseconds"] = max(worst, found.get("key_milliseconds", 0.0))
            octets = sorted(octets for _, octets in answers)[times // 2]
            words = f"{name} down, to the terminal, median"
            found[f"{name}_octets"] = measure(words, octets, "octets")
    note("120 columns, 40 lines, in a pseudo-terminal")
    return found
