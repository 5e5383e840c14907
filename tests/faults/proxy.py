"""A line between Pli and a real server that goes wrong where it is told to.

It ends TLS on both sides, with a certificate of the test's own authority, so that it sees the
protocol and not octets: a fault is one act at one step (tests/faults/points.py). What it hears
outside of a TLS that the client had every reason to trust is kept in `clear`: nothing there may
ever be a secret.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum

from store.model.account import Tls
from tests.faults.wire import RAW, Piece, Response, inflate, read_piece, read_response, read_rest
from tests.servers.authority import Certificate

HOST = "127.0.0.1"
GREETS = b"* OK [CAPABILITY IMAP4rev1 SASL-IR STARTTLS LOGINDISABLED] Pret.\r\n"
OFFERS = b"* CAPABILITY IMAP4rev1 SASL-IR STARTTLS LOGINDISABLED\r\n"
FIRST = ("connect", "starttls", "hello")
"""Steps before the first octet of IMAP under TLS."""
ENDED_SECONDS = 2.0
GONE = (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, EOFError)


class Moment(Enum):
    """When within its step a fault acts."""

    COMMAND = "before the server sees the command"
    WORD = "at its first untagged response"
    LETTER = "at its first response that carries a literal"
    ANSWER = "at its tagged answer, or at the greeting"
    ALL = "at everything the server says"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong. `act` does with what has come whatever it likes, forwarding included."""

    moment: Moment
    act: Callable[[Link, Piece | Response], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class EarlyFault:
    """One way to go wrong before there is TLS; what it returns of is the end of the connection."""

    act: Callable[[Link], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class FaultProxy:
    """Listens until `close`. One fault at a time, armed by `arm`, and `fired` counts it."""

    server_port: int
    certificate: Certificate
    ca_file: str
    masked: frozenset[bytes] = frozenset()
    """Capabilities the client is not shown."""
    tls: Tls = Tls.IMPLICIT
    step: str = ""
    fault: Fault | EarlyFault | None = None
    fired: int = 0
    said: list[str] = field(default_factory=list)
    """The step of every command the client gave."""
    clear: bytearray = field(default_factory=bytearray)
    port: int = 0
    _listener: socket.socket | None = None
    _accepting: asyncio.Task[None] | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        self._listener = socket.create_server((HOST, 0))
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._accepting = self._spawn(self._accept())

    async def close(self) -> None:
        """End everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        assert self._listener is not None
        self._listener.close()

    def arm(self, step: str, fault: Fault | EarlyFault | None) -> None:
        """From now on this goes wrong, at the first such step; `disarm` ends it."""
        self.step, self.fault, self.fired = step, fault, 0

    def disarm(self) -> int:
        """Let all go right. Returns how often the fault fired."""
        self.fault = None
        return self.fired

    async def ended(self) -> None:
        """Every connection is over: all that the client said was heard."""
        links = [task for task in self._tasks if task is not self._accepting]
        if links:
            await asyncio.wait(links, timeout=ENDED_SECONDS)

    def server_context(self, certificate: Certificate | None = None) -> ssl.SSLContext:
        """TLS towards the client."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        shown = certificate or self.certificate
        context.load_cert_chain(shown.cert_file, shown.key_file)
        return context

    def _spawn(self, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        assert self._listener is not None
        while True:
            line, _ = await loop.sock_accept(self._listener)
            line.setblocking(False)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._spawn(Link(self, line).run())


class Link:
    """One connection of the client's, and ours to the server."""

    def __init__(self, proxy: FaultProxy, line: socket.socket) -> None:
        self.proxy, self.socket = proxy, line
        self.client: asyncio.StreamWriter | None = None
        self.server: asyncio.StreamWriter | None = None
        self.deaf = False
        """Nothing more is passed on, either way."""
        self._open: dict[bytes, str] = {}
        """Commands under way: tag to step."""
        self._inviting: tuple[bytes, asyncio.Future[bool]] | None = None
        """The tag of the last command, and whether the rest of it was invited."""
        self.deflater: zlib._Compress | None = None
        """Makes small what the client is told, since COMPRESS was accepted."""
        self._turning: tuple[bytes, asyncio.Future[bool]] | None = None
        """The tag of COMPRESS, and whether it was accepted."""

    async def run(self) -> None:
        """Until one of the two is gone."""
        try:
            with contextlib.suppress(*GONE):
                if not await self._early():
                    await self._serve()
        finally:
            for writer in (self.client, self.server):
                if writer is not None:
                    writer.transport.abort()
            self.socket.close()

    # What an act may do

    async def say(self, octets: bytes) -> None:
        """Tell the client."""
        assert self.client is not None
        if self._inviting is not None:
            tag, invited = self._inviting
            if not invited.done() and octets.startswith((b"+", tag)):
                invited.set_result(octets.startswith(b"+"))
        if self.deflater is not None:
            octets = self.deflater.compress(octets) + self.deflater.flush(zlib.Z_SYNC_FLUSH)
        await self.put(octets)
        if self._turning is not None:
            tag, accepted = self._turning
            if not accepted.done() and octets.startswith(tag + b" "):
                accepted.set_result(octets.startswith(tag + b" OK"))
                if accepted.result():
                    self.deflater = zlib.compressobj(9, zlib.DEFLATED, RAW)

    async def put(self, octets: bytes) -> None:
        """Tell the client these very octets, whether or not it expects them deflated."""
        assert self.client is not None
        self.client.write(octets)
        await self.client.drain()

    async def tell(self, octets: bytes) -> None:
        """Tell the server."""
        assert self.server is not None
        self.server.write(octets)
        await self.server.drain()

    async def end(self) -> None:
        """A clean goodbye of TLS, then FIN."""
        assert self.client is not None
        self.deaf = True
        self.client.close()
        with contextlib.suppress(*GONE):
            await self.client.wait_closed()

    def truncate(self) -> None:
        """FIN, without the close_notify by which TLS says that this is all."""
        assert self.client is not None
        self.deaf = True
        self.client.transport.abort()

    def reset(self) -> None:
        """RST."""
        self.deaf = True
        lingering = struct.pack("ii", 1, 0)
        if self.client is None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
            self.socket.close()
            return
        line = self.client.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
        self.client.transport.abort()

    async def silence(self) -> None:
        """Say nothing more, and hear nothing, until the client goes."""
        self.deaf = True
        loop = asyncio.get_running_loop()
        if self.client is None:
            while await self._hear():
                pass
        else:
            await loop.create_future()

    # Before TLS

    async def _early(self) -> bool:
        """Whether it ended there."""
        if self._due("connect"):
            await self._act_early()
            return True
        if self.proxy.tls is Tls.STARTTLS:
            if self._due("starttls"):
                await self._act_early()
                return True
            await self.clear_talk()
        if self._due("hello"):
            await self._act_early()
            return True
        return False

    def _due(self, step: str) -> bool:
        return self.proxy.step == step and isinstance(self.proxy.fault, EarlyFault)

    async def _act_early(self) -> None:
        fault = self.proxy.fault
        assert isinstance(fault, EarlyFault)
        self.proxy.fired += 1
        await fault.act(self)

    async def clear_talk(
        self, greeting: bytes = GREETS, offers: bytes = OFFERS, accept: bytes = b"%s OK\r\n"
    ) -> None:
        """Everything that may be said in clear, up to the answer to STARTTLS."""
        await self.say_clear(greeting)
        pending = b""
        while True:
            heard = await self._hear()
            if not heard:
                raise EOFError
            *lines, pending = (pending + heard).split(b"\r\n")
            for line in lines:
                tag, _, verb = line.partition(b" ")
                if verb.upper() == b"STARTTLS":
                    await self.say_clear(accept % tag)
                    return
                if verb.upper() == b"CAPABILITY":
                    await self.say_clear(offers + tag + b" OK\r\n")
                else:
                    await self.say_clear(tag + b" BAD\r\n")

    async def say_clear(self, octets: bytes) -> None:
        """Tell the client, unencrypted."""
        await asyncio.get_running_loop().sock_sendall(self.socket, octets)

    async def hear_hello(self) -> bytes:
        """The client's first octets under TLS."""
        return await self._hear()

    async def encrypt(self, context: ssl.SSLContext) -> asyncio.StreamReader:
        """TLS towards the client."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=2**24)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, self.socket, ssl=context
        )
        self.client = asyncio.StreamWriter(transport, protocol, reader, loop)
        return reader

    async def _hear(self) -> bytes:
        heard = await asyncio.get_running_loop().sock_recv(self.socket, 65536)
        self.proxy.clear += heard
        return heard

    # Under TLS

    async def _serve(self) -> None:
        client = await self.encrypt(self.proxy.server_context())
        context = ssl.create_default_context(cafile=self.proxy.ca_file)
        server, self.server = await asyncio.open_connection(
            HOST, self.proxy.server_port, ssl=context, limit=2**24
        )
        ways = [
            asyncio.ensure_future(each)
            for each in (self._from_client(client), self._from_server(server))
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            ended = await asyncio.gather(*ways, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _from_client(self, reader: asyncio.StreamReader) -> None:
        while piece := await read_piece(reader):
            tag = piece.tag
            invited = self._awaits_invitation(tag)
            if piece.step == "compress":
                self._turning = tag, asyncio.get_running_loop().create_future()
            await self._command(piece)
            if piece.step == "compress":
                reader = await self._turned(reader)
            while piece.invites and await invited:
                rest = await read_rest(reader, piece)
                if rest is None:
                    return
                piece, invited = rest, self._awaits_invitation(tag)
                await self.tell(piece.octets)

    async def _turned(self, reader: asyncio.StreamReader) -> asyncio.StreamReader:
        """What the client says from now on: it waits for its answer before it goes on."""
        assert self._turning is not None
        _, accepted = self._turning
        await asyncio.wait([accepted], timeout=ENDED_SECONDS)
        if not accepted.done() or not accepted.result():
            return reader
        clear = asyncio.StreamReader(limit=2**24)
        self.proxy._spawn(inflate(reader, clear))
        return clear

    def _awaits_invitation(self, tag: bytes) -> asyncio.Future[bool]:
        """True once the client was invited, False once it was answered instead."""
        invited: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._inviting = tag, invited
        return invited

    async def _command(self, piece: Piece) -> None:
        if self.deaf:
            return
        if piece.step:
            self.proxy.said.append(piece.step)
            self._open[piece.tag] = piece.step
        fault = self._fault(piece.step)
        if fault is not None and fault.moment is Moment.COMMAND and not self.proxy.fired:
            self.proxy.fired += 1
            await fault.act(self, piece)
        elif piece.step == "compress":
            await self.tell(piece.tag + b" NOOP\r\n")
        else:
            await self.tell(piece.octets)

    async def _from_server(self, reader: asyncio.StreamReader) -> None:
        greeting = await read_response(reader)
        if greeting is not None and self.proxy.tls is Tls.IMPLICIT:
            await self._response("greeting", greeting, ends=True)
        while response := await read_response(reader):
            step = next(iter(self._open.values()), "")
            if response.tagged:
                step = self._open.pop(response.tag, step)
            await self._response(step, response, ends=response.tagged)

    async def _response(self, step: str, response: Response, *, ends: bool) -> None:
        if self.deaf:
            return
        response = self._mask(response)
        fault = self._fault(step)
        if fault is None or not self._now(fault.moment, response, ends=ends):
            await self.say(response.octets)
            return
        self.proxy.fired += 1
        await fault.act(self, response)

    def _fault(self, step: str) -> Fault | None:
        fault = self.proxy.fault
        return fault if isinstance(fault, Fault) and step == self.proxy.step else None

    def _now(self, moment: Moment, response: Response, *, ends: bool) -> bool:
        if moment is Moment.ALL:
            return True
        if self.proxy.fired:
            return False
        if moment is Moment.LETTER:
            return response.literal is not None
        return moment is (Moment.ANSWER if ends else Moment.WORD)

    def _mask(self, response: Response) -> Response:
        if b"CAPABILITY" not in response.octets[:80].upper():
            return response
        octets = response.octets
        for capability in self.proxy.masked:
            octets = octets.replace(b" " + capability, b"")
        return Response(octets, response.literal)
