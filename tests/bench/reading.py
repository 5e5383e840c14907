"""A mailbox of 100,000 letters: how long until it is stored, and how it is searched."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from store.db.open import Connection, connect
from store.db.search import Order, search
from store.host.keys import unlock
from tests.bench.hundred_thousand import places
from tests.bench.report import measure, size, spread, title
from tests.bench.running import run
from tests.bench.stage import Measured

QUERIES = ("glycemie", "labo tilleuls", "ordonnance cardiologie", "hemo", "dossier04", "absent")
CRITERIA = ("de:labo", "avec:pdf", "est:non-lu bilan", "objet:glycemie après:2023", "taille:>1M")
ROUNDS = 50
FILL_SECONDS = 3600.0


def bench(root: Path) -> Measured:
    """Print the seconds to fill and per search; returns them."""
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
    return found


def _searches(db: Connection, queries: Sequence[str], *, order: Order = Order.DATE) -> list[float]:
    """Seconds of each."""
    seconds = []
    for query in [*queries] * ROUNDS:
        begun = time.perf_counter()
        search(db, query, 50, order=order)
        seconds.append(time.perf_counter() - begun)
    return seconds
