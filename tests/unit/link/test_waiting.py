"""How the node waits: on the line where that is cheap, away from it where it is not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from store.db import link
from store.db.accounts import accounts, want_sync
from store.db.open import Connection, connect
from store.db.outlines import unwhole
from store.host import clock
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Account, Profile
from store.model.link import Budget, LinkReport, LinkStep, Step
from sync import waiting
from sync.demo.imap_server import ImapServer
from sync.imap.perform import PassReport
from sync.imap.session import ImapSession
from sync.link.line import MeteredLine
from sync.waiting import waiting_pass
from tests.unit.link.conftest import Pass, deliver

LONG_SECONDS = 20.0
NOON = 1_795_694_400


@pytest.fixture
def person(db: Connection, home: Home, key: DataKey) -> Iterator[Connection]:
    """Another process's connection: the node is woken by what others commit."""
    connection = connect(home, key)
    yield connection
    connection.close()


Running = Callable[[], AbstractAsyncContextManager[None]]


def alice(db: Connection) -> Account:
    (found,) = accounts(db)
    return found


async def until(true: Callable[[], bool]) -> None:
    """Wait for it, as long as a busy machine may take."""
    async with asyncio.timeout(LONG_SECONDS):
        while not true():
            await asyncio.sleep(0.01)


@pytest.fixture
def running(one_pass: Pass, db: Connection, home: Home, key: DataKey) -> Running:
    """The node's loop for alice, for the length of a block; `one_pass` has added her."""

    @asynccontextmanager
    async def run() -> AsyncIterator[None]:
        task = asyncio.create_task(waiting_pass(db, alice(db), home, key))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    return run


def connected(server: ImapServer) -> bool:
    return bool(server._connections)


def on_profile(db: Connection, profile: Profile) -> None:
    db.execute("UPDATE account SET profile = ?", (profile.value,))


def steps(db: Connection) -> list[Step]:
    return [each.step for each in link.recent_steps(db, alice(db).id)]


async def test_a_satellite_line_is_left_and_a_wish_brings_the_node_back(
    running: Running, server: ImapServer, db: Connection, person: Connection
) -> None:
    on_profile(db, Profile.SATELLITE)
    async with running():
        await until(lambda: steps(db).count(Step.LOGOUT) == 1)
        await until(lambda: not connected(server))
        assert alice(db).last_synced_at is not None
        await deliver(server, range(1))
        want_sync(person, alice(db).id, clock.now())
        await until(lambda: steps(db).count(Step.LOGOUT) == 2)
    assert Step.IDLE not in steps(db)
    assert Step.FETCH in steps(db)


async def test_other_lines_are_kept_and_news_comes_over_them(
    running: Running, server: ImapServer, db: Connection
) -> None:
    on_profile(db, Profile.ADSL)
    async with running():
        await until(lambda: Step.LIST in steps(db))
        await deliver(server, range(1))
        await until(lambda: Step.FETCH in steps(db))
        assert connected(server)
        assert Step.LOGOUT not in steps(db)
        assert steps(db).count(Step.CONNECT) == 1


async def test_a_line_whose_budget_is_spent_is_left(
    running: Running, server: ImapServer, db: Connection, person: Connection
) -> None:
    on_profile(db, Profile.ADSL)
    link.set_budget(db, alice(db).id, Budget(octets_per_day=1))
    await deliver(server, range(3))
    async with running():
        await until(lambda: bool(link.holds(db, now=clock.now())))
        await until(lambda: not connected(server))
        assert steps(db).count(Step.FETCH) == 0
        link.set_budget(person, alice(db).id, Budget())
        want_sync(person, alice(db).id, clock.now())
        await until(lambda: Step.FETCH in steps(db))
    assert link.holds(db, now=clock.now()) == {}


async def test_a_node_that_stops_leaves_its_steps_behind(
    running: Running, server: ImapServer, db: Connection
) -> None:
    on_profile(db, Profile.ADSL)
    async with running():
        await until(lambda: Step.LIST in steps(db))
    await until(lambda: not connected(server))
    assert steps(db)[:2] == [Step.LOGOUT, Step.IDLE]
    assert link.recent_steps(db, alice(db).id)[1].result == "link.cancelled"


async def test_an_automatic_line_is_used_as_it_was_measured(
    one_pass: Pass, server: ImapServer, db: Connection
) -> None:
    on_profile(db, Profile.AUTO)
    slow = [
        LinkStep(step=Step.FETCH, began_at=NOON, milliseconds=25_000, octets_down=200_000, turns=1)
    ] * 5
    day = LinkReport(pass_began_at=NOON, at=NOON, day="2026-11-26", steps=tuple(slow))
    link.record(db, alice(db).id, day)
    await deliver(server, range(1), size=200_000)
    await one_pass()
    assert alice(db).auto_profile is Profile.SATELLITE
    [long] = unwhole(db, alice(db).id)
    assert 0 < long.held < long.size, "begun, and no more than its text"


async def test_a_line_of_which_little_is_known_is_taken_for_no_fibre(
    one_pass: Pass, db: Connection
) -> None:
    on_profile(db, Profile.AUTO)
    await one_pass()
    assert alice(db).auto_profile is not Profile.FIBRE


async def test_a_pass_begun_before_it_was_asked_for_is_not_taken_for_the_one_asked_for(
    running: Running, db: Connection, person: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_profile(db, Profile.ADSL)
    time, wishes, passes, ended = [NOON], list[int](), waiting.one_pass, list[int]()
    end_pass = MeteredLine.end_pass

    async def slow(db: Connection, line: MeteredLine[ImapSession]) -> PassReport:
        if len(wishes) < 2:  # the second in the very second of the pass that answers the first
            wishes.append(want_sync(person, alice(db).id, time[0]))
            time[0] += 0 if len(wishes) == 2 else 30
        return await passes(db, line)

    def end(line: MeteredLine[ImapSession], *, synced_at: int, waiting: int) -> None:
        ended.append(synced_at)
        end_pass(line, synced_at=synced_at, waiting=waiting)

    monkeypatch.setattr(waiting, "one_pass", slow)
    monkeypatch.setattr(waiting, "now", lambda: time[0])
    monkeypatch.setattr(MeteredLine, "end_pass", end)
    async with running():
        await until(lambda: len(ended) == 3)
    assert ended[0] <= wishes[0] < ended[1] <= wishes[1] < ended[2]
