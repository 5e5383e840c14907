"""The screen beside other mail readers': the same letters, one terminal, one after the other.

Each is started twice, and the second time is measured: the first fills caches, its own and the
machine's, and is told apart.
"""

from __future__ import annotations

import itertools
import sys
from email.utils import formatdate
from pathlib import Path

from store.host.lock import NodeLock
from tests.bench import readers
from tests.bench.hundred_thousand import places
from tests.bench.letters import FIRST_AT, letters, subject_of
from tests.bench.readers import PEERS, Reader
from tests.bench.report import Figure, note, progress, size, table, title
from tests.bench.running import run
from tests.bench.stage import Measured
from tests.bench.terminal import COLUMNS, LINES, Terminal
from tests.servers.process import CannotRun

KEYS, PAGES, LETTERS = 100, 30, 20
FILL_SECONDS = 3600.0
FIGURES = (
    Figure("cold_seconds", "first paint, the first time", "s"),
    Figure("first_paint_seconds", "first paint, from the shell", "s"),
    Figure("megabytes", "most memory", "MB"),
    Figure("key_milliseconds", "a key to its paint, 99 of 100 below", "ms"),
    Figure("cursor_octets", "cursor down, to the terminal", "octets"),
    Figure("page_octets", "page down", "octets"),
    Figure("open_octets", "a letter opened", "octets"),
    Figure("idle_octets", "to the terminal at rest", "octets", compared=False),
    Figure("idle_cpu_seconds", "processor at rest", "s", compared=False),
)


def bench(root: Path) -> Measured:
    """Print a column for each reader there is; returns Pli's."""
    count, idle = size("store", 100_000), size("idle_seconds", 20)
    title(f"A mailbox of {count:,} letters, on {COLUMNS} columns and {LINES} lines")
    progress("filling the store and the Maildir")
    store, mail = root / "screens-store", root / "screens-mail"
    filler = [sys.executable, "-m", "tests.bench.hundred_thousand", str(store), str(count)]
    run(filler, seconds=FILL_SECONDS)
    fill_maildir(mail / "INBOX", count)
    home, key_file = places(store)
    results: dict[str, dict[str, float]] = {}
    # A node runs already as far as the screen can tell, so that only the screen is measured.
    with NodeLock(home):
        results["Pli"] = measured(readers.pli(home.root, key_file), subject_of(count - 1), idle)
    for peer in PEERS:
        try:
            reader = peer(root, mail)
            print(f"  {readers.version(reader.name)}", flush=True)
            results[reader.name] = measured(reader, subject_of(count - 1), idle)
        except (CannotRun, TimeoutError) as missing:
            note(f"goes without {peer.__name__}: {str(missing)[-200:]!r}")
    table(FIGURES, results)
    note(f"at rest: {idle} s; octets are medians; no peer encrypts, and Pli's store is")
    return results["Pli"]


def fill_maildir(inbox: Path, count: int) -> None:
    """The letters of the store, each with the date by which readers sort."""
    for name in ("cur", "new", "tmp"):
        (inbox / name).mkdir(parents=True)
    for number, octets in enumerate(itertools.islice(letters(count), count)):
        at = FIRST_AT + 60 * number
        flags = "" if number % 9 == 0 else "S"
        file = inbox / "cur" / f"{at}.{number}.banc:2,{flags}"
        file.write_bytes(f"Date: {formatdate(at)}\r\n".encode() + octets)


def measured(reader: Reader, newest: str, idle_seconds: int) -> dict[str, float]:
    """All the figures of one reader.

    Raises:
        TimeoutError: the newest letter was never on its screen.
    """
    progress(reader.name)
    with Terminal(reader) as terminal:
        found = {"cold_seconds": terminal.wait_for(newest)}
        terminal.settle()
    with Terminal(reader) as terminal:
        found["first_paint_seconds"] = terminal.wait_for(newest)
        terminal.settle()
        found["idle_octets"], found["idle_cpu_seconds"] = terminal.rest(idle_seconds)
        seconds: list[float] = []
        strokes = (("cursor", reader.down, KEYS), ("page", reader.page, PAGES))
        for name, stroke, times in strokes:
            answers = [terminal.press(stroke) for _ in range(times)]
            seconds += [each for each, _ in answers]
            found[f"{name}_octets"] = _median([octets for _, octets in answers])
        opened = []
        for _ in range(LETTERS):
            opened.append(terminal.press(reader.open_letter)[1])
            terminal.press(reader.back)
            terminal.press(reader.down)
        found["open_octets"] = _median(opened)
        found["key_milliseconds"] = sorted(seconds)[int(len(seconds) * 0.99) - 1] * 1000
        found["megabytes"] = terminal.peak_octets() / 1e6
    return found


def _median(values: list[int]) -> int:
    return sorted(values)[len(values) // 2]
