"""The node's loops: begun again after a failure, and never after they were told to end."""

from __future__ import annotations

import asyncio

import pytest

from store.db import link
from store.db.open import Connection
from store.model.ids import AccountId
from store.model.link import LinkReport, LinkStep, Step
from sync.node import _kept_up


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
