"""At rest the screen does nothing at all, and what time or another process changes wakes it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.events import Key
from textual.message import Message

from store.db.migrate import migrate
from store.db.node import node_started
from store.db.open import Connection, connect
from store.host import wake
from store.host.keys import create
from store.host.paths import Home
from tests.tui.conftest import Opened
from tests.tui.practice import Practice, letter, practice
from tests.tui.terminal import Terminal
from tui import alarm
from tui.alarm import Alarm
from tui.keyboard import Ending, read_keys

REST_SECONDS = 3.0
NEVER = 3600.0


@pytest.fixture
def resting(tmp_path: Path) -> Iterator[tuple[Terminal, Connection]]:
    """A screen with one letter, in a process of its own."""
    root = tmp_path / "home"
    root.mkdir(mode=0o700)
    home, key_file = Home(root), root / "key"
    db = connect(home, create(home, key_file=key_file))
    migrate(db)
    practice(db).deliver(letter("Résultat"))
    with Terminal(["-m", "tests.tui.run_app", str(root), str(key_file)]) as terminal:
        terminal.wait_for("Résultat")
        terminal.settle()
        yield terminal, db
    db.close()


def turns(pid: int) -> int:
    """How often any of its threads has gone to sleep, to be woken again."""
    found = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        found += sum(
            int(line.split()[1])
            for line in status.read_text().splitlines()
            if line.startswith("voluntary")
        )
    return found


def test_at_rest_nobody_wakes(resting: tuple[Terminal, Connection]) -> None:
    terminal, _ = resting
    before = turns(terminal.process.pid)
    time.sleep(REST_SECONDS)  # what is counted is what happens in it
    # One look in LOOK_SECONDS, and the alarm of the minute.
    assert turns(terminal.process.pid) - before <= 4


def test_a_key_and_a_lone_escape_and_what_is_no_letter_wake_it(
    resting: tuple[Terminal, Connection],
) -> None:
    terminal, _ = resting
    terminal.press("?")
    terminal.wait_for("Les touches")
    terminal.press("\x1b")
    assert "Les touches" not in terminal.text
    os.write(terminal.ours, b"\xe9")  # é of a terminal that is not UTF-8
    terminal.press("?")
    terminal.wait_for("Les touches")


async def test_a_letter_that_comes_by_halves_is_that_letter() -> None:
    """A slow line cuts between any two octets."""
    theirs, ours = os.pipe()
    ending, told = Ending(), list[Message]()
    reading = asyncio.create_task(asyncio.to_thread(read_keys, theirs, ending, told.append))
    for octet in "é!".encode():
        os.write(ours, bytes([octet]))
        while select.select([theirs], [], [], 0)[0] and not reading.done():
            await asyncio.sleep(0)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(30):
            while len(told) < 2 and not reading.done():
                await asyncio.sleep(0)
    ending.set()
    await reading
    assert [each.character for each in told if isinstance(each, Key)] == ["é", "!"]
    for each in (theirs, ours):
        os.close(each)


async def test_the_end_of_the_node_is_told_at_once(practice: Practice, opened: Opened) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as node:
        async with opened() as person:
            node_started(practice.db, node.pid, person.app.now())
            await person.until(lambda: person.app.node_alive)
            node.communicate(b"\n")
            await person.sees("synchronisation arrêtée")


async def test_the_lock_falls_due_by_itself(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake, "LOOK_SECONDS", NEVER)
    called: list[int] = []
    async with opened() as person:
        monkeypatch.setattr(person.app, "lock_when_idle", lambda: called.append(1))
        minutes = person.app.settings.idle_minutes
        person.app.touched_at -= 60 * minutes - 0.2
        person.app._set_alarm()
        await person.until(lambda: bool(called))


@pytest.mark.parametrize("system", ["linux", "darwin"])
async def test_an_alarm_rings_once_when_it_was_last_set(
    monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(alarm.sys, "platform", system)
    rung = asyncio.Event()
    once = Alarm(rung.set)
    once.set(0.05)
    once.set(NEVER)
    await asyncio.sleep(0.2)
    if system == "linux":
        assert not rung.is_set()
    once.set(0)
    await asyncio.wait_for(rung.wait(), 30)
    once.close()
