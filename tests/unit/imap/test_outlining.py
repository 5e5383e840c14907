"""What is asked of a server on a lean line, and what is believed of its answers."""

from __future__ import annotations

import pytest

from store.errors import Transient
from sync.imap.answers import OutlinedEmail
from sync.imap.session import ImapSession
from sync.replica.facts import Ahead
from tests.refusals import refused
from tests.unit.imap.fake_line import OK, FakeLine

OPEN = b"* 9 EXISTS\r\n* OK [UIDVALIDITY 3]\r\n* OK [UIDNEXT 99]\r\n" + OK
HEADER = b"From: labo@port.example\r\nSubject: Bilan * (1)\r\n%s\r\n"


def line(fetch: bytes, capabilities: str = "IMAP4REV1") -> tuple[FakeLine, ImapSession]:
    """A mailbox that answers so to a FETCH."""
    made = FakeLine({b"SELECT": OPEN, b"UID FETCH": fetch})
    return made, made.session(capabilities)


def outlined(uid: int, header: bytes, section: bytes = b"HEADER.FIELDS (FROM SUBJECT)") -> bytes:
    return (
        b'* 1 FETCH (UID %d FLAGS (\\Seen) INTERNALDATE " 1-Nov-2026 08:00:00 +0000"'
        b" RFC822.SIZE 4321 BODY[%s] {%d}\r\n%s)\r\n" % (uid, section, len(header), header)
    )


async def outlines(session: ImapSession, *uids: int) -> list[OutlinedEmail]:
    found: list[OutlinedEmail] = []
    await session.select(b"INBOX")
    await session.outlines(uids, found.append)
    return found


async def ranges(session: ImapSession, *uids: int, offset: int, length: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    await session.select(b"INBOX")
    await session.ranges(uids, offset, length, found.__setitem__)
    return found


async def test_an_outline_is_asked_for_without_marking_it_read() -> None:
    it, session = line(outlined(7, HEADER % b"") + OK)
    [found] = await outlines(session, 7)
    assert (found.uid, found.outline.size, found.outline.header) == (7, 4321, HEADER % b"")
    assert not found.outline.urgent
    assert b"BODY.PEEK[HEADER.FIELDS (FROM SUBJECT MESSAGE-ID" in it.words[-1]


@pytest.mark.parametrize("name", [b'"SUBJECT" "FROM"', b"from subject", b"SUBJECT FROM"])
async def test_however_a_server_names_the_fields_they_are_read(name: bytes) -> None:
    _, session = line(outlined(7, HEADER % b"", b"HEADER.FIELDS (" + name + b")") + OK)
    assert len(await outlines(session, 7)) == 1


@pytest.mark.parametrize(
    ("said", "urgent"),
    [
        (b"Importance: High\r\n", True),
        (b"X-Priority: 1 (Highest)\r\n", True),
        (b"X-Priority: 3\r\n", False),
        (b"Importance: normal\r\n", False),
        (b"X-Subject: Importance: high\r\n", False),
    ],
)
async def test_a_letter_is_urgent_when_its_sender_says_so(said: bytes, urgent: bool) -> None:
    _, session = line(outlined(7, HEADER % said) + OK)
    assert (await outlines(session, 7))[0].outline.urgent is urgent


async def test_news_and_letters_nobody_asked_for_are_no_outlines() -> None:
    news = b"* 2 FETCH (UID 7 FLAGS ())\r\n" + outlined(8, HEADER % b"")
    _, session = line(news + outlined(7, HEADER % b"") + outlined(7, b"\r\n") + OK)
    assert [(e.uid, e.outline.header) for e in await outlines(session, 7)] == [(7, HEADER % b"")]


async def test_an_outline_without_a_size_is_not_believed() -> None:
    _, session = line(outlined(7, HEADER % b"").replace(b"RFC822.SIZE 4321 ", b"") + OK)
    with refused(Transient, "imap.protocol"):
        await outlines(session, 7)


async def test_a_few_letters_bring_their_beginning_along() -> None:
    begun = HEADER % b"Importance: high\r\n" + b"Bonjour"
    answer = (
        b'* 1 FETCH (UID 7 FLAGS () INTERNALDATE " 1-Nov-2026 08:00:00 +0000"'
        b" RFC822.SIZE 4321 BODY[]<0> {%d}\r\n%s)\r\n" % (len(begun), begun)
    )
    it, session = line(answer + OK)
    found: list[OutlinedEmail] = []
    await session.select(b"INBOX")
    await session.outlines([7], found.append, begin=100)
    assert b"BODY.PEEK[]<0.100>" in it.words[-1]
    assert b"HEADER.FIELDS" not in it.words[-1]
    [one] = found
    assert (one.beginning, one.outline.urgent) == (begun, True)
    assert one.outline.header + b"Bonjour" == begun
    with refused(Transient, "imap.protocol"):
        await session.outlines([7], found.append, begin=9)


BEGUN = (
    b'* 1 FETCH (UID 7 FLAGS () INTERNALDATE " 1-Nov-2026 08:00:00 +0000"'
    b" RFC822.SIZE 4321 BODY[]<0> {%d}\r\n%s)\r\n" % (len(HEADER % b""), HEADER % b"")
)


async def test_what_comes_with_select_is_given_once_without_another_turn() -> None:
    it, session = line(BEGUN + OK)
    found: list[OutlinedEmail] = []
    await session.select(b"INBOX", ahead=Ahead(3, 7, 8, 100))
    assert len(it.packets) == 1, "both in one flight"
    await session.outlines([7], found.append, begin=100)
    assert ([each.uid for each in found], len(it.packets)) == ([7], 1)
    await session.outlines([7], found.append, begin=100)
    assert len(it.packets) == 2


@pytest.mark.parametrize(
    ("ahead", "begin"),
    [(Ahead(2, 7, 8, 100), 100), (Ahead(3, 8, 9, 100), 100), (Ahead(3, 7, 8, 100), 0)],
)
async def test_of_another_numbering_or_another_length_it_is_not_given(
    ahead: Ahead, begin: int
) -> None:
    it, session = line(BEGUN + OK)
    await session.select(b"INBOX", ahead=ahead)
    await session.outlines([7], lambda _: None, begin=begin)
    assert len(it.packets) == 2, "asked for"


async def test_ranges_are_asked_for_without_marking_anything_read() -> None:
    answer = b"* 1 FETCH (UID 7 BODY[]<100> {3}\r\nabc)\r\n" + OK
    it, session = line(answer)
    assert await ranges(session, 7, offset=100, length=50) == {7: b"abc"}
    assert it.words[-1] == b"UID FETCH 7 (UID BODY.PEEK[]<100.50>)"


@pytest.mark.parametrize("octets", [b'""', b"{0}\r\n"])
async def test_behind_the_end_of_a_letter_there_is_nothing(octets: bytes) -> None:
    _, session = line(b"* 1 FETCH (UID 7 BODY[]<100> " + octets + b")\r\n" + OK)
    assert await ranges(session, 7, offset=100, length=50) == {7: b""}


async def test_a_range_that_begins_elsewhere_is_not_taken() -> None:
    _, session = line(b"* 1 FETCH (UID 7 BODY[]<99> {3}\r\nabc)\r\n" + OK)
    assert await ranges(session, 7, offset=100, length=50) == {}


async def test_more_than_was_asked_for_is_not_believed() -> None:
    _, session = line(b"* 1 FETCH (UID 7 BODY[]<0> {3}\r\nabc)\r\n" + OK)
    with refused(Transient, "imap.protocol"):
        await ranges(session, 7, offset=0, length=2)


async def test_a_letter_removed_meanwhile_is_not_given() -> None:
    _, session = line(b"%s NO [EXPUNGEISSUED] parti\r\n")
    assert await ranges(session, 7, offset=0, length=9) == {}
    assert await outlines(session, 7) == []
