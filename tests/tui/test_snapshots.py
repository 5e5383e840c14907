"""Every screen as text, in both languages, on a small terminal and on a large one.

What is kept in tests/tui/snapshots is read by eye when it changes: PLI_SNAPSHOTS=1 writes it anew.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from store.db.accounts import accounts, set_link
from store.db.drops import add_rule
from store.db.mailboxes import mailboxes
from store.db.migrate import migrate
from store.db.node import node_started
from store.db.open import Connection, connect
from store.host import clock, keys
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Link
from store.model.mailbox import Role
from tests.tui.conftest import Person
from tests.tui.long_works import much
from tests.tui.practice import NOW, letter, practice
from tests.tui.test_outbox_screen import queued
from tests.tui.test_running_screens import passed, saying
from tui import children
from tui.app import PliApp

KEPT = Path(__file__).parent / "snapshots"
SIZES = [(80, 24), (120, 40)]
BODY = "Bonjour Docteur,\n\nvoici les résultats de Mme R.\n\n> Pouvez-vous vérifier ?\n\nLe labo\n"
PDF = b"%PDF-1.7\n" + b"0" * 48_000
SCROLLBAR = re.compile("[\u2581-\u2588]")
"""Moves with every key that help gains."""
PASSPHRASE = "une phrase bien longue"
Visit = Callable[[Person], Awaitable[None]]


@dataclass(frozen=True)
class World:
    """A store with something on every screen."""

    home: Home
    key: DataKey
    db: Connection


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Its home is a short relative path, the same for everybody who runs this."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keys, "MEMORY_KIB", 1024)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setenv("TZ", "Europe/Paris")
    Path("pli").mkdir(mode=0o700)
    home = Home(Path("pli"))
    key = keys.create(home, passphrase=PASSPHRASE)
    db = connect(home, key)
    migrate(db)
    made = practice(db)
    made.deliver(
        letter("Glycémie et HbA1c de Mme R.", BODY, documents=[("r.pdf", "application/pdf", PDF)]),
        letter("Avis pour M. A., 71 ans", sender="Dr Hugo Bernard <h.bernard@cardio.example>"),
        letter("Scanner du 22 octobre", sender="Secrétariat radiologie <radio@centre.example>"),
    )
    set_link(db, made.account_id, Link.ONLINE, synced_at=NOW - 60)
    node_started(db, os.getpid(), NOW)
    queued(made)
    passed(made, NOW - 600, 1_000)
    passed(made, NOW - 300, 40, "net.timeout")
    add_rule(db, name="labo", folder="/srv/depot", account_id=made.account_id, to=["b@x.example"])
    program = saying(
        "ok   Le dossier de la boîte est à vous seul.",
        "!!   La synchronisation ne tourne pas.",
        code=1,
    )
    monkeypatch.setattr(children, "command", lambda *_: [sys.executable, "-c", program])
    yield World(home, key, db)
    db.close()


@asynccontextmanager
async def sitting(world: World, size: tuple[int, int]) -> AsyncIterator[Person]:
    """Somebody at the unlocked screen."""
    app = PliApp(world.home, world.key)
    async with app.run_test(size=size) as pilot:
        person = Person(app, pilot)
        await person.until(lambda: app.is_open)
        await person.sees("HbA1c")
        await person.settles()
        yield person


def by_keys(*pressed: str) -> Visit:
    """A screen that keys lead to."""

    async def visit(person: Person) -> None:
        await person.press(*pressed)

    return visit


def by_report(key: str, name: str) -> Visit:
    """What a command of ours says, once it has ended."""

    async def visit(person: Person) -> None:
        await person.press(key)
        await person.until(lambda: name in person.app.reports)
        await person.until(lambda: not person.app.reports[name].works)

    return visit


async def works(person: Person) -> None:
    """What takes long, once there is something."""
    key = person.app.key
    assert key is not None
    with closing(connect(person.app.home, key)) as db:
        [by] = accounts(db)
        much(db, by.id, next(m.id for m in mailboxes(db) if m.role is Role.INBOX))
    await person.press("f6")
    await person.sees("%")


async def rests(person: Person, *waiting: str) -> None:
    """Wait until everything is drawn; what asks goes on waiting for an answer."""
    await person.pilot.pause()
    waits = ("feed", "palette", "wish", *waiting)
    await person.until(lambda: all(w.is_finished or w.group in waits for w in person.app.workers))
    await person.pilot.pause()


SCREENS: dict[str, Visit] = {
    "mail": by_keys(),
    "reading": by_keys("end", "enter"),
    "trust": by_keys("t"),
    "composer": by_keys("escape", "r"),
    "attaching": by_keys("ctrl+t"),
    "asking": by_keys("escape", "ctrl+d"),
    "palette": by_keys("escape", "escape", "escape", "ctrl+p"),
    "moving": by_keys("escape", "m"),
    "snoozing": by_keys("escape", "z"),
    "labelling": by_keys("escape", "l"),
    "search": by_keys("escape", "slash", *"scanner", "enter"),
    "outbox": by_keys("escape", "o"),
    "drop": by_keys("D"),
    "directory": by_keys("a"),
    "accounts": by_keys("escape", "A"),
    "help": by_keys("question_mark"),
    "settings": by_keys("f2"),
    "activity": by_keys("f3"),
    "link": by_report("f4", "link"),
    "doctor": by_report("f5", "doctor"),
    "works": works,
    "locked": by_keys("f8"),
}
"""In the order they are visited; each begins where the last one was left."""
WAITING = {"attaching": ["compose"], "asking": ["compose"]}
"""What waits there for an answer."""


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_every_screen_is_as_it_was_read(
    language: str, size: tuple[int, int], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLI_LANG", language)
    changed = []
    async with sitting(world, size) as person:
        for name, visit in SCREENS.items():
            await visit(person)
            await rests(person, *WAITING.get(name, ()))
            words = SCROLLBAR.sub(" ", person.text)
            text = re.sub(r" +$", "", words, flags=re.M).rstrip() + "\n"
            path = KEPT / f"{name}.{language}.{size[0]}x{size[1]}.txt"
            if os.environ.get("PLI_SNAPSHOTS") == "1":
                path.write_text(text, encoding="utf-8")
            if text != path.read_text(encoding="utf-8"):
                changed.append(f"{path.name}\n{text}")
    assert not changed, "\n".join(changed)


def test_no_snapshot_is_left_of_a_screen_that_is_gone() -> None:
    made = {
        f"{name}.{language}.{columns}x{rows}.txt"
        for name in SCREENS
        for language in ("fr", "en")
        for columns, rows in SIZES
    }
    assert {path.name for path in KEPT.iterdir()} == made
