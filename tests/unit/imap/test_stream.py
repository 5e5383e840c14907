"""The byte stream: whatever a server does, everyone who waits is told, at once or in time."""

from __future__ import annotations

import asyncio

import pytest

from store.errors import Permanent, Transient
from sync.imap.framing import Limits
from sync.imap.replies import Untagged
from tests.refusals import refused
from tests.steps import steps
from tests.unit.imap.fake_line import OK, FakeLine

MOST_STEPS_A_LINE = 400
"""Of a listing. Measured 258 on Python 3.11: some 20,000 lines a second."""
LETTER = b"* 1 FETCH (UID 1 BODY[] {10}\r\n0123456789)\r\n"


async def test_commands_are_answered_by_tag_in_any_order() -> None:
    line = FakeLine()
    one = await line.stream.exchange(b"NOOP")
    two = await line.stream.exchange(b"NOOP")
    line.say(two.tag + b" NO deux\r\n" + one.tag + b" OK un\r\n")
    assert (await line.stream.answered(one)).text == b"un"
    assert (await line.stream.answered(two)).text == b"deux"


async def test_untagged_responses_go_to_the_oldest_command_that_wants_them() -> None:
    line, taken = FakeLine(), list[tuple[str, bytes]]()

    def sink(who: str, wants: bytes) -> object:
        def take(response: Untagged) -> bool:
            if response.name == wants:
                taken.append((who, response.parts[0]))
            return response.name == wants

        return take

    for who, wants in (("a", b"STATUS"), ("b", b"FETCH"), ("c", b"FETCH")):
        await line.stream.exchange(b"NOOP", sink=sink(who, wants))  # type: ignore[arg-type]
    line.say(b"* 1 fetch x\r\n* STATUS y\r\n* 3 EXISTS\r\n")
    assert taken == [("b", b"x"), ("a", b"y")]


async def test_a_response_is_handed_over_before_the_next_one_is_there() -> None:
    line, seen = FakeLine(), list[bytes]()
    command = await line.stream.exchange(b"X", sink=lambda r: bool(seen.append(r.parts[1])) or True)
    line.say(LETTER + LETTER[:30])
    assert seen == [b"0123456789"]
    line.say(LETTER[30:])
    assert len(seen) == 2
    line.say(command.tag + b" OK\r\n")


async def test_what_follows_the_answer_is_not_part_of_it() -> None:
    line = FakeLine({b"SELECT": b"* 5 EXISTS\r\n* OK [UIDVALIDITY 1]\r\n%s OK\r\n* 6 EXISTS\r\n"})
    session = line.session()
    selected = await session.select(b"INBOX")
    assert selected.exists == session.exists == 5
    line.script = {b"NOOP": OK}
    await session._dialogue.ask(b"NOOP")
    assert session.exists == 6


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"* BYE au revoir\r\n", "imap.bye"),
        (b"ZZZ9 OK fait\r\n", "imap.protocol"),
        (b"+ parlez\r\n", "imap.protocol"),
        (b"* 1 FETCH (BODY[] {99999999999}\r\n", "imap.protocol"),
        (b"HTTP/1.1 302 Found\r\n", "imap.protocol"),
        (b"* 99999999999 EXISTS\r\n", "imap.protocol"),
        (b"\x16\x03\x01\x02\x00\x01\r\n", "imap.protocol"),
        (b"x" * 70_000, "imap.protocol"),
    ],
)
async def test_what_makes_no_sense_fails_everyone_at_once(said: bytes, code: str) -> None:
    line = FakeLine()
    waiting = [await line.stream.exchange(b"NOOP") for _ in range(3)]
    line.say(said)
    for command in waiting:
        assert command.answer.done()
        with refused(Transient, code):
            await line.stream.answered(command)
    assert line.is_closing()


async def test_an_answer_with_the_wrong_word_fails_at_once() -> None:
    line = FakeLine({b"NOOP": b"%s PEUT-ETRE\r\n"})
    with refused(Transient, "imap.protocol"):
        await line.session()._dialogue.ask(b"NOOP")


async def test_a_lost_connection_fails_everyone_at_once() -> None:
    line = FakeLine()
    waiting = [await line.stream.exchange(b"NOOP") for _ in range(3)]
    line.say(LETTER[:30])
    line.stream.connection_lost(ConnectionResetError())
    for command in waiting:
        with refused(Transient, "net.lost"):
            await line.stream.answered(command)
    with refused(Transient, "net.lost"):
        await line.stream.exchange(b"NOOP")


async def test_silence_ends_in_time_even_in_the_middle_of_a_literal() -> None:
    line = FakeLine()
    command = await line.stream.exchange(b"NOOP", bulk=True)
    line.say(LETTER[:34])
    async with asyncio.timeout(20):  # less than a literal may take, as long as it comes
        with refused(Transient, "net.timeout"):
            await line.stream.answered(command)
    assert line.is_closing()


async def test_a_server_that_drips_ends_in_time_too() -> None:
    line = FakeLine()
    command = await line.stream.exchange(b"NOOP")
    loop = asyncio.get_running_loop()
    drops = [
        loop.call_later(n / 20, line.stream.data_received, b"* OK encore\r\n") for n in range(600)
    ]
    with refused(Transient, "net.timeout"):
        await line.stream.answered(command)
    assert drops[-1].when() > loop.time(), "it would have gone on"


async def test_too_many_responses_are_not_listened_to() -> None:
    line = FakeLine(limits=Limits(untagged=10))
    command = await line.stream.exchange(b"NOOP")
    line.say(b"* 1 FETCH (FLAGS ())\r\n" * 12)
    with refused(Transient, "imap.protocol"):
        await line.stream.answered(command)


async def test_a_command_may_expect_more_of_them() -> None:
    line = FakeLine(limits=Limits(untagged=10))
    command = await line.stream.exchange(b"NOOP", most=50)
    line.say(b"* 1 FETCH (FLAGS ())\r\n" * 40 + command.tag + b" OK\r\n")
    assert (await line.stream.answered(command)).ok
    await line.stream.exchange(b"NOOP")
    line.say(b"* 1 FETCH (FLAGS ())\r\n" * 12)
    assert isinstance(line.stream.error, Transient)


async def test_a_wait_that_is_cancelled_ends_the_connection() -> None:
    line = FakeLine()
    command = await line.stream.exchange(b"NOOP")
    waiting = asyncio.create_task(line.stream.answered(command))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert line.is_closing()


async def test_an_invited_literal_waits_for_its_invitation() -> None:
    line = FakeLine({b"APPEND": b"+ parlez\r\n", b"octets": b"%s OK [APPENDUID 1 2] fait\r\n"})
    at = await line.session().append(b"Sent", b"octets", frozenset())
    assert at is not None
    assert at.uid == 2
    assert line.written == [line.written[0], b"octets", b"\r\n"]
    assert line.written[0].endswith(b'APPEND "Sent" () {6}\r\n')


@pytest.mark.parametrize(
    ("capability", "size", "at_once"),
    [
        ("LITERAL+", 60_000, True),
        ("LITERAL+", 70_000, False),
        ("LITERAL-", 4096, True),
        ("LITERAL-", 4097, False),
        ("IMAP4REV1", 1, False),
    ],
)
async def test_a_small_literal_leaves_at_once_where_it_may(
    capability: str, size: int, at_once: bool
) -> None:
    line = FakeLine({b"APPEND": OK})
    await line.session(capability).append(b"Sent", b"x" * size, frozenset())
    assert line.words[0].startswith(b'APPEND "Sent" () {%d%s}' % (size, b"+" if at_once else b""))
    assert (b"x" * size in line.words[0]) is at_once


async def test_a_literal_refused_before_it_left_never_leaves() -> None:
    line = FakeLine({b"APPEND": b"%s NO [TRYCREATE] absent\r\n", b"NOOP": OK})
    session = line.session()
    with refused(Permanent, "imap.no_mailbox"):
        await session.append(b"Sent", b"octets", frozenset())
    await session._dialogue.ask(b"NOOP")
    assert not any(b"octets" in written for written in line.written)


async def test_a_line_that_takes_nothing_ends_in_time() -> None:
    line = FakeLine({b"APPEND": b"+ parlez\r\n"})
    session = line.session()
    line.stream.pause_writing()
    with refused(Transient, "net.timeout"):
        await session.append(b"Sent", b"octets", frozenset())


async def test_a_slow_upload_is_no_silence() -> None:
    line = FakeLine({b"APPEND": b"+ parlez\r\n", b"\r\n": OK})
    loop, taken = asyncio.get_running_loop(), list[int]()
    write = line.write

    def slowly(data: object) -> None:
        write(data)
        if len(data) > 1000:  # type: ignore[arg-type]
            taken.append(1)
            line.stream.pause_writing()
            loop.call_later(0.05, line.stream.resume_writing)

    line.write = slowly  # type: ignore[method-assign]
    await line.session().append(b"Sent", b"x" * 300_000, frozenset())
    assert len(taken) == 5


async def test_what_the_line_still_takes_is_a_sign_of_life() -> None:
    line, loop = FakeLine(), asyncio.get_running_loop()
    command = await line.stream.exchange(b"NOOP", bulk=True)
    line.stream.pause_writing()
    loop.call_later(0.15, line.stream.resume_writing)
    loop.call_later(0.3, line.say, command.tag + b" OK\r\n")
    assert (await line.stream.answered(command)).ok


async def test_a_flight_is_one_packet_and_one_turn() -> None:
    line = FakeLine({b"NOOP": OK})
    session = line.session()
    await session._dialogue.ask(b"NOOP")
    await session._dialogue.ask(b"NOOP")
    commands = [await line.stream.exchange(b"NOOP") for _ in range(3)]
    assert len(line.packets) == 2
    for command in commands:
        await line.stream.answered(command)
    await session.logout()
    assert session.traffic.turns == 3
    assert len(line.packets) == 4
    assert session.traffic.octets_out == sum(map(len, line.written))


async def test_what_a_sink_raises_is_raised_where_it_is_awaited() -> None:
    line = FakeLine()

    def full(_: Untagged) -> bool:
        raise ValueError("disk")

    command = await line.stream.exchange(b"X", sink=full)
    line.say(LETTER)
    with pytest.raises(ValueError, match="disk"):
        await line.stream.answered(command)
    assert line.is_closing()


async def test_a_listing_costs_a_bounded_number_of_steps_a_line() -> None:
    line = FakeLine()
    session, many = line.session("CONDSTORE"), 5_000
    line.script = {
        b"SELECT": b"* 5000 EXISTS\r\n* OK [UIDVALIDITY 1]\r\n* OK [HIGHESTMODSEQ 9]\r\n%s OK\r\n"
    }
    await session.select(b"INBOX")
    octets = b"".join(
        b"* %d FETCH (UID %d FLAGS (\\Seen $Forwarded) RFC822.SIZE 1200 MODSEQ (7))\r\n" % (n, n)
        for n in range(1, many + 1)
    )
    taken = list[int]()

    def say_it_all() -> None:
        tag = line.commands[-1].partition(b" ")[0]
        taken.append(steps(lambda: line.say(octets + tag + b" OK\r\n")))

    line.script = {b"UID FETCH": say_it_all}
    assert len(await session.listing()) == many
    assert taken[0] < MOST_STEPS_A_LINE * many
