"""What sending cost, as the flight recorder has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from store.db.open import Connection
from store.errors import NeedsUser
from store.model.ids import AccountId, SubmissionId
from store.model.link import LinkStep, Step
from store.model.submission import EmailSubmission
from sync.link.recorder import Recorder
from sync.submit import plan
from sync.submit import shown as shown_module
from sync.submit.envelope import Letter
from sync.submit.recorded import RecordedSubmitter
from sync.watching import Seen
from tests.servers.authority import Authority
from tests.unit.submit.scripted_server import PASSWORD, Act, ScriptedServer, scripted_server

OCTETS = b"Subject: bilan\r\n\r\n" + b"glucose 5,1 mmol/L\r\n" * 500
LETTER = Letter(
    mail_from="labo@tilleuls.test",
    recipients=("alice@aubepine.test",),
    octets=OCTETS,
    envid="0f",
)


async def nothing(_: tuple[str, ...]) -> None:
    """What is called before the dot, where a test does not care."""


async def steps_of(server: ScriptedServer, letters: int = 1) -> list[LinkStep]:
    recorder = Recorder()
    async with RecordedSubmitter(recorder, server.account(), PASSWORD) as line:
        for _ in range(letters):
            await line.transmit(LETTER, nothing)
    return recorder.steps


async def test_each_letter_sent_is_a_step_and_so_is_connecting(authority: Authority) -> None:
    async with scripted_server(authority) as server:
        connecting, first, second = await steps_of(server, letters=2)
    assert connecting.step is Step.SUBMIT_CONNECT
    assert {first.step, second.step} == {Step.SUBMIT}
    for each in (first, second):
        assert len(OCTETS) < each.octets_up < len(OCTETS) + 400
        assert 0 < each.octets_down < 400
        assert each.turns >= 1
        assert each.result == ""
    assert connecting.octets_down > 0


async def test_a_line_that_broke_is_the_result_of_the_step(authority: Authority) -> None:
    async with scripted_server(authority) as server:
        server.plan["dot"] = [Act(drop=True)]
        _, cut = await steps_of(server)
    assert cut.result == plan.CUT


async def test_a_login_refused_is_the_result_of_connecting(authority: Authority) -> None:
    recorder = Recorder()
    async with scripted_server(authority) as server:
        with pytest.raises(NeedsUser):
            async with RecordedSubmitter(recorder, server.account(), "faux"):
                raise AssertionError("it connected")
    assert [each.result for each in recorder.steps] == ["smtp.login_refused"]


async def test_a_large_letter_is_shown_as_it_leaves_and_a_small_one_is_not(
    authority: Authority, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    @asynccontextmanager
    async def looked_at(_: Connection, look: Callable[[], list[Seen]]) -> AsyncIterator[None]:
        looks.extend(look())
        yield
        looks.extend(look())

    monkeypatch.setattr(shown_module, "watching", looked_at)
    large = replace(LETTER, octets=OCTETS * 40)
    async with (
        scripted_server(authority) as server,
        RecordedSubmitter(Recorder(), server.account(), PASSWORD) as line,
    ):
        for each in (LETTER, large):
            async with shown_module.shown(db, row_of(each), lambda: line.octets_gone):
                await line.transmit(each, nothing)
    first, last = looks
    assert (first.name, first.done, first.whole) == ("sending:7", 0, len(large.octets))
    assert last.done == last.whole, "all that it has left"


def row_of(letter: Letter) -> EmailSubmission:
    """As much of its row as is looked at."""
    return cast(
        EmailSubmission,
        SimpleNamespace(id=SubmissionId(7), account_id=AccountId(1), size=len(letter.octets)),
    )
