"""A locked store shows one field and nothing else."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from store.db.migrate import migrate
from store.db.open import connect
from store.host import keys
from store.host.paths import Home
from tests.tui.conftest import Person
from tests.tui.practice import letter, practice
from tui.app import PliApp
from tui.screens.unlock import UnlockScreen

PASSPHRASE = "une phrase bien longue"


@pytest.fixture
def locked(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A store with one letter, opened by a passphrase."""
    monkeypatch.setattr(keys, "MEMORY_KIB", 1024)
    db = connect(home, keys.create(home, passphrase=PASSPHRASE))
    migrate(db)
    practice(db).deliver(letter("Confidentiel"))
    db.close()
    return home


@asynccontextmanager
async def sitting(home: Home) -> AsyncIterator[Person]:
    """Somebody in front of the locked screen."""
    app = PliApp(home, None)
    async with app.run_test() as pilot:
        person = Person(app, pilot)
        await person.sees("Phrase de passe")
        yield person


async def test_a_locked_store_shows_nothing(locked: Home) -> None:
    async with sitting(locked) as person:
        await person.press("o", "c", "D", "question_mark", "ctrl+p")
        assert isinstance(person.app.screen, UnlockScreen)
        assert not person.app.is_open
        assert "Confidentiel" not in person.text


async def test_the_right_passphrase_opens_it(locked: Home) -> None:
    async with sitting(locked) as person:
        await person.types(PASSPHRASE)
        assert PASSPHRASE not in person.text
        await person.press("enter")
        await person.sees("Confidentiel")


async def test_a_wrong_passphrase_is_said_and_slows_the_next_try(
    locked: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("tui.screens.unlock.pause", pause)
    async with sitting(locked) as person:
        for tries in range(1, 4):
            await person.types("pas la bonne phrase")
            await person.press("enter")
            await person.until(lambda tries=tries: len(pauses) == tries)  # type: ignore[misc]
            await person.sees("Ce n'est pas la bonne phrase de passe")
            await person.settles()
        assert pauses == [1.0, 2.0, 4.0]
        await person.types(PASSPHRASE)
        await person.press("enter")
        await person.sees("Confidentiel")


async def test_a_machine_that_cannot_check_now_says_so_and_is_asked_again(
    locked: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pause(_seconds: float) -> None: ...

    def no_process(_home: Home, _passphrase: str) -> keys.DataKey:
        raise BlockingIOError(errno.EAGAIN, "fork")

    monkeypatch.setattr("tui.screens.unlock.pause", pause)
    async with sitting(locked) as person:
        with monkeypatch.context() as short:
            short.setattr("tui.screens.unlock.unlock_apart", no_process)
            await person.types(PASSPHRASE)
            await person.press("enter")
            await person.sees("n'a pas pu être vérifiée")
            await person.settles()
        await person.types(PASSPHRASE)
        await person.press("enter")
        await person.sees("Confidentiel")


async def test_one_leaves_without_opening(locked: Home) -> None:
    async with sitting(locked) as person:
        await person.press("escape")
        await person.pilot.pause()
    assert person.app.return_value == 0
