"""A whole pass over a real connection: how far it is while it goes, and what a pause leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from store.db.mailboxes import mailboxes
from store.db.open import Connection
from store.db.work_wishes import pause, resume, works
from store.db.works import Measured, save_measured
from store.model.ids import AccountId
from store.model.work import Unit, WorkState, letters_of
from sync import passes
from sync.demo.imap_server import ImapServer
from sync.watching import Seen
from tests.unit.link.conftest import Pass, deliver, one_pass, profile, server, small_windows

__all__ = ["one_pass", "profile", "server", "small_windows"]
LETTERS, WINDOW = 20, 5
NAME = letters_of(AccountId(1))
Look = Callable[[], list[Seen]]


class Looks:
    """Somebody who looks after each window, and may do something then."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.look: Look = list
        self.then: Callable[[], object] = list

    def after_window(self, db: Connection, *, most: int | None = None) -> int:
        """In the place of what reads the letters that came."""
        self.seen += self.look()
        self.then()
        return 0


@pytest.fixture
async def looks(server: ImapServer, one_pass: Pass, monkeypatch: pytest.MonkeyPatch) -> Looks:
    """Twenty letters, and somebody who looks."""
    made = Looks()

    @asynccontextmanager
    async def watched(_: Connection, look: Look, *, goes_on: bool) -> AsyncIterator[None]:
        made.look = look
        yield

    monkeypatch.setattr(passes, "watching", watched)
    monkeypatch.setattr(passes, "derive_emails", made.after_window)
    await deliver(server, range(LETTERS), size=500)
    return made


async def test_a_first_pass_says_after_each_window_how_far_it_is(
    looks: Looks, one_pass: Pass
) -> None:
    await one_pass()
    assert [(each.done, each.whole, each.unit) for each in looks.seen] == [
        (done, LETTERS, Unit.LETTERS) for done in (5, 10, 15)
    ]
    heard = [each.heard for each in looks.seen]
    assert heard == sorted(heard)
    assert heard[0] > WINDOW * 500
    looks.seen.clear()
    await one_pass()
    assert looks.seen == [], "a pass without news is no work"


async def test_a_pause_ends_a_first_pass_after_its_window_and_new_letters_come(
    looks: Looks, one_pass: Pass, server: ImapServer, db: Connection
) -> None:
    def stop() -> None:
        told = Measured(NAME, AccountId(1), Unit.LETTERS, WINDOW, LETTERS, 1.0, 9, 0)
        save_measured(db, [told], now=1)
        pause(db, NAME, 1)
        looks.then = list

    looks.then = stop
    assert (await one_pass()).fetched == WINDOW
    [work] = works(db)
    assert work.state is WorkState.PAUSED
    assert (await one_pass()).fetched == 0
    await deliver(server, range(LETTERS, LETTERS + 2))
    assert (await one_pass()).fetched == 2
    resume(db, NAME, 1)
    assert (await one_pass()).fetched == LETTERS - WINDOW
    assert next(m.total for m in mailboxes(db) if m.name == "INBOX") == LETTERS + 2
    assert works(db) == []
