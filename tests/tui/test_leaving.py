"""Leaving while the screen still waits for the store: the person has gone, nothing has failed."""

from __future__ import annotations

import asyncio
import sys

import pytest

from tests.tui.conftest import Opened
from tests.tui.practice import Practice, letter
from tui.errands import UPGRADED
from tui.glance import Glance
from tui.plain import said
from tui.screens.mail import MailScreen


async def test_a_look_overtaken_by_leaving_is_no_failure(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.deliver(letter())
    begun = asyncio.Event()
    async with opened() as person:
        screen = person.app.screen
        assert isinstance(screen, MailScreen)

        async def slow_look(glance: Glance) -> None:
            begun.set()
            while screen.children:
                await asyncio.sleep(0)
            screen.mailboxes.show(glance, node_alive=True)

        monkeypatch.setattr(screen, "look_again", slow_look)
        screen.look()
        await begun.wait()
    assert person.app.failure is None


async def test_an_errand_that_outlives_the_last_screen_is_no_failure(
    practice: Practice, opened: Opened
) -> None:
    async with opened() as person:
        stack, kept = person.app._screen_stack, list(person.app._screen_stack)

        async def overtaken() -> None:
            stack.clear()
            person.app.say(said("tui.node.already"))  # there is no screen to say it on

        await person.app._chore(overtaken)
        stack.extend(kept)
    assert person.app.failure is None


@pytest.mark.logs("screen.failed")
async def test_what_fails_while_somebody_is_there_is_still_our_bug(
    practice: Practice, opened: Opened
) -> None:
    async with opened() as person:
        person.app.chore(_bug, group="look")
        await person.until(lambda: person.app.failure is not None)
        person.app._exception = None


async def _bug() -> None:
    raise LookupError


@pytest.mark.logs("screen.failed")
async def test_an_upgrade_under_an_open_screen_is_a_sentence(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def replaced() -> None:
        raise ImportError("cannot import name 'write_new' from 'tui.drafting'")

    async with opened() as person:
        person.app.chore(replaced, group="look")
        await person.sees("Pli a été mis à jour")
        assert person.app.failure is None
        monkeypatch.setitem(sys.modules, "tui.drafting", None)
        await person.press("c")
        await person.until(lambda: person.app.failure is UPGRADED)
        person.app._exception = None
