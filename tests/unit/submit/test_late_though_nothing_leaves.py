"""While nothing can leave: what needs no server is done at its time all the same."""

from __future__ import annotations

import asyncio
import math

import pytest

from store.db.accounts import account as account_by_id
from store.db.accounts import set_link
from store.db.answers import want_answer_within
from store.db.open import write
from store.errors import NeedsUser
from store.host import clock
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Link
from sync import node, passes
from sync.submit import deadlines
from tests.steps import looked_through
from tests.unit.submit.conftest import NOW, Sending


def a_late_letter(sending: Sending, until_at: int) -> None:
    """Taken by a server, and unanswered by then."""
    id_ = sending.queue()
    with write(sending.db):
        sending.db.execute("UPDATE email_submission SET state = 'accepted'")
        sending.db.execute("UPDATE submission_recipient SET state = 'accepted'")
        want_answer_within(sending.db, id_, until_at)
    set_link(sending.db, sending.account.id, Link.NEEDS_USER)  # the mailboxes have one password


def is_told(sending: Sending) -> bool:
    """Whether the outbox calls it unanswered."""
    return next(iter(deadlines.answers_awaited(sending.db, sending.account.id)), None) is None


async def test_a_late_answer_is_told_at_its_time_though_the_password_is_refused(
    sending: Sending, home: Home, key: DataKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_late_letter(sending, NOW + 3)
    at = NOW
    monkeypatch.setattr(clock, "now", lambda: at)
    monkeypatch.setattr(deadlines, "now", lambda: at)
    passes = 0

    async def refused(*_: object) -> float:
        nonlocal passes
        passes += 1
        raise NeedsUser("imap.login_refused")

    waited: list[float] = []

    async def sleep_on(_db: object, _seen: int, seconds: float) -> None:
        nonlocal at
        waited.append(seconds)
        at += int(min(seconds, 60))
        await asyncio.sleep(0)

    monkeypatch.setattr(node, "outbox_pass", refused)
    monkeypatch.setattr(node, "commit_or", sleep_on)
    duty = asyncio.create_task(node._outbox_duty(node.Node(home, key), sending.account.id)())
    while not is_told(sending) and len(waited) < 9:
        await asyncio.sleep(0)
    duty.cancel()
    await asyncio.wait([duty])
    assert (passes, waited[0], at >= NOW + 3) == (1, 3, True)


def test_what_is_next_late_says_how_long_may_be_waited(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "now", lambda: NOW)
    assert deadlines.keep_deadlines(sending.db, sending.account.id) == math.inf
    a_late_letter(sending, NOW + 60)
    assert deadlines.keep_deadlines(sending.db, sending.account.id) == 60


async def test_a_machine_that_slept_over_the_hour_looks_for_the_answer_before_it_tells(
    sending: Sending, home: Home, key: DataKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = NOW + 200_000
    monkeypatch.setattr(passes, "now", lambda: at)
    a_late_letter(sending, NOW + 60)
    looked_through(sending.db, sending.account.id, NOW)
    for _ in range(2):
        here = account_by_id(sending.db, sending.account.id)
        assert await passes.outbox_pass(sending.db, here, home, key) == 60.0
    assert not is_told(sending)
    asked_at = account_by_id(sending.db, sending.account.id).sync_wanted_at
    assert asked_at == at, "once"
    looked_through(sending.db, sending.account.id, at)
    assert await passes.outbox_pass(sending.db, sending.account, home, key) == 0.0
    assert is_told(sending)
