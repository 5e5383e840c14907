"""A line between Pli and a real submission server that goes wrong where it is told to.

It ends TLS on both sides and takes the commands one by one, so that a fault is one act at one step
(tests/faults/smtp/points.py). What is swallowed at a step the server never sees.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.servers.authority import Certificate

HOST = "127.0.0.1"
GONE = (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, EOFError)
SAYS = {
    "later": b"451 4.3.0 plus tard\r\n",
    "refused": b"554 5.7.1 non\r\n",
    "garbage": b"<html>portail</html>\r\n",
}
LINGERING = struct.pack("ii", 1, 0)
BUFFER_OCTETS = 64 * 1024
BODY_LINES = 10
"""Of a letter by DATA, before the fault 'body'."""


class Ended(Exception):
    """The fault has ended this connection."""


@dataclass(slots=True, kw_only=True)
class SmtpProxy:
    """Listens while it is entered. One fault at a time; `fired` says whether it acted."""

    server_port: int
    certificate: Certificate
    ca_file: str
    masked: frozenset[bytes] = frozenset()
    step: str = ""
    fault: str = ""
    fired: bool = False
    seen: list[str] = field(default_factory=list)
    """The step of every command."""
    kill: Callable[[], Awaitable[None]] | None = None
    """Ends whoever speaks through here."""
    port: int = 0
    _listening: asyncio.Server | None = None
    _links: set[asyncio.Task[None]] = field(default_factory=set)

    def arm(self, step: str, fault: str) -> None:
        """From now on this goes wrong, once."""
        self.step, self.fault, self.fired = step, fault, False

    async def __aenter__(self) -> SmtpProxy:
        bound = socket.create_server((HOST, 0))
        # A kernel that takes a whole letter for us would hide that we have not.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_OCTETS)
        bound.setblocking(False)
        self.port = bound.getsockname()[1]
        self._links.add(asyncio.create_task(self._accept(bound)))
        return self

    async def __aexit__(self, *_: object) -> None:
        for link in self._links:
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def _accept(self, bound: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with bound:
            while True:
                line, _ = await loop.sock_accept(bound)
                line.setblocking(False)
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._links.add(asyncio.create_task(Link(self, line).run()))

    def due(self, step: str) -> bool:
        """Whether the fault acts here; it acts once."""
        if self.fired or self.step != step:
            return False
        self.fired = True
        return True

    def server_side(self) -> ssl.SSLContext:
        """TLS towards the client."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.cert_file, self.certificate.key_file)
        return context


class Link:
    """One connection of the client's, and ours to the server."""

    def __init__(self, proxy: SmtpProxy, line: socket.socket) -> None:
        self.proxy, self.line = proxy, line
        self.client: asyncio.StreamWriter | None = None
        self.server: asyncio.StreamWriter | None = None
        self.recipients = 0

    async def run(self) -> None:
        """Until one of the two is gone."""
        try:
            with contextlib.suppress(Ended, *GONE):
                await self._early("connect")
                await self._early("hello")
                await self._connect()
                await self._talk()
        finally:
            for writer in (self.client, self.server):
                if writer is not None:
                    writer.transport.abort()
            self.line.close()

    async def _early(self, step: str) -> None:
        """Before TLS; the fault at 'hello' acts once the client has spoken."""
        if not self.proxy.due(step):
            return
        loop = asyncio.get_running_loop()
        if step == "hello":
            await loop.sock_recv(self.line, 65536)
        if self.proxy.fault == "garbage":
            await loop.sock_sendall(self.line, b"HTTP/1.1 302 Found\r\n\r\n")
        elif self.proxy.fault == "reset":
            self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGERING)
        elif self.proxy.fault in ("stall", "kill"):
            await self._killed()
            while await loop.sock_recv(self.line, 65536):
                pass
        raise Ended

    async def _killed(self) -> None:
        if self.proxy.fault == "kill":
            assert self.proxy.kill is not None
            await self.proxy.kill()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        self.heard = asyncio.StreamReader(limit=BUFFER_OCTETS)
        protocol = asyncio.StreamReaderProtocol(self.heard)
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, self.line, ssl=self.proxy.server_side()
        )
        self.client = asyncio.StreamWriter(transport, protocol, self.heard, loop)
        context = ssl.create_default_context(cafile=self.proxy.ca_file)
        self.answers, self.server = await asyncio.open_connection(
            HOST, self.proxy.server_port, ssl=context
        )

    async def _talk(self) -> None:
        await self._answer("greeting", b"")
        while command := await self.heard.readline():
            step = self._step(command)
            self.proxy.seen.append(step)
            size = re.match(rb"BDAT (\d+)", command)
            if size and int(size[1]):
                await self._chunk(command, int(size[1]))
            elif step == "last":
                await self._final("last", command)
            elif await self._answer(step, command) == b"354" and step == "data":
                await self._body()

    def _step(self, command: bytes) -> str:
        verb = command.split(maxsplit=1)[0].decode().lower()
        if verb == "rcpt":
            self.recipients += 1
            return f"rcpt{self.recipients}"
        if verb == "bdat":
            return "last" if command.rstrip().endswith(b"LAST") else "bdat"
        return verb

    async def _answer(self, step: str, said: bytes) -> bytes:
        """Pass it on and its answer back, but for the fault; the code of the answer."""
        if self.proxy.due(step):
            await self._act()
            return b""
        reply = await self._ask(said)
        if step == "ehlo":
            for name in self.proxy.masked:
                reply = re.sub(rb"250[ -]%s\r\n" % name, b"", reply)
            head, _, last = reply.rstrip().rpartition(b"\r\n")
            reply = head + b"\r\n" + last.replace(b"250-", b"250 ") + b"\r\n"
        await self._say(reply)
        return reply[:3]

    async def _chunk(self, command: bytes, size: int) -> None:
        """BDAT and its octets: lost whole, or in the middle."""
        if self.proxy.due("chunk"):
            half = await self.heard.readexactly(size // 2)
            await self._tell(command + half)
            await self._act(swallow=True)
        octets = await self.heard.readexactly(size)
        await self._answer("bdat", command + octets)

    async def _body(self) -> None:
        lines = 0
        while (line := await self.heard.readuntil(b"\r\n")) != b".\r\n":
            await self._tell(line)
            lines += 1
            if lines == BODY_LINES and self.proxy.due("body"):
                await self._act(swallow=True)
        await self._final("dot", line)

    async def _final(self, step: str, said: bytes) -> None:
        """The dot: never seen by the server, or taken and its answer lost."""
        if self.proxy.due(f"{step}_taken"):
            assert (await self._ask(said)).startswith(b"250")
            await self._act()
        elif self.proxy.due(f"{step}_unseen"):
            await self._act()
            raise Ended  # the server still waits for the dot, and would take a RSET for text
        else:
            await self._say(await self._ask(said))

    async def _ask(self, said: bytes) -> bytes:
        """The server's reply, however many lines."""
        await self._tell(said)
        reply = b""
        while not re.match(rb"\d{3} ", line := await self.answers.readuntil(b"\r\n")):
            reply += line
        return reply + line

    async def _act(self, *, swallow: bool = False) -> None:
        """The fault. `swallow`: whatever is said after it, nothing more is heard of the client."""
        fault = self.proxy.fault
        if fault in SAYS:
            await self._say(SAYS[fault])
            if not swallow:
                return
        assert self.client is not None
        if fault == "close":
            self.client.close()
        elif fault == "reset":
            self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGERING)
        elif fault in SAYS:
            while await self.heard.read(BUFFER_OCTETS):
                pass
        else:
            await self._killed()
            await asyncio.Event().wait()  # nothing is read: what is written stays where it is
        raise Ended

    async def _say(self, octets: bytes) -> None:
        assert self.client is not None
        self.client.write(octets)
        await self.client.drain()

    async def _tell(self, octets: bytes) -> None:
        assert self.server is not None
        self.server.write(octets)
        await self.server.drain()
