"""The node's loops: begun again after a failure, and never after they were told to end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from store.db import link
from store.db.accounts import add_account
from store.db.open import Connection
from store.db.placements import newest
from store.db.snoozing import snooze
from store.db.snoozing import waiting as waiting_letters
from store.errors import MailError, NeedsUser, Transient
from store.host import clock
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Endpoint
from store.model.ids import AccountId, DropRuleId
from store.model.link import LinkReport, LinkStep, Step
from sync import node, waiting
from sync.drop import watch
from sync.node import _kept_up
from sync.returning import bring_back
from tests.tui.practice import NOW, letter, practice


@pytest.mark.logs("node.duty_failed")
async def test_a_duty_that_fails_while_it_is_ended_is_not_begun_again() -> None:
    begun = asyncio.Queue[None]()

    async def duty() -> None:
        begun.put_nowait(None)
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("a disk that is full, a row that is gone")

    task = asyncio.create_task(_kept_up(duty, 1))
    await begun.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert begun.empty()


def test_what_a_line_cost_is_not_written_of_an_account_that_was_removed(db: Connection) -> None:
    step = LinkStep(step=Step.CONNECT, began_at=1, milliseconds=2)
    report = LinkReport(pass_began_at=1, at=1, day="2026-11-26", steps=(step,), whole=True)
    link.record(db, AccountId(99), report)
    assert db.execute("SELECT count(*) FROM link_log").fetchone() == (0,)


async def test_told_to_end_the_moment_a_wish_comes_it_ends(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish, waits = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def wishes(*_: object) -> AsyncIterator[asyncio.Event]:
        waits.set()
        yield wish

    monkeypatch.setattr(waiting, "_wishes", wishes)
    task = asyncio.create_task(waiting._rest(db, AccountId(1), (0, 0), 60))
    await waits.wait()
    await ends_though(wish, task)


async def test_told_to_end_the_moment_a_document_comes_it_ends(db: Connection) -> None:
    hint = asyncio.Event()
    task = asyncio.create_task(
        watch._until_something(db, DropRuleId(1), hint, watch.data_version(db), 60)
    )
    await asyncio.sleep(0)
    await ends_though(hint, task)


async def ends_though(news: asyncio.Event, task: asyncio.Task[None]) -> None:
    """Told both in one turn of the loop. `asyncio.wait_for` of Python 3.11 would only hear news."""
    await asyncio.sleep(0)
    news.set()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("error", [Transient("store.busy"), NeedsUser("imap.login_refused")])
async def test_an_account_that_fails_while_it_is_ended_is_not_tried_again(
    db: Connection,
    home: Home,
    key: DataKey,
    monkeypatch: pytest.MonkeyPatch,
    error: MailError,
) -> None:
    at = Endpoint(host="mail.example", port=993)
    account_id = add_account(db, name="a", address="a@b.test", imap=at, smtp=at, user="a")
    begun: list[asyncio.Event] = []

    async def fails_on_its_way_out(*_: object) -> None:
        begun[-1].set()
        if len(begun) > 1:
            raise asyncio.CancelledError
        begun.append(asyncio.Event())
        try:
            await asyncio.Event().wait()
        finally:
            raise error

    async def pause(*_: object) -> None:
        await asyncio.sleep(0)

    for name, each in (
        ("waiting_pass", fails_on_its_way_out),
        ("outbox_pass", fails_on_its_way_out),
        ("_pause", pause),
    ):
        monkeypatch.setattr(node, name, each)
    here = node.Node(home, key)
    for duty in (node._account_duty(here, account_id), node._outbox_duty(here, account_id)):
        begun[:] = [asyncio.Event()]
        task = asyncio.create_task(node._kept_up(duty, account_id))
        await begun[0].wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert not begun[1].is_set()


async def test_a_running_node_follows_the_rules_of_the_watched_folders(
    home: Home, key: DataKey, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = asyncio.Event()
    followed: list[Home] = []

    async def follow(_: Connection, *, home: Home) -> float:
        followed.append(home)
        stop.set()
        return 60.0

    monkeypatch.setattr(node, "follow_the_file", follow)
    async with asyncio.timeout(30):
        await node.run_node(home, key, stop=stop)
    assert followed == [home]


@pytest.mark.logs("account.stopped")
async def test_the_node_brings_back_what_was_put_off(
    home: Home, key: DataKey, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = practice(db)
    made.deliver(letter("à revoir"), letter("plus tard"))
    first, second = newest(db, made.inbox)
    snooze(db, [first], NOW + 50)
    snooze(db, [second], NOW + 500)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert await bring_back(db) == 50
    assert waiting_letters(db).letters == 2
    monkeypatch.setattr(clock, "now", lambda: NOW + 50)
    stop = asyncio.Event()
    running = asyncio.create_task(node.run_node(home, key, stop=stop))
    while waiting_letters(db).letters == 2:
        await asyncio.sleep(0.01)
    stop.set()
    await running
    assert newest(db, made.inbox) == [first]
