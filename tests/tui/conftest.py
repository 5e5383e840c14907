"""Screens under test: a practice in a store, and somebody who presses keys and waits."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from store.db.open import Connection
from store.host import clock
from store.host.keys import DataKey
from store.host.paths import Home
from sync.documents import duty
from tests.tui.practice import NOW, Practice
from tests.tui.practice import practice as make_practice
from tui.app import PliApp

PATIENCE_SECONDS = 60.0
W = TypeVar("W", bound=Widget)


class Person:
    """Somebody at the keyboard."""

    def __init__(self, app: PliApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, each when the screen has taken the last."""
        for key in keys:
            await self.pilot.press(key)

    async def types(self, words: str) -> None:
        """Type into the field that listens."""
        for character in words:
            await self.pilot.press(character if character != "\n" else "enter")

    async def sees(self, words: str) -> None:
        """Wait until these words are on the screen."""
        await self.until(lambda: words in self.text, lambda: f"{words!r} is not in\n{self.text}")

    async def until(
        self, true: Callable[[], bool], why: Callable[[], str] = lambda: "it never came true"
    ) -> None:
        """Wait until something is true."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not true():
            assert time.monotonic() < end, why()
            await self.pilot.pause(0.02)

    async def settles(self) -> None:
        """Wait until everything asked of the store has been answered and drawn."""
        await self.pilot.pause()
        await self.until(lambda: all(w.is_finished or w.group == "feed" for w in self.app.workers))
        await self.pilot.pause()

    @property
    def text(self) -> str:
        """The screen as text."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    def find(self, kind: type[W]) -> W:
        """The one widget of a kind on the screen in front."""
        return self.app.screen.query_one(kind)


Opened = Callable[..., AbstractAsyncContextManager[Person]]


@pytest.fixture
def practice(db: Connection) -> Practice:
    """An account, its mailboxes, no letter yet."""
    return make_practice(db)


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the day of NOW, for the readers of documents too."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(duty, "now", lambda: NOW)
    monkeypatch.setenv("TZ", "Europe/Paris")


@pytest.fixture
def opened(home: Home, key: DataKey, db: Connection) -> Opened:
    """`async with opened() as person:` sits somebody at the unlocked screen."""

    @asynccontextmanager
    async def open_(size: tuple[int, int] = (80, 24)) -> AsyncIterator[Person]:
        app = PliApp(home, key)
        async with app.run_test(size=size) as pilot:
            person = Person(app, pilot)
            await person.until(lambda: app.is_open)
            await person.settles()
            yield person

    return open_
