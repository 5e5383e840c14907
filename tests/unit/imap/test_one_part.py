"""One part of a letter alone: what is asked of a server, and what is believed of its answers."""

from __future__ import annotations

import asyncio

import pytest

from store.errors import Permanent, Transient
from sync.imap.session import ImapSession
from sync.replica.facts import Span
from tests.refusals import refused
from tests.unit.imap.fake_line import OK, FakeLine
from tests.unit.imap.test_outlining import line

SPANS = [Span(0, 4), Span(4, 4)]
Taken = list[tuple[int, bytes, int | None]]


async def asked(session: ImapSession, *, binary: bool = True, ask_size: bool = False) -> Taken:
    taken: Taken = []
    await session.select(b"INBOX")
    await session.part_ranges(
        *(7, "2.1", SPANS, lambda span, octets, size: taken.append((span.offset, octets, size))),
        binary=binary,
        ask_size=ask_size,
    )
    return taken


async def test_ranges_are_asked_for_in_one_flight_without_marking_the_letter_read() -> None:
    given = b"* 1 FETCH (UID 7 BINARY.SIZE[2.1] 6 BINARY[2.1]<0> ~{4}\r\n\0\1\2\3)\r\n"
    it, session = line(given + OK)
    assert (await asked(session, ask_size=True))[0] == (0, b"\0\1\2\3", 6)
    assert it.words[-2:] == [
        b"UID FETCH 7 (UID BINARY.SIZE[2.1] BINARY.PEEK[2.1]<0.4>)",
        b"UID FETCH 7 (UID BINARY.PEEK[2.1]<4.4>)",
    ]
    assert it.packets[-1].count(b"UID FETCH") == 2


async def test_without_binary_a_part_is_asked_for_as_it_is_encoded() -> None:
    it, session = line(b'* 1 FETCH (UID 7 BODY[2.1]<0> "JVBE")\r\n' + OK)
    assert await asked(session, binary=False) == [(0, b"JVBE", None)]
    assert it.words[-1] == b"UID FETCH 7 (UID BODY.PEEK[2.1]<4.4>)"


async def test_news_other_letters_and_other_ranges_are_not_taken() -> None:
    said = (
        b"* 1 FETCH (UID 7 FLAGS ())\r\n* 2 FETCH (UID 8 BINARY[2.1]<0> {1}\r\nx)\r\n"
        b"* 1 FETCH (UID 7 BINARY[2.1]<4> {1}\r\nx)\r\n* 1 FETCH (UID 7 BINARY[3]<0> {1}\r\nx)\r\n"
    )
    _, session = line(said + OK)
    assert await asked(session) == []


async def test_nil_is_nothing() -> None:
    _, session = line(b"* 1 FETCH (UID 7 BINARY[2.1]<0> NIL)\r\n" + OK)
    assert (await asked(session))[0] == (0, b"", None)


async def test_more_than_was_asked_for_is_not_believed() -> None:
    _, session = line(b"* 1 FETCH (UID 7 BINARY[2.1]<0> {5}\r\nxxxxx)\r\n" + OK)
    with refused(Transient, "imap.protocol"):
        await asked(session)


@pytest.mark.parametrize("code", [b"[UNKNOWN-CTE] ", b""])
async def test_a_part_a_server_cannot_decode_is_refused(code: bytes) -> None:
    _, session = line(b"%s NO " + code + b"no\r\n")
    with refused(Permanent, "imap.refused"):
        await asked(session)


async def cut_within(it: FakeLine, session: ImapSession, said: bytes) -> list[tuple[int, bytes]]:
    """What is kept of a range in which the line breaks after `said`."""
    halves: list[tuple[int, bytes]] = []
    await session.select(b"INBOX")
    it.script = {}
    asking = asyncio.create_task(
        session.part_ranges(
            *(7, "2.1", SPANS, lambda span, octets, size: None),
            binary=True,
            on_half=lambda span, octets, size: halves.append((span.offset, octets)),
        )
    )
    await asyncio.sleep(0)
    it.say(said)
    it.stream.connection_lost(ConnectionResetError())
    with pytest.raises(Transient):
        await asking
    return halves


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"* 1 FETCH (UID 7 BINARY[2.1]<0> ~{4}\r\nab", [(0, b"ab")]),
        (b"* 1 FETCH (UID 7 BINARY[2.1]<0> {4}\r\n", []),
        (b"* 1 FETCH (UID 8 BINARY[2.1]<0> {4}\r\nab", []),
        (b"* 1 FETCH (UID 7 BINARY[3]<0> {4}\r\nab", []),
        (b"* 1 FETCH (BINARY[2.1]<0> {4}\r\nab", []),
        (
            b"* 1 FETCH (UID 7 BINARY[2.1]<0> {4}\r\nabcd)\r\n"
            b"* 1 FETCH (UID 7 BINARY[2.1]<4> {4}\r\ne",
            [(4, b"e")],
        ),
        (b"* 1 FETCH (UID 7 BINARY[2.1]<0> {4}\r\nab", [(0, b"ab")]),
        (b"A9999 OK\r\n* 1 FETCH (UID 7 BINARY[2.1]<0> {4}\r\nab", []),
    ],
)
async def test_what_came_of_a_range_in_which_the_line_breaks_is_kept(
    said: bytes, kept: list[tuple[int, bytes]]
) -> None:
    it, session = line(b"")
    assert await cut_within(it, session, said) == kept
