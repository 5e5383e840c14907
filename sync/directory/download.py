"""Fetch an extract when it has changed; what a cut line has brought is never fetched again.

ETag and Last-Modified say whether there is anything new (RFC 9110 §13), If-Range whether the part
on the disk belongs to it (§14). The part is this store's own, beside it, until it is imported.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import partial
from http.client import HTTPResponse, IncompleteRead
from pathlib import Path
from typing import NamedTuple

from store.errors import Permanent, Transient
from store.model.directory_source import DirectorySource
from sync.directory.going import Going
from sync.directory.web import endpoint_of, get, refuse
from sync.trust.server import Trust

MOST_OCTETS = 1_000_000_000
PIECE = 65_536


class Version(NamedTuple):
    """Which version of the file was fetched."""

    etag: str
    modified: str
    size: int


def fetch(
    source: DirectorySource,
    part: Path,
    *,
    begins: Callable[[str], None],
    going: Going | None = None,
    trust: Trust = None,
    seconds: float = 30.0,
) -> Version | None:
    """The whole file in `part`; None when it has not changed since it was imported.

    `begins` is called with the ETag of what comes before its first octet is kept; `going` is told
    after each piece, and may stop it there.

    Raises:
        Transient: the line, or the server for a while, or `going`; `part` keeps what came.
        NeedsUser: `directory.key_refused`, `directory.server_refused`; of TLS.
        Permanent: `directory.too_large`, `directory.redirected`.
    """
    host = endpoint_of(source.url).host
    held = part.stat().st_size if part.exists() and _strong(source.part_etag) else 0
    asked = _conditions(source, held)
    with get(source.url, source.ca, asked, trust=trust, seconds=seconds) as answer:
        if answer.status == 304:
            part.unlink(missing_ok=True)
            return None
        if answer.status == 416 and held:
            if answer.getheader("Content-Range", "") == f"bytes */{held}":
                return Version(
                    source.part_etag, "", held
                )  # all of it came; we died before saying so
            part.unlink(missing_ok=True)
            raise Transient("net.lost", host=host)  # asked whole next time
        if answer.status not in (200, 206):
            raise refuse(answer.status, host)
        etag, modified = answer.getheader("ETag", ""), answer.getheader("Last-Modified", "")
        if answer.status == 200:
            held = 0
            begins(etag)
        size = _announced(answer, held)
        if size is not None and size > MOST_OCTETS:
            raise Permanent("directory.too_large", path=source.url)
        came = partial((going or Going()).note, whole=size)
        held = _receive(answer, part, held, source.url, host, came)
    if size is not None and held != size:
        raise Transient("net.lost", host=host)
    _date(part, modified)
    return Version(etag, modified, held)


def _conditions(source: DirectorySource, held: int) -> dict[str, str]:
    if held:
        return {"Range": f"bytes={held}-", "If-Range": source.part_etag}
    conditions = {}
    if source.etag:
        conditions["If-None-Match"] = source.etag
    if source.modified:
        conditions["If-Modified-Since"] = source.modified
    return conditions


def _strong(etag: str) -> bool:
    """Whether it promises the same octets: a weak one does not (RFC 9110 §13.1.5)."""
    return bool(etag) and not etag.startswith("W/")


def _announced(answer: HTTPResponse, held: int) -> int | None:
    length = answer.getheader("Content-Length", "")
    return held + int(length) if length.isdecimal() else None


def _receive(
    answer: HTTPResponse,
    part: Path,
    held: int,
    url: str,
    host: str,
    came: Callable[[int], object],
) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_APPEND if held else os.O_TRUNC)
    with os.fdopen(os.open(part, flags, 0o600), "ab" if held else "wb") as file:
        while True:
            try:
                piece = answer.read1(PIECE)
            except IncompleteRead as error:
                raise Transient("net.lost", host=host) from error
            if not piece:
                return held
            held += len(piece)
            if held > MOST_OCTETS:
                raise Permanent("directory.too_large", path=url)
            file.write(piece)
            came(held)


def _date(part: Path, modified: str) -> None:
    """The file is as old as the server says: a plain text has no other date."""
    with contextlib.suppress(ValueError, TypeError, OverflowError, OSError):
        at = parsedate_to_datetime(modified).timestamp()
        os.utime(part, (at, at))
