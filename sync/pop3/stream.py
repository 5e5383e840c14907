"""Octets of a POP3 connection (RFC 1939): one line, or lines up to a lone dot; nothing unasked.

The standard library's poplib blocks, believes any line end and reads its buffer across STLS. Here
whatever follows the answer to STLS in clear ends the connection (CVE-2011-0411), what nobody asked
for does too, and every wait and every size is bounded.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import cast

from store.errors import MailError, NeedsUser, Transient
from store.model.account import Endpoint
from sync import tls
from sync.imap.exchange import Traffic
from sync.submit.sockets import keep_alive

LONGEST_LINE = 8 * 1024
"""RFC 1939 says 512 octets with the CRLF; challenges of RFC 5034 may be longer."""
DOT, EMPTY = b"\r\n.\r\n", b".\r\n"


class Pop3Stream(asyncio.Protocol):
    """One connection, used by one task."""

    def __init__(self, endpoint: Endpoint, silence_seconds: float) -> None:
        self.endpoint, self._silence_seconds = endpoint, silence_seconds
        self.traffic = Traffic()
        self._buffer = bytearray()
        self._searched = 0
        self._error: MailError | None = None
        self._transport: asyncio.Transport | None = None
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._awaited = 1
        """Answers that are still to come; the greeting is one."""
        self._sealing = False
        """STLS was said: what follows its answer in clear is somebody else's."""

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line is there."""
        self._transport = cast(asyncio.Transport, transport)
        keep_alive(transport)

    def data_received(self, data: bytes) -> None:
        """Octets came."""
        self.traffic.octets_in += len(data)
        if self._error is not None:
            return
        self._buffer += data
        if not self._awaited:
            self.fail(Transient("pop3.protocol"))
        elif self._sealing and b"\n" in self._buffer:
            assert self._transport is not None
            self._transport.pause_reading()
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is gone."""
        self.fail(tls.explain(exc or EOFError(), self.endpoint))

    def pause_writing(self) -> None:
        """The line takes no more for now."""
        self._room.clear()

    def resume_writing(self) -> None:
        """It does again."""
        self._room.set()

    # What a maildrop does

    @property
    def secure(self) -> ssl.SSLObject | None:
        """TLS, once there is any."""
        return None if self._transport is None else self._transport.get_extra_info("ssl_object")

    async def say(self, *lines: bytes) -> None:
        """Write commands, in one packet; each is answered by `line` or `lines`."""
        self._check()
        if any(b"\r" in line or b"\n" in line for line in lines):
            raise MailError("bug.unexpected", kind="line end in a command")
        octets = b"".join(line + b"\r\n" for line in lines)
        self.traffic.octets_out += len(octets)
        self.traffic.turns += 1
        self._awaited += len(lines)
        assert self._transport is not None
        self._transport.write(octets)
        await self._while_alive(self._room)

    async def line(self) -> bytes:
        """The next line, without its end; the last of its answer."""
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > LONGEST_LINE:
                self.fail(Transient("pop3.protocol"))
            await self._more()
        if end > LONGEST_LINE:
            self.fail(Transient("pop3.protocol"))
            self._check()
        return self._taken(end, end + 2)

    async def lines(self, most_octets: int) -> bytes:
        """What stands before the lone dot, dots unstuffed; each line keeps its end."""
        while (end := self._end_of_lines()) < 0:
            self._searched = len(self._buffer)
            if self._searched > most_octets:
                self.fail(Transient("pop3.too_much"))
            await self._more()
        if not end:
            return self._taken(0, len(EMPTY))
        octets = self._taken(end + 2, end + len(DOT))
        stuffed = octets[1:] if octets.startswith(b".") else octets
        return stuffed.replace(b"\r\n.", b"\r\n")

    def _end_of_lines(self) -> int:
        """Where the last line ends; 0 when there is none, -1 while it has not come."""
        if self._buffer.startswith(EMPTY):
            return 0
        return self._buffer.find(DOT, max(0, self._searched - len(DOT)))

    def expect_lines(self) -> None:
        """The next answer is a line, and goes on after it."""
        self._awaited += 1

    def expect_no_lines(self) -> None:
        """It does not after all."""
        self._awaited -= 1
        self._check_nothing_follows()

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Nothing but TLS from now on. Call when STLS was accepted.

        Raises:
            NeedsUser: `tls.injected`.
        """
        self._sealing = False
        if self._buffer:
            raise NeedsUser("tls.injected", host=self.endpoint.host)
        self._check()
        assert self._transport is not None
        self._transport = await asyncio.get_running_loop().start_tls(
            self._transport, self, context, server_hostname=self.endpoint.host
        )

    async def say_stls(self) -> bytes:
        """STLS, and its answer; what came behind it is still in the buffer."""
        self._sealing = True
        await self.say(b"STLS")
        answer = await self.line()
        self._sealing = answer.startswith(b"+OK")
        return answer

    def fail(self, error: MailError) -> None:
        """End the connection now; who waits is told, and whoever comes later too."""
        if self._error is None:
            self._error = error
        if self._transport is not None:
            self._transport.abort()
        self._news.set()
        self._room.set()

    def _taken(self, length: int, until: int) -> bytes:
        octets = bytes(self._buffer[:length])
        del self._buffer[:until]
        self._searched = 0
        self._awaited -= 1
        self._check_nothing_follows()
        return octets

    def _check_nothing_follows(self) -> None:
        if self._buffer and not self._awaited and not self._sealing:
            self.fail(Transient("pop3.protocol"))
            self._check()

    async def _more(self) -> None:
        self._check()
        self._news.clear()
        await self._while_alive(self._news)
        self._check()

    async def _while_alive(self, event: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._silence_seconds):
                await event.wait()
        except TimeoutError as error:
            self.fail(Transient("net.timeout", host=self.endpoint.host))
            raise Transient("net.timeout", host=self.endpoint.host) from error

    def _check(self) -> None:
        if self._error is not None:
            raise self._error
