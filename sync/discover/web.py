"""One small file from a web server, over TLS that was verified, and nothing else of the web.

No redirection is followed and no proxy asked: what a domain says of itself is said by the domain.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from sync import tls

FETCH_SECONDS = 10.0
MOST_HEAD = 16 * 1024
HTTPS = 443
Where = Callable[[str], tuple[str, int]]
"""Host name -> where it is reached; a test has no port 443."""


def usual(host: str) -> tuple[str, int]:
    """Where everybody's web server is."""
    return host, HTTPS


async def fetch(
    host: str, path: str, ca: str, most_octets: int, where: Where = usual
) -> bytes | None:
    """The file; None when there is none, or when anything about it is odd."""
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            return await _fetch(host, path, _context(ca), most_octets, where(host))
    except (OSError, ValueError, EOFError, asyncio.LimitOverrunError):
        return None


def _context(ca: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=None if ca == tls.SYSTEM else ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(tls.SUITES))
    return context


async def _fetch(
    host: str, path: str, context: ssl.SSLContext, most_octets: int, place: tuple[str, int]
) -> bytes | None:
    reader, writer = await asyncio.open_connection(
        *place, ssl=context, server_hostname=host, limit=MOST_HEAD
    )
    try:
        # HTTP/1.0: the file ends where the connection does, and comes in no other shape.
        request = f"GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: text/xml\r\n\r\n"
        writer.write(request.encode("ascii"))
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        status = head.split(b"\r\n", 1)[0].split(b" ")
        if len(status) < 2 or status[1] != b"200" or b"transfer-encoding:" in head.lower():
            return None
        body = bytearray()
        while piece := await reader.read(most_octets + 1 - len(body)):
            body += piece
            if len(body) > most_octets:
                return None
        return bytes(body)
    finally:
        writer.transport.abort()
