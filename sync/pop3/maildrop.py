"""A logged-in POP3 connection: what is there, a header, a letter, and what may leave the server.

Nothing is removed before QUIT is answered (RFC 1939 section 6): until then, and when the line is
cut, every letter is where it was.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from store.errors import NeedsUser, Transient
from store.model.link import Step
from sync.imap.exchange import Traffic
from sync.link.recorder import Recorder, recorded
from sync.pop3.plan import MOST_LETTER, Offered
from sync.pop3.stream import Pop3Stream

UIDL = re.compile(rb"(\d{1,9}) ([\x21-\x7e]{1,70})")
SIZE = re.compile(rb"(\d{1,9}) (\d{1,12})(?: .*)?")
MOST_LETTERS = 200_000
MOST_LISTING = 16 * 1024 * 1024
MOST_HEADER = 1024 * 1024
SLACK = 64 * 1024
FLIGHT = 50
"""Commands written together where the server takes that (PIPELINING, RFC 2449)."""
T = TypeVar("T")


async def capabilities(stream: Pop3Stream) -> dict[bytes, bytes]:
    """CAPA: name in upper case -> its arguments. Empty where the server knows no CAPA."""
    await stream.say(b"CAPA")
    stream.expect_lines()
    if not (await stream.line()).startswith(b"+OK"):
        stream.expect_no_lines()
        return {}
    lines = (await stream.lines(MOST_HEADER)).split(b"\r\n")
    return {name.upper(): words for name, _, words in (each.partition(b" ") for each in lines)}


def most_octets(letter: Offered) -> int:
    """More than that is not what was announced: servers are known to be a little wrong."""
    return min(MOST_LETTER, letter.size * 2 if letter.size else MOST_LETTER) + SLACK


class Maildrop:
    """As of the login: what comes later is shown to the next one."""

    def __init__(self, stream: Pop3Stream, offered: dict[bytes, bytes], recorder: Recorder) -> None:
        self._stream, self._offered, self.recorder = stream, offered, recorder

    @property
    def traffic(self) -> Traffic:
        """What it has cost."""
        return self._stream.traffic

    @property
    def lists_headers(self) -> bool:
        """Whether a letter's header can be had without the letter."""
        return b"TOP" in self._offered

    @recorded(Step.LIST)
    async def listing(self) -> list[Offered]:
        """Every letter, oldest first as the server numbers them.

        Raises:
            NeedsUser: `pop3.no_uidl`, it cannot name its letters: nothing could be told apart.
            Transient: `pop3.protocol`, two letters have one name or one number.
        """
        uidls = await self._table(b"UIDL", UIDL)
        if uidls is None:
            raise NeedsUser("pop3.no_uidl", host=self._stream.endpoint.host)
        sizes = {number: int(size) for number, size in await self._table(b"LIST", SIZE) or ()}
        numbers, names = {n for n, _ in uidls}, {uidl for _, uidl in uidls}
        if not len(uidls) == len(numbers) == len(names) <= MOST_LETTERS or 0 in numbers:
            raise Transient("pop3.protocol")
        return [
            Offered(number=number, uidl=uidl, size=sizes.get(number, 0)) for number, uidl in uidls
        ]

    @recorded(Step.LOOK)
    async def headers(self, letters: Sequence[Offered]) -> list[bytes | None]:
        """The header of each (TOP n 0), None where the server has it no more."""
        commands = [b"TOP %d 0" % each.number for each in letters]
        return await self._each(commands, MOST_HEADER)

    @recorded(Step.FETCH)
    async def bring(
        self, letters: Sequence[Offered], on_letter: Callable[[Offered, bytes], None]
    ) -> None:
        """All of each (RETR), handed over the moment it is whole; not those that are gone.

        Raises:
            Transient: the line; what was handed over was whole.
        """
        for flight in self._flights(letters):
            await self._stream.say(*(b"RETR %d" % each.number for each in flight))
            for each in flight:
                octets = await self._answer(most_octets(each))
                if octets is not None:
                    on_letter(each, octets)

    @recorded(Step.PUSH)
    async def delete(self, letters: Sequence[Offered]) -> None:
        """Mark for removal: the server removes them once `quit` is answered."""
        for flight in self._flights(letters):
            await self._stream.say(*(b"DELE %d" % each.number for each in flight))
            for _ in flight:
                await self._stream.line()  # one that is gone already is as good

    @recorded(Step.LOGOUT)
    async def quit(self) -> None:
        """Leave; what was marked is removed. A server that is gone changes nothing here."""
        with contextlib.suppress(Transient):
            await self._stream.say(b"QUIT")
            await self._stream.line()
        self.leave()

    def leave(self) -> None:
        """Hang up: nothing is removed."""
        self._stream.fail(Transient("net.lost", host=self._stream.endpoint.host))

    async def _table(
        self, command: bytes, row: re.Pattern[bytes]
    ) -> list[tuple[int, bytes]] | None:
        (text,) = await self._each([command], MOST_LISTING)
        if text is None:
            return None
        rows = [row.fullmatch(line) for line in text.split(b"\r\n") if line]
        if None in rows:
            raise Transient("pop3.protocol")
        return [(int(each[1]), each[2]) for each in rows if each is not None]

    async def _each(self, commands: Sequence[bytes], most: int) -> list[bytes | None]:
        """The answers, of several lines each; in flights where the server takes them."""
        answers: list[bytes | None] = []
        for flight in self._flights(commands):
            await self._stream.say(*flight)
            for _ in flight:
                answers.append(await self._answer(most))
        return answers

    def _flights(self, things: Sequence[T]) -> Iterator[Sequence[T]]:
        at_once = FLIGHT if b"PIPELINING" in self._offered else 1
        for start in range(0, len(things), at_once):
            yield things[start : start + at_once]

    async def _answer(self, most: int) -> bytes | None:
        self._stream.expect_lines()
        first = await self._stream.line()
        if first.startswith(b"+OK"):
            return await self._stream.lines(most)
        self._stream.expect_no_lines()
        if not first.startswith(b"-ERR"):
            raise Transient("pop3.protocol")
        return None
