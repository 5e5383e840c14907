"""Our byte stream under aioimaplib's protocol class: the only module that knows the library.

The library's own reader is not used: it takes "* " out of subjects, counts parentheses inside
strings, recurses once per line, cannot pipeline, and leaves a command waiting for a server that
has gone (aioimaplib 2.0.3, 2026-11, tests/unit/imap/test_stream.py). Its class, tags and states
are what we keep.

Commands are answered by tag, so many may be under way. An untagged response goes to the oldest
command that wants it, else to the watcher, the moment it is whole. Whatever goes wrong, on the
line or in what is done with a response, ends the connection and fails everyone who waits for it,
at once: nothing can be believed after an octet that is in doubt.
"""

from __future__ import annotations

import asyncio
import ssl

from aioimaplib.aioimaplib import AUTH, LOGOUT, NONAUTH, IMAP4ClientProtocol

from store.errors import NeedsUser, Transient
from store.model.account import Endpoint
from sync import tls
from sync.imap.deflate import Deflate, Inflate
from sync.imap.exchange import Exchange, Patience, Sink, Watcher, promise
from sync.imap.framing import Limits
from sync.imap.line import Line, notice_a_dead_peer
from sync.imap.quoting import Literal, Piece
from sync.imap.replies import (
    Status,
    Untagged,
    capability_names,
    goodbye,
    read_status,
    untagged,
)

STATUSES = {b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"}
ABOUT_MAILBOXES = {b"STATUS", b"LIST"}


class ImapStream(Line, IMAP4ClientProtocol):  # type: ignore[misc]
    """One connection, used by one task at a time."""

    def __init__(self, endpoint: Endpoint, patience: Patience, limits: Limits) -> None:
        IMAP4ClientProtocol.__init__(self, asyncio.get_running_loop())
        Line.__init__(self, endpoint, patience, limits)
        self.capabilities = self.offered_first = frozenset[str]()
        """What is offered now, and what the greeting offered."""
        self.watcher: Watcher | None = None
        self.elsewhere = asyncio.Event()
        """A mailbox was spoken of that nobody had asked about (NOTIFY)."""
        self.notified = True
        """Until the server says that it will not go on with that."""
        self._inflate: Inflate | None = None
        self._turning = False
        """COMPRESS was accepted just now: what follows is deflated, in this very packet."""
        self._invited: Exchange | None = None
        """The command that the next '+' is for."""
        self._allowance = limits.untagged
        self._sealed = False
        """STARTTLS was accepted: not one more octet may come in clear."""

    # What a session does

    async def greeting(self) -> Status:
        """OK or PREAUTH: the server's first words."""
        await self.settled(self.patience.command_seconds, self._greeting)
        status: Status = self._greeting.result()
        return status

    async def exchange(
        self,
        *pieces: Piece,
        sink: Sink | None = None,
        most: int = 0,
        bulk: bool = False,
        half: Sink | None = None,
    ) -> Exchange:
        """Write one command; its answer is awaited by `answered`, so that many can be under way.

        most: untagged responses expected at most, when more than usual.
        bulk: it carries letters or a whole listing.
        half: takes what came of a literal when the line breaks.
        """
        await self.turned()
        command = self._begin(sink, most, bulk)
        command.half = half
        text = bytearray(command.tag + b" ")
        for piece in pieces:
            if isinstance(piece, bytes):
                text += piece
            elif not await self._announce(command, text, piece):
                return command
        await self.write(bytes(text + b"\r\n"))
        return command

    async def invited_exchange(self, text: bytes) -> Exchange:
        """Write a command that is to be continued: `invitation`, then `say`."""
        await self.turned()
        self._invited = command = self._begin(None, 0, bulk=False)
        await self.write(command.tag + b" " + text + b"\r\n")
        return command

    async def invitation(self, command: Exchange) -> bytes | None:
        """What the server says after '+'; None when it answered the command instead."""
        await self.settled(command.longest_seconds, command.invitation, command.answer)
        return command.invitation.result() if command.invitation.done() else None

    async def say(self, line: bytes, *, again: Exchange | None = None) -> None:
        """One more line of an invited command; `again` when that may be invited to go on."""
        if again is not None:
            self._invited, again.invitation = again, promise()
        await self.write(line + b"\r\n")

    async def answered(self, command: Exchange) -> Status:
        """The answer to a command.

        Raises:
            MailError: the connection ended first; nothing is known of the command's effect.
        """
        await self.settled(command.longest_seconds, command.answer)
        return command.answer.result()

    async def start_tls(self, context: ssl.SSLContext) -> Status:
        """STARTTLS, and nothing but TLS after it. What was said in clear is forgotten.

        Raises:
            NeedsUser: `tls.injected`, something followed the answer in clear (CVE-2011-0411).
        """
        command = self._begin(None, 0, bulk=False)
        command.last_in_clear = True
        await self.write(command.tag + b" STARTTLS\r\n")
        status = await self.answered(command)
        self.capabilities = frozenset()
        if status.ok:
            self.check_alive()
            self.transport = await self.loop.start_tls(
                self.transport, self, context, server_hostname=self.endpoint.host
            )
            self._sealed = False
        return status

    async def compress(self) -> None:
        """Ask that all that follows be deflated, both ways (RFC 4978). Who speaks next waits."""
        await self.turned()
        self.turning = command = self._begin(None, 0, bulk=True)
        command.last_undeflated = True
        await self.write(command.tag + b" COMPRESS DEFLATE\r\n")

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line is there."""
        super().connection_made(transport)
        if (socket := transport.get_extra_info("socket")) is not None:
            notice_a_dead_peer(socket)

    def data_received(self, data: bytes) -> None:
        """Octets came."""
        self._alive_at = self.loop.time()
        self.traffic.octets_in += len(data)
        if self.error is not None:
            return
        try:
            self._read(data)
        except Exception as error:
            self.fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is gone."""
        self.state = LOGOUT
        self.fail(tls.explain(exc or EOFError(), self.endpoint))
        if not self.gone.done():
            self.gone.set_result(None)
        super().connection_lost(exc)

    # Reading

    def _read(self, data: bytes) -> None:
        if self._inflate is None:
            self._read_piece(data)
        else:
            for piece in self._inflate.pieces(data):
                self._read_piece(piece)

    def _read_piece(self, data: bytes) -> None:
        self._framer.feed(data)
        self._check_seal()
        while (parts := self._framer.take()) is not None:
            if self._inflate is not None:
                self._inflate.account(sum(len(text) + 2 for text in parts[::2]))
            head = parts[0]
            if head.startswith(b"* "):
                self._untagged(untagged(parts))
            elif head.startswith(b"+"):
                self._invite(head[1:].strip())
            elif head:  # some servers end a literal with one line end too many
                self._tagged(head)
            self._check_seal()
            if self._turning:
                self._turning, self._inflate = False, Inflate()
                self._read(self._framer.drain())

    def _check_seal(self) -> None:
        if self._sealed and self._framer.buffered:
            raise NeedsUser("tls.injected", host=self.endpoint.host)

    def _untagged(self, response: Untagged) -> None:
        self._allowance -= 1
        if self._allowance < 0:
            raise Transient("imap.protocol")
        if response.name in STATUSES:
            status = read_status(response.name + b" " + response.parts[0])
            self._heed(status)
            if not self._greeting.done():
                self._greet(status)
                return
        elif not self._greeting.done():
            raise Transient("imap.protocol")
        elif response.name == b"CAPABILITY":
            self.capabilities = capability_names(response.parts[0])
        for command in self._pending.values():
            if command.sink is not None and command.sink(response):
                return
        if response.name in ABOUT_MAILBOXES:
            self.elsewhere.set()
        if self.watcher is not None:
            self.watcher.untagged(response)

    def _greet(self, status: Status) -> None:
        if status.kind not in (b"OK", b"PREAUTH"):
            raise Transient("imap.protocol")
        self.state = AUTH if status.kind == b"PREAUTH" else NONAUTH
        self.offered_first = self.capabilities if status.code == b"CAPABILITY" else frozenset()
        self._greeting.set_result(status)

    def _heed(self, status: Status) -> None:
        if status.code == b"CAPABILITY":
            self.capabilities = capability_names(status.arguments)
        if status.code == b"NOTIFICATIONOVERFLOW":
            self.notified = False
            self.elsewhere.set()
        if status.kind == b"BYE" and not self.leaving:
            raise goodbye(status, self.endpoint.host)

    def _invite(self, words: bytes) -> None:
        command, self._invited = self._invited, None
        if command is None:
            raise Transient("imap.protocol")
        command.invitation.set_result(words)

    def _tagged(self, head: bytes) -> None:
        tag, _, rest = head.partition(b" ")
        command = self._pending.get(tag)
        if command is None:
            raise Transient("imap.protocol")
        # Until it is understood the command waits: whatever is raised here must reach it.
        status = read_status(rest)
        self._heed(status)
        del self._pending[tag]
        if command is self._invited:
            self._invited = None
        if command.last_in_clear and status.ok:
            self._sealed = True
            self.transport.pause_reading()
        if command.last_undeflated and status.ok:
            self._turning, self.deflate = True, Deflate()
        most = (other.most for other in self._pending.values())
        self._allowance = max(most, default=self._limits.untagged)
        if self.watcher is not None:
            self.watcher.answered()
        command.answer.set_result(status)

    # Writing

    def _begin(self, sink: Sink | None, most: int, bulk: bool) -> Exchange:
        self.check_alive()
        assert self._invited is None, "a command awaits its invitation"
        longest = self.patience.bulk_seconds if bulk else self.patience.command_seconds
        most = max(most, self._limits.untagged)
        tag = self.new_tag().encode("ascii")
        command = Exchange(tag, sink=sink, most=most, longest_seconds=longest)
        self._pending[tag] = command
        self._allowance = max(self._allowance, most)
        return command

    async def _announce(self, command: Exchange, text: bytearray, literal: Literal) -> bool:
        """Write `text` and a literal, or leave both in `text`. False: the server refused it."""
        size = len(literal.octets)
        if literal.goes_along(self.capabilities):
            text += b"{%d+}\r\n" % size + literal.octets
            return True
        self._invited, command.invitation = command, promise()
        await self.write(bytes(text + b"{%d}\r\n" % size))
        text.clear()
        if await self.invitation(command) is None:
            return False
        await self.write(literal.octets)
        return True
