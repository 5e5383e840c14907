"""Somebody on the line who speaks to Pli in place of the server: each octet heard is kept.

TLS is done by hand over memory, so that what the client sent is known to the octet, before TLS and
in it. `clear` is what came before its first TLS record: only words that tell nothing may be there.
What follows must be TLS records to the last octet.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import warnings
from collections.abc import Awaitable, Callable

from tests.servers.authority import Certificate

HANDSHAKE = b"\x16\x03"
RECORDS = {20, 21, 22, 23}


class Over(Exception):
    """The client has hung up."""


class Peer:
    """One connection, as the attacker has it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.raw = bytearray()
        """Every octet of the client's."""
        self.secure = bytearray()
        """What it said under TLS."""
        self.tag = b""
        self._waiting = bytearray()
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None

    async def say(self, octets: bytes) -> None:
        """`%t` is the tag of the client's last command."""
        octets = octets.replace(b"%t", self.tag)
        if self._tls is not None:
            self._tls.write(octets)
            octets = self._out.read()
        with contextlib.suppress(ConnectionError):
            self._writer.write(octets)
            await self._writer.drain()

    async def hear(self) -> bytes:
        """One line of the client's."""
        while b"\r\n" not in self._waiting:
            self._waiting += await self._more()
        line, _, rest = bytes(self._waiting).partition(b"\r\n")
        self._waiting = bytearray(rest)
        self.tag = line.partition(b" ")[0]
        return line

    async def be_called(self) -> None:
        """Until the client has begun to speak TLS."""
        while HANDSHAKE not in self.raw:
            await self._octets()

    async def shake_hands(self, context: ssl.SSLContext) -> None:
        """Be its server in TLS."""
        self._in.write(bytes(self._waiting))
        self._waiting.clear()
        tls = context.wrap_bio(self._in, self._out, server_side=True)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._writer.write(self._out.read())
                self._in.write(await self._octets())
            except ssl.SSLError as error:
                self._writer.write(self._out.read())
                raise Over from error
        self._writer.write(self._out.read())
        self._tls = tls

    async def listen(self) -> None:
        """To all that is still said."""
        while True:
            await self._more()

    def cut(self) -> None:
        """End it, without a word."""
        self._writer.transport.abort()

    async def _more(self) -> bytes:
        if self._tls is None:
            return await self._octets()
        while True:
            try:
                octets = self._tls.read(65536)
            except ssl.SSLWantReadError:
                self._in.write(await self._octets())
                continue
            except ssl.SSLError as error:
                raise Over from error
            if not octets:
                raise Over
            self.secure += octets
            return octets

    async def _octets(self) -> bytes:
        try:
            octets = await self._reader.read(65536)
        except ConnectionError as error:
            raise Over from error
        if not octets:
            raise Over
        self.raw += octets
        return octets

    @property
    def clear(self) -> bytes:
        """What came before the first TLS record."""
        return bytes(self.raw).partition(HANDSHAKE)[0]

    @property
    def is_sealed(self) -> bool:
        """Whether all that came after it are TLS records."""
        at = len(self.clear)
        while at + 5 <= len(self.raw):
            if self.raw[at] not in RECORDS or self.raw[at + 1] != 3:
                return False
            at += 5 + int.from_bytes(self.raw[at + 3 : at + 5], "big")
        return True  # the last one may have been cut


Script = Callable[[Peer], Awaitable[None]]


class Attacker:
    """Listens until `close`; plays its script to whoever connects."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.peers: list[Peer] = []
        self.fired = 0
        """How often the script was played to its end."""
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Attacker:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        done, late = await asyncio.wait(self._tasks, timeout=2)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await asyncio.sleep(0)  # what was aborted is closed in the next turn of the loop
        for task in done:
            task.result()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        self.peers.append(peer)
        try:
            with contextlib.suppress(Over):
                await self._script(peer)
                self.fired += 1
                await peer.listen()
        finally:
            writer.transport.abort()


def serving(certificate: Certificate, *, newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """How an attacker speaks TLS; up to a version that is too old, if given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    if newest is not None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that is the point
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
    return context
