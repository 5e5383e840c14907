"""The line itself: octets out at the pace it takes them, waits that always end, one way to fail."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Collection
from typing import Any

from store.errors import MailError, Transient
from store.model.account import Endpoint
from sync.imap.deflate import Deflate
from sync.imap.exchange import Exchange, Patience, Traffic, promise
from sync.imap.framing import Framer, Limits
from sync.imap.replies import untagged

SLICE = 64 * 1024
"""Octets written at once: on a slow line, each slice that leaves is a sign of life."""
DEAD_PEER_MS = 120_000
GOODBYE_SECONDS = 2.0
NONSENSE = "imap.protocol"
"""Of a server that talks it, nothing is believed. What came before any other error is right."""


def _nothing() -> None:
    """Nobody wants it."""


class Line:
    """Half of a stream (sync/imap/stream.py): what it does besides understanding."""

    transport: Any
    loop: asyncio.AbstractEventLoop

    def __init__(self, endpoint: Endpoint, patience: Patience, limits: Limits) -> None:
        self.endpoint, self.patience = endpoint, patience
        self._limits, self._framer = limits, Framer(limits)
        self.traffic = Traffic()
        self.error: Exception | None = None
        """What ended the connection."""
        self.leaving = False
        """We said goodbye: BYE is no news."""
        self._pending: dict[bytes, Exchange] = {}
        self._greeting: asyncio.Future[Any] = promise()
        self.gone: asyncio.Future[Any] = promise()
        self._outgoing = bytearray()
        """Written, and kept until somebody waits: a flight is one packet and one TLS record."""
        self._room: asyncio.Future[Any] | None = None
        """Pending while the line takes no more octets."""
        self._alive_at = 0.0
        self.deflate: Deflate | None = None
        """Makes small what leaves, since COMPRESS was accepted."""
        self.turning: Exchange | None = None
        """COMPRESS, for as long as nobody has waited for its answer."""
        self._wrote = False
        """Octets have left since we last waited."""

    def fail(self, error: Exception) -> None:
        """End the connection now, and tell everyone who waits for it."""
        if self.error is not None:
            return
        self.error = error
        take_half = self._half_for(error)
        waiting = [self._greeting]
        for command in self._pending.values():
            waiting += [command.answer, command.invitation]
        self._pending.clear()
        self._outgoing.clear()
        for future in waiting:
            if not future.done():
                future.set_exception(error)
        self.resume_writing()
        if self.transport is not None:
            self.transport.abort()
        take_half()

    def _half_for(self, error: Exception) -> Callable[[], None]:
        """Give what came of a literal to whom it was for, unless the server talked nonsense.

        The line broke, and no octet before that is in doubt.
        """
        parts = self._framer.half()
        half = next((each.half for each in self._pending.values() if each.half), None)

        def take() -> None:
            if half is not None and parts is not None:
                with contextlib.suppress(MailError):
                    half(untagged(parts))

        believed = isinstance(error, Transient) and error.code != NONSENSE
        return take if believed else _nothing

    @property
    def greeted(self) -> bool:
        """Whether the server has said that it is there for us."""
        return self._greeting.done() and self._greeting.exception() is None

    async def close(self) -> None:
        """End the connection, whatever is under way."""
        self.leaving = True
        self.fail(self.lost())
        if self.transport is not None:
            await asyncio.wait([self.gone], timeout=GOODBYE_SECONDS)

    def lost(self) -> Transient:
        """The error of a line that broke."""
        return Transient("net.lost", host=self.endpoint.host)

    def pause_writing(self) -> None:
        """asyncio: the line takes no more octets for now."""
        self._room = promise()

    def resume_writing(self) -> None:
        """asyncio: the line has taken some."""
        room, self._room = self._room, None
        if room is not None and not room.done():
            self._alive_at = self.loop.time()
            room.set_result(None)

    async def write(self, octets: bytes) -> None:
        """Octets that leave when somebody waits for an answer, or when they are many.

        Raises:
            MailError: the connection has ended.
        """
        self.check_alive()
        self._outgoing += octets
        if len(self._outgoing) >= SLICE:
            await self.flush()

    async def flush(self) -> None:
        """Give what was written to the line, as fast as it takes it.

        Raises:
            MailError: the connection has ended.
        """
        try:
            await self._flush()
        except BaseException as error:
            self._given_up(error)
            raise

    async def settled(self, longest_seconds: float, *futures: asyncio.Future[Any]) -> None:
        """Wait until one of them is done; the end of the connection makes them all fail.

        Whoever stops waiting earlier, late or cancelled, ends the connection: half a command may
        be on the line, and what the server says next would answer nobody.
        """
        try:
            await self._flush()
            if self._wrote and not any(future.done() for future in futures):
                self.traffic.turns += 1
                self._wrote = False
            await self._until(longest_seconds, futures)
        except BaseException as error:
            self._given_up(error)
            raise

    async def turned(self) -> None:
        """Nothing is said between COMPRESS and its answer: how to say it, is told by that."""
        command, self.turning = self.turning, None
        if command is not None:
            await self.settled(command.longest_seconds, command.answer)

    def check_alive(self) -> None:
        """Raises what ended the connection."""
        if self.error is not None:
            raise self.error

    def _given_up(self, error: BaseException) -> None:
        self.fail(error if isinstance(error, Transient) else self.lost())

    async def _flush(self) -> None:
        while self._outgoing:
            if self._room is not None:
                await self._until(self.patience.bulk_seconds, [self._room])
            self.check_alive()
            piece = bytes(self._outgoing[:SLICE])
            del self._outgoing[:SLICE]
            self.traffic.octets_said += len(piece)
            if self.deflate is not None:
                piece = self.deflate(piece)
            self._wrote = True
            self.traffic.octets_out += len(piece)
            self.transport.write(piece)

    async def _until(
        self, longest_seconds: float, futures: Collection[asyncio.Future[Any]]
    ) -> None:
        now = self.loop.time
        started = self._alive_at = now()
        while not any(future.done() for future in futures):
            self.check_alive()
            silent_until = self._alive_at + self.patience.silence_seconds
            left = min(silent_until, started + longest_seconds) - now()
            if left <= 0:
                raise Transient("net.timeout", host=self.endpoint.host)
            await asyncio.wait(futures, timeout=left, return_when=asyncio.FIRST_COMPLETED)


def notice_a_dead_peer(line: socket.socket) -> None:
    """Have the kernel find out that nobody is there, and keep little waiting to leave.

    Without the last option it would swallow a whole letter, and nobody could tell a slow line
    from a dead one. Each is left alone where the system does not know it.
    """
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    wanted = {
        "TCP_KEEPIDLE": 60,
        "TCP_KEEPINTVL": 20,
        "TCP_KEEPCNT": 3,
        "TCP_USER_TIMEOUT": DEAD_PEER_MS,
        "TCP_NOTSENT_LOWAT": 2 * SLICE,
    }
    for name, value in wanted.items():
        if (option := getattr(socket, name, None)) is not None:
            line.setsockopt(socket.IPPROTO_TCP, option, value)
