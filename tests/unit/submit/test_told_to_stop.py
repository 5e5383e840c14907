"""Told to stop during a pass: an answer on its way is waited for, everything else is dropped."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from store.model.submission import SubmissionState
from sync.submit import attempt
from sync.submit.transaction import Patience
from tests.servers.authority import Authority
from tests.unit.submit.conftest import SHORT, Sending
from tests.unit.submit.scripted_server import CHUNKING, PIPELINING, PLAIN, Act, scripted_server

S = SubmissionState
PATIENT = replace(SHORT, dot_seconds=60)
OFFERS = [CHUNKING, PIPELINING, PLAIN]


@pytest.mark.parametrize("offers", OFFERS)
@pytest.mark.parametrize("times", [1, 3])
async def test_the_answer_to_a_dot_is_waited_for_and_nothing_else_leaves(
    sending: Sending, authority: Authority, offers: tuple[str, ...], times: int
) -> None:
    sending.mailbox("sent")
    first, second = sending.queue(), sending.queue()
    reached, thought = asyncio.Event(), asyncio.Event()
    async with scripted_server(authority, offers=offers) as server:
        act = Act(take=True, reached=reached, until=thought, say=b"250 2.0.0 queued\r\n")
        server.plan["dot"] = [act]
        running = asyncio.create_task(sending.run(server, PATIENT))
        await reached.wait()
        for _ in range(times):
            running.cancel()
            await asyncio.sleep(0)
        assert not running.done()
        thought.set()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert sending.row(first).state is S.ACCEPTED
    assert sending.row(first).sent_copy.value == "filed"
    assert (sending.row(second).state, sending.row(second).attempts) == (S.QUEUED, 0)
    assert server.verbs().count("MAIL") == 1
    assert server.verbs()[-1] == "QUIT"


async def test_a_refusal_at_the_last_moment_is_written_down_too(
    sending: Sending, authority: Authority
) -> None:
    letter = sending.queue()
    reached, thought = asyncio.Event(), asyncio.Event()
    async with scripted_server(authority) as server:
        server.plan["dot"] = [Act(reached=reached, until=thought, say=b"554 5.7.1 no\r\n")]
        running = asyncio.create_task(sending.run(server, PATIENT))
        await reached.wait()
        running.cancel()
        await asyncio.sleep(0)
        thought.set()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert sending.row(letter).state is S.REFUSED
    assert "RSET" not in server.verbs(), "nobody waits for what changes nothing"


async def test_an_answer_that_does_not_come_is_a_doubt(
    sending: Sending, authority: Authority
) -> None:
    letter = sending.queue()
    reached = asyncio.Event()
    hurried = Patience(dot_seconds=60, finish_seconds=0.05, quit_seconds=0.1)
    async with scripted_server(authority) as server:
        server.plan["dot"] = [Act(take=True, reached=reached, stall=True)]
        running = asyncio.create_task(sending.run(server, hurried))
        await reached.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        row = sending.row(letter)
        assert (row.state, row.last_error) == (S.UNCERTAIN, "submission.no_answer")
        await sending.run(server)
    assert len(server.taken) == 1


@pytest.mark.parametrize("offers", OFFERS)
@pytest.mark.parametrize("step", ["mail", "body", "data"])
async def test_before_the_dot_a_letter_is_certain_and_leaves_next_time(
    sending: Sending, authority: Authority, offers: tuple[str, ...], step: str
) -> None:
    letter = sending.queue(octets=b"\r\n" + b"0123456789abcdef\r\n" * 60_000)
    reached = asyncio.Event()
    async with scripted_server(authority, offers=offers) as server:
        server.plan[step] = [Act(reached=reached, stall=True)]
        running = asyncio.create_task(sending.run(server, Patience()))
        await reached.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        row = sending.row(letter)
        assert (row.state, row.last_error) == (S.QUEUED, "submission.interrupted")
        assert not server.taken
        await sending.run(server)
    assert sending.row(letter).state is S.ACCEPTED
    assert len(server.taken) == 1


@pytest.mark.logs("submission.unwritten")
async def test_an_answer_the_disk_would_not_take_is_written_again(
    sending: Sending, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter, next_one = sending.queue(), sending.queue()
    monkeypatch.setattr(attempt, "UNWRITTEN_PAUSES_SECONDS", (0.0, 0.0))
    real, failures = attempt._end, [OSError("disk full"), OSError("disk full")]

    def failing(*all_of_it: object) -> None:
        if failures:
            raise failures.pop()
        real(*all_of_it)  # type: ignore[arg-type]

    monkeypatch.setattr(attempt, "_end", failing)
    async with scripted_server(authority) as server:
        await sending.run(server)
    assert {sending.row(letter).state, sending.row(next_one).state} == {S.ACCEPTED}
    assert len(server.taken) == 2


@pytest.mark.logs("submission.unwritten")
async def test_told_to_stop_a_disk_that_takes_nothing_keeps_nobody(
    sending: Sending, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = sending.queue()
    monkeypatch.setattr(attempt, "UNWRITTEN_PAUSES_SECONDS", (0.0,))
    reached, thought = asyncio.Event(), asyncio.Event()

    def failing(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(attempt, "_end", failing)
    async with scripted_server(authority) as server:
        server.plan["dot"] = [Act(take=True, reached=reached, until=thought, say=b"250 ok\r\n")]
        running = asyncio.create_task(sending.run(server, PATIENT))
        await reached.wait()
        running.cancel()
        await asyncio.sleep(0)
        thought.set()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert sending.row(letter).state is S.UNCERTAIN
