"""What a letter costs, counted: commits that wait for the disk, turns, and log-ins."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sync.submit import outbox
from sync.submit.copies import TOGETHER
from sync.submit.outbox import AT_ONCE, LETTERS_FOR_A_LINE
from sync.submit.transaction import Flight
from sync.submit.wire import Wire
from tests.servers.authority import Authority
from tests.steps import commits_of
from tests.unit.submit.conftest import Sending
from tests.unit.submit.scripted_server import Act, scripted_server

LETTERS = 2 * AT_ONCE + 5
PDF = b"\r\n" + b"JVBERi0xLjQ".ljust(76, b"A") + b"\r\n" * 2 + (b"B" * 76 + b"\r\n") * 1_700


@pytest.fixture
def flights(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many replies each turn of a mail transaction waited for."""
    seen: list[int] = []
    expect = Wire.expect

    def counting(wire: Wire, count: int) -> Flight:
        seen.append(count)
        return expect(wire, count)

    monkeypatch.setattr(Wire, "expect", counting)
    return seen


async def test_a_letter_is_two_commits_and_two_turns(
    sending: Sending, authority: Authority, flights: list[int]
) -> None:
    sending.mailbox("sent")
    for _ in range(LETTERS):
        sending.queue(source="drop", octets=PDF)
    async with scripted_server(authority) as server:
        with commits_of(sending.db) as made:
            report = await sending.run(server, most_lines=1)
    assert report.accepted == LETTERS
    batches = math.ceil(LETTERS / AT_ONCE)
    # Before each dot, and each answer with the beginning of what follows; then what is shared.
    assert len(made) <= 2 * LETTERS + batches + math.ceil(LETTERS / TOGETHER)
    assert flights == [3, 1] * LETTERS
    assert (server.connections, server.verbs().count("AUTH"), server.verbs().count("EHLO")) == (
        *(1, 1, 1),
    )


async def test_many_letters_pay_for_a_few_log_ins_and_no_more(
    sending: Sending, authority: Authority
) -> None:
    for _ in range(4 * LETTERS_FOR_A_LINE):
        sending.queue(source="drop")
    async with scripted_server(authority) as server:
        with commits_of(sending.db) as made:
            report = await sending.run(server)
    assert report.accepted == 4 * LETTERS_FOR_A_LINE
    assert (server.connections, server.verbs().count("AUTH")) == (4, 4)
    assert len({each.octets for each in server.taken}) == len(server.taken)
    assert len(made) <= 2 * report.accepted + 10


async def test_a_server_that_allows_one_connection_gets_one(
    sending: Sending, authority: Authority
) -> None:
    for _ in range(2 * LETTERS_FOR_A_LINE):
        sending.queue(source="drop")
    greetings = [Act(say=b"220 ready\r\n"), Act(say=b"421 4.7.0 too many\r\n", drop=True)]
    async with scripted_server(authority) as server:
        server.plan["greeting"] = greetings
        report = await sending.run(server)
    assert (report.accepted, server.connections) == (2 * LETTERS_FOR_A_LINE, 2)


async def test_more_that_comes_meanwhile_gets_more_connections(
    sending: Sending, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder is still being taken when the first of it leaves."""
    for _ in range(AT_ONCE):
        sending.queue(source="drop")
    copies = outbox.file_sent_copies

    def more_has_come(*args: Any, **kwargs: Any) -> int:
        if len(server.taken) == AT_ONCE:
            for _ in range(3 * LETTERS_FOR_A_LINE):
                sending.queue(source="drop")
        return copies(*args, **kwargs)

    monkeypatch.setattr(outbox, "file_sent_copies", more_has_come)
    async with scripted_server(authority) as server:
        report = await sending.run(server)
    assert (report.accepted, server.connections) == (AT_ONCE + 3 * LETTERS_FOR_A_LINE, 3)
