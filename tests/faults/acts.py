"""Every way a line, a server or somebody in between goes wrong: what the proxy then does.

A function here has what came and says what becomes of it. `FAULTS` gives each its name and its
moment; which of them happens at which step is the table in tests/faults/points.py.
"""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from collections.abc import Awaitable, Callable

from tests.faults import deflated
from tests.faults.proxy import GREETS, OFFERS, EarlyFault, Fault, Link, Moment
from tests.faults.wire import Piece, Response
from tests.servers.authority import Authority

LATENCY_SECONDS = 0.05
RATE_OCTETS, RATE_SECONDS = 256, 0.01
FLOOD = 500
HUGE = 99_999_999_999
ENDLESS = b"* OK " + b"a" * 300_000
GARBAGE = b"\x00\xff\x80(((\x1b]52;\x07\r\n"
RECORD = b"\x17\x03\x03\x00\x20" + bytes(range(32))
"""A record of TLS that nobody encrypted."""

Came = Piece | Response


# Slow, and otherwise right


async def late(link: Link, came: Came) -> None:
    await asyncio.sleep(LATENCY_SECONDS)
    await link.say(came.octets)


async def slow(link: Link, came: Came) -> None:
    for at in range(0, len(came.octets), RATE_OCTETS):
        await asyncio.sleep(RATE_SECONDS)
        await link.say(came.octets[at : at + RATE_OCTETS])


async def sliced(link: Link, came: Came) -> None:
    """One octet in a TLS record of its own, and each read by itself."""
    for octet in came.octets:
        await link.say(bytes([octet]))
        await asyncio.sleep(0)


async def twice(link: Link, came: Came) -> None:
    await link.say(came.octets * 2)


# The line breaks


async def stalled(link: Link, came: Came) -> None:
    """The same as an answer that was swallowed: the server did it, and nobody hears so."""
    await link.silence()


async def closed(link: Link, came: Came) -> None:
    await link.end()


async def cut(link: Link, came: Came) -> None:
    link.truncate()


async def reset(link: Link, came: Came) -> None:
    link.reset()


async def halved(link: Link, came: Came) -> None:
    await link.say(came.octets[: len(came.octets) // 2])
    link.truncate()


async def halved_letter(link: Link, came: Came) -> None:
    assert isinstance(came, Response)
    assert came.literal is not None
    start, end = came.literal
    await link.say(came.octets[: (start + end) // 2])
    link.truncate()


async def broken_record(link: Link, came: Came) -> None:
    assert link.client is not None
    os.write(link.client.get_extra_info("socket").fileno(), RECORD)
    await link.silence()


# The server never saw it


async def dropped(link: Link, came: Came) -> None:
    """Nobody will ever answer."""


async def halved_command(link: Link, came: Came) -> None:
    await link.tell(came.octets[: len(came.octets) // 2])
    link.truncate()


async def dropped_by_reset(link: Link, came: Came) -> None:
    link.reset()


# The server says what it should not


async def goodbye(link: Link, came: Came) -> None:
    await link.say(b"* BYE [UNAVAILABLE] Maintenance.\r\n")
    await link.end()


async def wrong_tag(link: Link, came: Came) -> None:
    _, _, words = came.octets.partition(b" ")
    await link.say(b"ZZZZ9 " + words)
    await link.silence()


async def garbage(link: Link, came: Came) -> None:
    await link.say(GARBAGE + came.octets)


async def endless_line(link: Link, came: Came) -> None:
    await link.say(ENDLESS)
    await link.silence()


async def no(link: Link, came: Came) -> None:
    """It is not done, and said to be not done."""
    assert isinstance(came, Piece)
    await link.say(came.tag + b" NO Pas maintenant.\r\n")


async def busy(link: Link, came: Came) -> None:
    assert isinstance(came, Piece)
    await link.say(came.tag + b" NO [UNAVAILABLE] Plus tard.\r\n")


async def bad(link: Link, came: Came) -> None:
    assert isinstance(came, Piece)
    await link.say(came.tag + b" BAD Quoi ?\r\n")


async def no_though_done(link: Link, came: Came) -> None:
    assert isinstance(came, Response)
    await link.say(came.tag + b" NO Pas fait.\r\n")


async def nothing_said(link: Link, came: Came) -> None:
    """OK, without the code that tells where the letter went."""
    await link.say(re.sub(rb"\[(?:COPYUID|APPENDUID)[^]]*\] ?", b"", came.octets))


async def exists_flood(link: Link, came: Came) -> None:
    flood = b"".join(b"* %d EXISTS\r\n" % (1000 + n) for n in range(FLOOD))
    await link.say(flood + came.octets)


async def expunge_flood(link: Link, came: Came) -> None:
    await link.say(b"* 1 EXPUNGE\r\n" * FLOOD + came.octets)


def resized(by: Callable[[int], int]) -> Callable[[Link, Came], Awaitable[None]]:
    """The letter is announced with another size than it has."""

    async def act(link: Link, came: Came) -> None:
        assert isinstance(came, Response)
        assert came.literal is not None
        start, end = came.literal
        head = re.sub(rb"\{\d+\}\r\n\Z", b"{%d}\r\n" % by(end - start), came.octets[:start])
        await link.say(head + came.octets[start:])

    return act


async def no_watching(link: Link, came: Came) -> None:
    """No, and the line breaks once somebody waits for news."""
    assert isinstance(came, Piece)
    await link.say(came.tag + b" NO Pas de nouvelles.\r\n")
    link.proxy.arm("idle", FAULTS["reset"])


# Before TLS


async def early_close(link: Link) -> None:
    link.socket.close()


async def early_reset(link: Link) -> None:
    link.reset()


async def early_silence(link: Link) -> None:
    await link.silence()


async def hello_closed(link: Link) -> None:
    await link.hear_hello()
    link.socket.close()


async def hello_garbage(link: Link) -> None:
    await link.hear_hello()
    await link.say_clear(b"HTTP/1.1 302 Found\r\nLocation: http://portail.test/\r\n\r\n")
    await link.silence()


async def hello_halved(link: Link) -> None:
    """Half of what a server answers to a hello, certificate included."""
    heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
    talk = link.proxy.server_context().wrap_bio(heard, said, server_side=True)
    heard.write(await link.hear_hello())
    try:
        talk.do_handshake()
    except ssl.SSLWantReadError:
        answer = said.read()
    await link.say_clear(answer[: len(answer) // 2])
    link.socket.close()


def untrusted(kind: str) -> EarlyFault:
    """Somebody who is not the server; all that is told to them is told in clear."""

    async def act(link: Link) -> None:
        other = Authority(link.proxy.certificate.cert_file.parent / "other")
        reader = await link.encrypt(link.proxy.server_context(other.server(kind)))
        assert link.client is not None
        link.client.write(GREETS)
        link.proxy.clear += await reader.read(65536)

    return EarlyFault(act)


def starttls(
    greeting: bytes = GREETS, offers: bytes = OFFERS, accept: bytes = b"%s OK\r\n"
) -> EarlyFault:
    """A server that is wrong about STARTTLS, and then waits for what it will be given."""

    async def act(link: Link) -> None:
        await link.clear_talk(greeting, offers, accept)
        await link.silence()

    return EarlyFault(act)


async def starttls_closed(link: Link) -> None:
    await link.clear_talk()
    link.socket.close()


async def starttls_silent(link: Link) -> None:
    await link.say_clear(GREETS)
    await link.silence()


OFFERS_NOTHING = OFFERS.replace(b" STARTTLS", b"")
STARTTLS_FAULTS: dict[str, EarlyFault] = {
    "stripped": starttls(GREETS.replace(b" STARTTLS", b""), OFFERS_NOTHING),
    "stripped_with_login": starttls(
        b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN]\r\n", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"
    ),
    "preauth": starttls(b"* PREAUTH [CAPABILITY IMAP4rev1] Bonjour.\r\n"),
    "refused": starttls(accept=b"%s NO\r\n"),
    "misunderstood": starttls(accept=b"%s BAD\r\n"),
    "injected": starttls(accept=b"%s OK\r\n* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Injecte.\r\n"),
    "closed": EarlyFault(starttls_closed),
    "stalled": EarlyFault(starttls_silent),
    "answered_by_nothing": starttls(),
}
EARLY_FAULTS: dict[str, EarlyFault] = {
    "closed": EarlyFault(early_close),
    "reset": EarlyFault(early_reset),
    "stalled": EarlyFault(early_silence),
}
HELLO_FAULTS: dict[str, EarlyFault] = {
    "closed": EarlyFault(hello_closed),
    "reset": EarlyFault(early_reset),
    "stalled": EarlyFault(early_silence),
    "captive_portal": EarlyFault(hello_garbage),
    "halved": EarlyFault(hello_halved),
    "untrusted": untrusted("good"),
    "self_signed": untrusted("self_signed"),
}
FAULTS: dict[str, Fault] = {
    "late": Fault(Moment.ALL, late),
    "slow": Fault(Moment.ALL, slow),
    "sliced": Fault(Moment.ALL, sliced),
    "twice": Fault(Moment.WORD, twice),
    "stalled": Fault(Moment.ANSWER, stalled),
    "closed": Fault(Moment.ANSWER, closed),
    "cut": Fault(Moment.ANSWER, cut),
    "reset": Fault(Moment.ANSWER, reset),
    "halved": Fault(Moment.ANSWER, halved),
    "halved_line": Fault(Moment.WORD, halved),
    "halved_letter": Fault(Moment.LETTER, halved_letter),
    "broken_record": Fault(Moment.ANSWER, broken_record),
    "dropped": Fault(Moment.COMMAND, dropped),
    "dropped_by_reset": Fault(Moment.COMMAND, dropped_by_reset),
    "halved_command": Fault(Moment.COMMAND, halved_command),
    "goodbye": Fault(Moment.ANSWER, goodbye),
    "wrong_tag": Fault(Moment.ANSWER, wrong_tag),
    "garbage": Fault(Moment.ANSWER, garbage),
    "endless_line": Fault(Moment.ANSWER, endless_line),
    "no": Fault(Moment.COMMAND, no),
    "busy": Fault(Moment.COMMAND, busy),
    "bad": Fault(Moment.COMMAND, bad),
    "no_though_done": Fault(Moment.ANSWER, no_though_done),
    "nothing_said": Fault(Moment.ALL, nothing_said),
    "exists_flood": Fault(Moment.ANSWER, exists_flood),
    "expunge_flood": Fault(Moment.ANSWER, expunge_flood),
    "no_watching": Fault(Moment.COMMAND, no_watching),
    "garbage_after_ok": Fault(Moment.ANSWER, deflated.garbage_after_ok),
    "no_though_deflating": Fault(Moment.ANSWER, deflated.no_though_deflating),
    "halved_block": Fault(Moment.LETTER, deflated.halved_block),
    "stalled_block": Fault(Moment.LETTER, deflated.stalled_block),
    "withheld_flush": Fault(Moment.ANSWER, deflated.withheld),
    "ended_stream": Fault(Moment.ANSWER, deflated.ended),
    "no_block": Fault(Moment.LETTER, deflated.no_block),
    "bomb": Fault(Moment.LETTER, deflated.bomb),
    "one_block": Fault(Moment.ALL, deflated.one_block),
    "full_flush": Fault(Moment.ALL, deflated.full_flush),
    "sliced_block": Fault(Moment.ALL, deflated.sliced_block),
    "short_letter": Fault(Moment.LETTER, resized(lambda size: size - 7)),
    "long_letter": Fault(Moment.LETTER, resized(lambda size: size + 7)),
    "huge_letter": Fault(Moment.LETTER, resized(lambda size: HUGE)),
}


def fault(step: str, name: str) -> Fault | EarlyFault:
    """The fault of that name at that step."""
    if step == "connect":
        return EARLY_FAULTS[name]
    if step == "starttls":
        return STARTTLS_FAULTS[name]
    if step == "hello":
        return HELLO_FAULTS[name]
    return FAULTS[name]
