"""Fetching a revocation list: plain HTTP, conditional, of limited size and time, and no more.

No redirection, no proxy, no cookie, no name of ours: what is fetched is signed, and the request
should tell as little as it can.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from urllib.parse import urlsplit

from store.errors import Permanent, Transient
from sync.trust.crl import MOST_OCTETS

WHOLE_SECONDS = 120.0
SILENCE_SECONDS = 20.0
PIECE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """What a server answered. `octets` is None when it said that nothing has changed."""

    octets: bytes | None
    etag: str = ""
    last_modified: str = ""


def download(
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    most_octets: int = MOST_OCTETS,
    whole_seconds: float = WHOLE_SECONDS,
) -> Downloaded:
    """Ask for a list, unless it is the one already known. Blocks; for a thread.

    Raises:
        Transient: `crl.unreachable`, `crl.slow`, `crl.no_answer`: the server may do better later.
        Permanent: `crl.bad_url`, `crl.too_long`.
    """
    host, port, path = _parts(url)
    headers = {"Accept": "application/pkix-crl", "User-Agent": "Pli", "Connection": "close"}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    until = monotonic() + whole_seconds
    connection = http.client.HTTPConnection(host, port, timeout=SILENCE_SECONDS)
    try:
        connection.connect()
        with contextlib.ExitStack() as held:
            with _ending(connection.sock, whole_seconds):
                connection.request("GET", path, headers=headers)
                answer = held.enter_context(contextlib.closing(connection.getresponse()))
            if answer.status == HTTPStatus.NOT_MODIFIED and (etag or last_modified):
                return Downloaded(octets=None, etag=etag, last_modified=last_modified)
            if answer.status != HTTPStatus.OK:
                raise Transient("crl.no_answer", url=url)
            octets = _body(answer, most_octets, until, url)
            return Downloaded(
                octets=octets,
                etag=_sayable(answer.getheader("ETag")),
                last_modified=_sayable(answer.getheader("Last-Modified")),
            )
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = monotonic() > until
        raise Transient("crl.slow" if late else "crl.unreachable", url=url) from error
    finally:
        connection.close()


@contextlib.contextmanager
def _ending(line: socket.socket, seconds: float) -> Iterator[None]:
    """Cut the line when the time is over: a header that comes an octet now and then is never
    silent, and its reader would be gone for good."""

    over = threading.Event()

    def cut() -> None:
        over.set()
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if over.is_set():
        raise TimeoutError  # what was cut may look like a whole header


def _parts(url: str) -> tuple[str, int, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
    except ValueError as error:
        raise Permanent("crl.bad_url", url=url) from error
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    plain = all("\x21" <= each <= "\x7e" for each in url)
    if parts.scheme.lower() != "http" or not host or not plain or parts.username is not None:
        raise Permanent("crl.bad_url", url=url)
    return host, port, path


def _body(answer: http.client.HTTPResponse, most: int, until: float, url: str) -> bytes:
    if (answer.length or 0) > most:
        raise Permanent("crl.too_long", url=url)
    octets = bytearray()
    while piece := answer.read1(PIECE):
        octets += piece
        if len(octets) > most:
            raise Permanent("crl.too_long", url=url)
        if monotonic() > until:
            raise Transient("crl.slow", url=url)
    if answer.length:  # cut before its end
        raise Transient("crl.unreachable", url=url)
    return bytes(octets)


def _sayable(header: str | None) -> str:
    """A header that may be said again; '' for one that is too long or odd."""
    value = header or ""
    return value if len(value) <= 200 and value.isascii() and value.isprintable() else ""
