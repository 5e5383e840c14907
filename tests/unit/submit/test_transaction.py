"""The moment before the dot, which no real server can be made to hit each time."""

from __future__ import annotations

import pytest

from sync.submit import plan
from sync.submit.envelope import Letter, Offer
from sync.submit.transaction import Flight, Patience, Transaction

A = "alice@aubepine.test"
LETTER = Letter(mail_from="labo@tilleuls.test", recipients=(A,), octets=b"a\r\n", envid="0f")


class PaperWire:
    """Answers each flight of the envelope rightly; what answers the letter, the test says."""

    def __init__(self) -> None:
        self.written = b""
        self.flights: list[Flight] = []

    def expect(self, count: int) -> Flight:
        flight = Flight(count)
        self.flights.append(flight)
        return flight

    async def pour(self, octets: bytes, stall_seconds: float) -> None:
        self.written += octets
        if octets.startswith(b"MAIL"):
            self.flights[-1].receive(bytearray(b"250 ok\r\n250 ok\r\n354 go\r\n"))


async def before_the_dot() -> tuple[PaperWire, Transaction]:
    wire = PaperWire()
    transaction = Transaction(wire, LETTER, Offer(pipelining=True), Patience(dot_seconds=0.01))
    await transaction.all_but_the_dot()
    assert transaction.said().ready_for_dot()
    return wire, transaction


async def test_an_answer_that_came_before_the_dot_stops_it() -> None:
    wire, transaction = await before_the_dot()
    wire.flights[-1].receive(bytearray(b"250 stray\r\n"))
    await transaction.dot()
    said = transaction.said()
    assert not wire.written.endswith(b"\r\n.\r\n")
    assert (said.dotted, said.final, said.broken) == (False, None, plan.GARBLED)


async def test_a_line_lost_before_the_dot_is_no_doubt() -> None:
    wire, transaction = await before_the_dot()
    wire.flights[-1].fail(ConnectionResetError())
    await transaction.dot()
    assert not transaction.said().dotted


@pytest.mark.parametrize("answer", [b"", b"25", b"250-"])
async def test_without_a_whole_answer_it_is_a_doubt(answer: bytes) -> None:
    wire, transaction = await before_the_dot()
    wire.flights[-1].receive(bytearray(answer))
    await transaction.dot()
    said = transaction.said()
    assert wire.written.endswith(b"\r\n.\r\n")
    assert (said.dotted, said.final, said.broken) == (True, None, plan.STALLED)
