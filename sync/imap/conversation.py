"""Talking to a server: one command or several under way, waiting for news, leaving."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from store.errors import MailError, NeedsUser, Permanent, Transient
from sync.imap import uidset
from sync.imap.readings import CODE
from sync.imap.stream import Pieces, Sink, Stream, Traffic

SECONDS = 120.0
"""For an answer to end; a fetch may take longer as long as octets keep coming."""
POLL_SECONDS = 60.0
LEAVE_SECONDS = 5.0
PASSING = {b"UNAVAILABLE", b"INUSE", b"LIMIT", b"SERVERBUG", b"CONTACTADMIN"}
"""RFC 5530: the server says that it may work later."""


class Conversation:
    """Commands and answers on one stream, and the news that comes between them."""

    def __init__(
        self, stream: Stream, capabilities: frozenset[str], enabled: frozenset[str]
    ) -> None:
        self._stream, self.capabilities, self.enabled = stream, capabilities, enabled
        self.exists = 0
        self._news = asyncio.Event()
        stream.on_stray = self._stray

    @property
    def traffic(self) -> Traffic:
        """Octets and turns so far."""
        return self._stream.traffic

    def has(self, capability: str) -> bool:
        """True when the server offers it."""
        return capability in self.capabilities

    async def _do(
        self, *chunks: bytes, sink: Sink | None = None, seconds: float = SECONDS
    ) -> bytes:
        """Send one command and wait; the text after OK."""
        try:
            async with asyncio.timeout(seconds):
                rest = await self._stream.submit(chunks, sink or self._stray)
        except TimeoutError as error:
            raise self._late() from error
        return understood(rest)

    def _late(self) -> Transient:
        """End a connection that does not answer: what it says later would answer nothing."""
        late = Transient("net.timeout_answer")
        self._stream.fail(late)
        return late

    def _stray(self, pieces: Pieces) -> None:
        """Untagged news of the selected mailbox (RFC 3501 §7.3, RFC 7162 §3.2.10)."""
        words = pieces[0].split(b" ", 3)
        self._news.set()
        if len(words) >= 3 and words[1].isdigit():
            if words[2].upper() == b"EXISTS":
                self.exists = int(words[1])
            elif words[2].upper() == b"EXPUNGE":
                self.exists = max(0, self.exists - 1)
        elif len(words) >= 3 and words[1].upper() == b"VANISHED" and words[2] != b"(EARLIER)":
            gone = sum(high - low + 1 for low, high in uidset.parse(words[2]).ranges)
            self.exists = max(0, self.exists - gone)

    async def _all(self, asked: Sequence[asyncio.Future[bytes]], *, tolerate: bool = False) -> None:
        """Wait for several commands; the first refusal is raised unless tolerated."""
        try:
            async with asyncio.timeout(SECONDS):
                for rest in await asyncio.gather(*asked):
                    with contextlib.suppress(*([Permanent] if tolerate else [])):
                        understood(rest)
        except TimeoutError as error:
            raise self._late() from error

    async def _all_slowly(self, asked: Sequence[asyncio.Future[bytes]]) -> None:
        """Wait for fetches: as long as octets keep coming, they may take their time."""
        waiting = asyncio.gather(*asked)
        before = -1
        while not waiting.done():
            if self.traffic.octets_in == before:
                self._late()
                break
            before = self.traffic.octets_in
            await asyncio.wait([waiting], timeout=SECONDS)
        for rest in await waiting:
            understood(rest)

    async def idle(self, seconds: float, *, until: asyncio.Event | None = None) -> bool:
        """Wait for news, at most `seconds`, or until told. True when the server said something.

        Without IDLE this asks by NOOP each minute.
        """
        if not self.has("IDLE"):
            return await self._poll(seconds, until)
        self._news.clear()
        ended = self._stream.submit([b"IDLE\r\n"], self._stray)
        try:
            await self._first_of(ended, seconds, until)
        finally:
            if not ended.done():
                self._stream.write(b"DONE\r\n")
        try:
            async with asyncio.timeout(SECONDS):
                understood(await ended)
        except TimeoutError as error:
            raise self._late() from error
        return self._news.is_set()

    async def _first_of(
        self, ended: asyncio.Future[bytes], seconds: float, until: asyncio.Event | None
    ) -> None:
        events = [self._news] + ([until] if until is not None else [])
        waiting = [asyncio.create_task(event.wait()) for event in events]
        first: list[asyncio.Future[Any]] = [ended, *waiting]
        try:
            await asyncio.wait(first, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    async def _poll(self, seconds: float, until: asyncio.Event | None) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while (left := deadline - loop.time()) > 0 and not (until and until.is_set()):
            self._news.clear()
            await self._do(b"NOOP\r\n")
            if self._news.is_set():
                return True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, POLL_SECONDS)):
                    await (until or asyncio.Event()).wait()
        return False

    async def noop(self) -> None:
        """Hear what the server has to say."""
        await self._do(b"NOOP\r\n")

    async def logout(self) -> None:
        """Leave; never fails, the work is done."""
        with contextlib.suppress(MailError, TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._stream.submit([b"LOGOUT\r\n"], leaving=True)
        self._stream.fail(Transient("net.lost"))


def understood(rest: bytes) -> bytes:
    """The text of a tagged OK.

    Raises:
        Transient: BAD, or a NO that says it may pass.  NeedsUser: `imap.over_quota`.
        Permanent: `imap.refused`, `imap.no_mailbox`: a clear no.
    """
    verdict, _, text = rest.partition(b" ")
    if verdict.upper() == b"OK":
        return text
    found = CODE.match(text)
    code = found[1].upper() if found else b""
    if verdict.upper() != b"NO" or code in PASSING:
        raise Transient("imap.not_now" if code in PASSING else "imap.protocol")
    if code == b"OVERQUOTA":
        raise NeedsUser("imap.over_quota")
    if code in (b"TRYCREATE", b"NONEXISTENT"):
        raise Permanent("imap.no_mailbox")
    raise Permanent("imap.refused")
