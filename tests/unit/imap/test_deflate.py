"""COMPRESS=DEFLATE: no reply ever waits in the decompressor, and no kilobyte becomes a gigabyte."""

from __future__ import annotations

import random
import zlib
from typing import Any

import pytest

from store.errors import Transient
from store.model.account import Profile
from sync.imap.deflate import FREE_OCTETS, PIECE, RAW, Deflate, Inflate
from sync.imap.framing import Limits
from sync.link.profile import LINES
from tests.refusals import refused
from tests.unit.imap.fake_line import OK, FakeLine

OPEN = b"* 2 EXISTS\r\n* OK [UIDVALIDITY 3]\r\n* OK [UIDNEXT 9]\r\n" + OK
WORDS = b"".join(b"* %d FETCH (UID %d FLAGS (\\Seen))\r\n" % (n, n) for n in range(60))


class DeflatingLine(FakeLine):
    """A server that accepts COMPRESS. With `slices`, what it says comes in packets of that size."""

    slices = 1 << 20
    level = 6

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.compressor: Any = None
        self.inflater: Any = None
        super().__init__(*arguments, **options)

    def say(self, octets: bytes) -> None:
        """Deflated, once COMPRESS was accepted; flushed after each answer."""
        wire = octets
        if self.compressor is not None:
            wire = self.compressor.compress(octets) + self.compressor.flush(zlib.Z_SYNC_FLUSH)
        self.deliver(wire)
        if octets.endswith(b" OK DEFLATE\r\n"):
            self.compressor = zlib.compressobj(self.level, zlib.DEFLATED, RAW)
            self.inflater = zlib.decompressobj(RAW)

    def deliver(self, wire: bytes) -> None:
        """As it comes from the line."""
        for at in range(0, len(wire), self.slices):
            self.stream.data_received(wire[at : at + self.slices])

    def write(self, data: Any) -> None:
        """What the client says, inflated; counted as it was on the line."""
        plain = bytes(data) if self.inflater is None else self.inflater.decompress(bytes(data))
        super().write(plain)


def inflated(wire: bytes, size: int) -> bytes:
    inflate = Inflate()
    return b"".join(
        piece for at in range(0, len(wire), size) for piece in inflate.pieces(wire[at : at + size])
    )


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 1 << 20])
@pytest.mark.parametrize("level", [0, 1, 6, 9])
def test_nothing_waits_however_it_was_flushed_and_cut(size: int, level: int) -> None:
    chance = random.Random(size)
    compressor = zlib.compressobj(level, zlib.DEFLATED, RAW)
    inflate, said, got = Inflate(), b"", b""
    for at in range(len(WORDS)):
        said += WORDS[at : at + 1]
        wire = compressor.compress(WORDS[at : at + 1])
        if chance.random() < 0.5:
            continue
        wire += compressor.flush(zlib.Z_SYNC_FLUSH)
        for cut in range(0, len(wire), size):
            got += b"".join(inflate.pieces(wire[cut : cut + size]))
        assert got == said  # all that was flushed is there now


@pytest.mark.parametrize("octets", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 17])
def test_what_fills_a_piece_exactly_leaves_nothing_behind(octets: int) -> None:
    words = b"x" * octets
    wire = Deflate()(words)
    inflate = Inflate()
    pieces = list(inflate.pieces(wire))
    assert b"".join(pieces) == words
    assert all(0 < len(piece) <= PIECE for piece in pieces)
    assert inflated(wire, 1) == words


@pytest.mark.parametrize(
    "wire", [b"\xff\xff\xff", zlib.compress(b"x"), Deflate()(b"x") + b"\x01\x00\x00\xff\xff" + b"x"]
)
def test_what_is_no_deflate_or_ends_it_is_refused(wire: bytes) -> None:
    with refused(Transient, "imap.protocol"):
        list(Inflate().pieces(wire))


@pytest.mark.parametrize("slices", [1, 2, 5, 1 << 20])
async def test_a_session_goes_on_deflated_both_ways(slices: int) -> None:
    letter = b"Subject: a\r\n\r\n" + b"dosage 5 * 3 mg :( " * 50
    fetched = b'* 1 FETCH (UID 1 INTERNALDATE "" FLAGS () BODY[] {%d}\r\n' % len(letter)
    line = DeflatingLine(
        {
            b"COMPRESS": b"%s OK DEFLATE\r\n",
            b"SELECT": OPEN,
            b"UID FETCH": fetched + letter + b")\r\n" + OK,
            b"NOOP": b"* 3 EXISTS\r\n" + OK,
        }
    )
    line.slices = slices
    session, given = line.session("COMPRESS=DEFLATE"), list[bytes]()
    session._dialogue.may_compress = True
    await session.select(b"INBOX")
    for _ in range(3):
        await session.fetch([1], lambda email: given.append(email.octets))
    await session._dialogue.ask(b"NOOP")
    assert (given, session.exists) == ([letter] * 3, 3)
    assert line.words.count(b"COMPRESS DEFLATE") == 1
    assert session.traffic.octets_in < 2 * len(letter)


async def test_what_follows_the_answer_in_its_packet_is_inflated() -> None:
    line = FakeLine()
    wire = Deflate()(b"* 4 EXISTS\r\n")
    line.script = {
        b"SELECT": OPEN,
        b"COMPRESS": lambda: line.say(line.commands[-1].split()[0] + b" OK\r\n" + wire),
    }
    session = line.session("COMPRESS=DEFLATE")
    await session.select(b"INBOX")
    await line.stream.compress()
    await line.stream.turned()
    place = session._dialogue.place
    assert place is not None
    place.answered()
    assert session.exists == 4


@pytest.mark.parametrize("answer", [b"%s NO [COMPRESSIONACTIVE] non\r\n", b"%s BAD quoi\r\n"])
async def test_a_server_that_will_not_is_asked_once(answer: bytes) -> None:
    line = FakeLine({b"COMPRESS": answer, b"SELECT": OPEN, b"UID FETCH": OK})
    session = line.session("COMPRESS=DEFLATE")
    session._dialogue.may_compress = True
    await session.select(b"INBOX")
    for _ in range(2):
        await session.fetch([1], lambda _: None)
    assert [words.split()[0] for words in line.words] == [
        *(b"SELECT", b"COMPRESS", b"UID", b"UID"),
    ]


async def test_small_things_are_not_worth_a_turn() -> None:
    line = DeflatingLine(
        {
            b"COMPRESS": b"%s OK DEFLATE\r\n",
            b"SELECT": OPEN,
            b"UID FETCH": b"* 1 FETCH (UID 1 FLAGS ())\r\n" + OK,
            b"APPEND": OK,
        }
    )
    session = line.session("COMPRESS=DEFLATE LITERAL+")
    session._dialogue.may_compress = True
    await session.select(b"INBOX")
    await session.listing()
    await session.listing(changed_since=1)
    await session.append(b"Sent", b"x", frozenset())
    assert b"COMPRESS DEFLATE" not in line.words
    await session.append(b"Sent", b"x" * 16_384, frozenset())
    assert line.words.count(b"COMPRESS DEFLATE") == 1


def test_a_fast_line_is_left_alone() -> None:
    assert [name for name, line in LINES.items() if not line.compress] == [Profile.FIBRE]


@pytest.mark.parametrize(
    "bomb",
    [b"\r\n", b"* OK\r\n", b"x", b"* 1 FETCH (BODY[] {999999999}\r\n", b"* 1 FETCH (A {0}\r\n"],
)
async def test_a_bomb_goes_off_in_nobodys_hands(bomb: bytes) -> None:
    line = DeflatingLine({b"COMPRESS": b"%s OK DEFLATE\r\n"}, Limits(response_octets=1_000_000))
    await line.session()._dialogue.stream.compress()
    await line.stream.turned()
    command = await line.stream.exchange(b"NOOP")
    made = 40 * FREE_OCTETS
    line.compressor = zlib.compressobj(9, zlib.DEFLATED, RAW)
    line.say(bomb * (made // len(bomb)))
    with refused(Transient, "imap.protocol"):
        await line.stream.answered(command)
    assert line.stream._framer.buffered <= 2 * PIECE


async def test_a_letter_of_nothing_but_blanks_is_no_bomb() -> None:
    letter = b" " * 20_000_000
    said = b'* 1 FETCH (UID 1 INTERNALDATE "" FLAGS () BODY[] {%d}\r\n' % len(letter)
    line = DeflatingLine(
        {
            b"COMPRESS": b"%s OK DEFLATE\r\n",
            b"SELECT": OPEN,
            b"UID FETCH": said + letter + b")\r\n" + OK,
        }
    )
    session, given = line.session("COMPRESS=DEFLATE"), list[int]()
    session._dialogue.may_compress = True
    await session.select(b"INBOX")
    await session.fetch([1], lambda email: given.append(len(email.octets)))
    assert given == [len(letter)]
