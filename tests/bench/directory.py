"""A directory the size of the national one: how long to import it, and what a key costs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from store.db.directory.searching import search
from store.db.directory.shelf import open_shelf
from store.db.migrate import migrate
from store.db.open import connect
from store.host.keys import create
from store.host.paths import Home
from tests.bench.report import measure, note, progress, size, spread, title
from tests.bench.running import run
from tests.bench.stage import Measured
from tests.extracts import write_libre_acces, write_mssante

LISTINGS = 536_000
"""Lines of the MSSanté extract (measured 2026-08). Those of PS_LibreAcces, which has two million,
are as many as PLI_BENCH_EVERYBODY says: none by default, for their writing takes a minute."""
PEOPLE = 60
"""Of those found, how many have their names typed key by key."""
IMPORT_SECONDS = 1_800.0


def bench(root: Path) -> Measured:
    """Print the seconds and the memory of imports, and the milliseconds of searches."""
    count = size("directory", LISTINGS)
    title(f"A directory of {count:,} listings, Pli alone")
    home, key_file = Home(root / "directory"), root / "directory.key"
    key = create(home, key_file=key_file)
    db = connect(home, key)
    migrate(db)
    db.close()
    progress("writing extracts of invented people")
    first = write_mssante(root / "first.zip", count)
    second = write_mssante(root / "second.zip", count + count // 500)
    figures: Measured = {}
    for name, extract in (("import", first), ("next", second)):
        figures |= _import(name, home, key_file, extract)
    if everybody := size("everybody", 0):
        extract = write_libre_acces(root / "everybody.zip", everybody)
        figures |= _import("everybody", home, key_file, extract)
    octets = home.directory.stat().st_size
    measure("on disk", octets / 1e6, "MB")
    shelf = open_shelf(home, key)
    seconds = []
    for typed in keys_typed(list(_names(first))):
        begun = time.perf_counter()
        search(shelf, typed)
        seconds.append(time.perf_counter() - begun)
    shelf.close()
    figures["search_milliseconds"] = spread("each key typed, 50 best", seconds)
    note("names key by key, in both orders, with a town, with a slip; mailboxes and numbers")
    return figures


def _import(name: str, home: Home, key_file: Path, extract: Path) -> Measured:
    places = ["--home", str(home.root), "--key-file", str(key_file)]
    command = [sys.executable, "-m", "tui.cli", "directory", "import", str(extract), *places]
    cost = run(command, seconds=IMPORT_SECONDS)
    return {
        f"{name}_seconds": measure(f"{name}, its process too", cost.seconds, "s"),
        f"{name}_cpu_seconds": measure(f"{name}, of the processor", cost.cpu_seconds, "s"),
        f"{name}_megabytes": measure(f"{name}, most memory", cost.peak_octets / 1e6, "MB"),
    }


def _names(extract: Path) -> Iterator[list[str]]:
    """Cells of people throughout the extract."""
    from sync.directory.extract import Odd, listings
    from sync.directory.files import open_extract

    with open_extract(extract) as opened:
        found = [x for x in listings(opened.shape, opened.lines, Odd()) if x.family]
    for each in found[:: max(1, len(found) // PEOPLE)][:PEOPLE]:
        yield [each.family, each.given, each.town, each.email, each.national_id, each.profession]


def keys_typed(people: list[list[str]]) -> Iterator[str]:
    """What stands in the field after each key."""
    random = Random(1)
    for family, given, town, email, number, profession in people:
        for words in (f"{family} {given}".lower(), f"{given} {family}", f"{profession} {town}"):
            yield from (words[:n] for n in range(1, len(words) + 1))
        yield from (email[:n] for n in range(2, len(email), 4))
        yield from (number[1:n] for n in range(6, len(number), 3))
        yield f"{town} {family}"
        if len(family) > 4:
            at = random.randrange(1, len(family) - 2)
            slip = family[:at] + family[at + 1] + family[at] + family[at + 2 :]
            yield from (slip, f"{slip} {given}", f"{family[:at]}{family[at + 1 :]}")
