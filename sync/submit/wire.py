"""The connection under a submission: aiosmtplib's protocol, made deaf to nothing.

A transaction waits for several replies at once, and must know how much of a letter has arrived.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

from sync.imap.exchange import Traffic
from sync.submit.sockets import acknowledge_at_once, keep_alive, unacknowledged, until_few
from sync.submit.transaction import Flight

SLICE_OCTETS = 64 * 1024


class Unasked(aiosmtplib.SMTPServerDisconnected):
    """The server spoke when nothing was asked: no answer after that can be trusted."""


class Wire(SMTPProtocol):
    """aiosmtplib's protocol, able to await several replies, and deaf to none it did not ask for.

    Upstream drops what arrives unasked; here that ends the connection: no stray "250" may be taken
    for the answer to a final dot, nor words said in clear for words said under TLS.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        lost: Callable[[SMTPProtocol], None],
        traffic: Traffic,
    ) -> None:
        super().__init__(loop=loop, connection_lost_callback=lost)
        self.traffic = traffic
        self._heard = False
        self.unasked = False
        self.lost = asyncio.Event()
        self.lost.set()
        self._flight: Flight | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A line that is there."""
        super().connection_made(transport)
        self.lost.clear()
        keep_alive(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any longer for what will not come."""
        if self._flight is not None:
            self._flight.fail(aiosmtplib.SMTPServerDisconnected("Connection lost"))
        super().connection_lost(exc)
        self.lost.set()

    def data_received(self, data: bytes) -> None:
        """Hand what arrives to whoever asked for it."""
        self.traffic.octets_in, self._heard = self.traffic.octets_in + len(data), True
        if self.transport is not None:
            acknowledge_at_once(self.transport)
        if self._flight is not None and not self._landed():
            self._buffer.extend(data)
            self._flight.receive(self._buffer)
            self.unasked |= self._landed() and bool(self._buffer)
        elif self._awaits_one():
            super().data_received(data)
        else:
            self.unasked = True

    def write(self, data: bytes) -> None:
        """Upstream's, counted."""
        super().write(data)
        self.traffic.turns += self._heard
        self.traffic.octets_out += len(data)
        self._heard = False

    async def read_response(self, timeout: float | None = None) -> aiosmtplib.SMTPResponse:
        """One reply to one command, and nothing behind it."""
        response = await super().read_response(timeout)
        if self._buffer or self.unasked:
            raise Unasked("more than one reply to one command")
        return response

    def expect(self, count: int) -> Flight:
        """The replies to the next `count` commands."""
        if self.unasked:
            raise Unasked("words nobody asked for")
        if self.transport is None:
            raise ConnectionResetError("Connection lost")
        self._flight = Flight(count)
        return self._flight

    async def pour(self, octets: bytes, stall_seconds: float) -> None:
        """Write, waiting for the line; return when little is left that the other side has not got.

        The kernel would swallow megabytes at once: then every cut would fall after the dot, and
        the wait for an answer would begin minutes before the letter is over there.
        """
        for start in range(0, len(octets), SLICE_OCTETS):
            self.write(octets[start : start + SLICE_OCTETS])
            async with asyncio.timeout(stall_seconds):
                await self._drain_helper()
            await asyncio.sleep(0)  # else an early refusal would not be read
        await until_few(self._left_octets, self._landed, stall_seconds)

    def _landed(self) -> bool:
        return self._flight is not None and self._flight.landed.done()

    def _left_octets(self) -> int:
        if self.transport is None:
            raise ConnectionResetError("Connection lost")
        return unacknowledged(self.transport)

    def _awaits_one(self) -> bool:
        waiter = self._response_waiter
        return self._response_pending and waiter is not None and not waiter.done()
