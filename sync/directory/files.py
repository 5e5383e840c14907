"""An extract on the disk: a text or a zip around it, its lines streamed, its age, its digest."""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple
from zoneinfo import ZoneInfo

from store.errors import NeedsUser, Permanent
from sync.directory.extract import MOST_LINE, Shape, shape_of

CHUNK = 1 << 20
MOST_MEMBERS = 20
MOST_RATIO = 100
"""Octets for each packed one; the published ones have four."""
ZIP = b"PK\x03\x04"
MOST_OCTETS = 4_000_000_000
"""Unpacked. PS_LibreAcces has about 700 MB."""
STAMP = re.compile(r"(\d{12})\.(?:txt|csv|zip)$", re.I)
PARIS = ZoneInfo("Europe/Paris")
"""The stamp in a file's name is the publisher's wall clock."""


class OpenExtract(NamedTuple):
    """An extract and its lines after the first."""

    shape: Shape
    lines: Iterator[bytes]
    taken_at: int
    """Unix seconds: by the stamp in its name, else by the file's own time."""
    octets: int
    """Of it, unpacked."""


def digest_of(path: Path) -> bytes:
    """SHA-256 of the file as it is.

    Raises:
        NeedsUser: `directory.unreadable`.
    """
    try:
        if not path.is_file():  # a pipe or a device has no end
            raise NeedsUser("directory.unreadable", path=str(path))
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise NeedsUser("directory.unreadable", path=str(path)) from error


@contextmanager
def open_extract(path: Path) -> Iterator[OpenExtract]:
    """Open it and recognise it.

    Raises:
        NeedsUser: `directory.unreadable`.
        Permanent: `directory.not_an_extract`; `directory.damaged`, of a zip, while it is read too;
            `directory.too_large`.
    """
    try:
        with ExitStack() as stack:
            yield _recognised(stack, path)
    except OSError as error:
        raise NeedsUser("directory.unreadable", path=str(path)) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Permanent("directory.damaged", path=str(path)) from error


def _recognised(stack: ExitStack, path: Path) -> OpenExtract:
    file_time = int(path.stat().st_mtime)
    if not zipfile.is_zipfile(path):
        file = stack.enter_context(path.open("rb"))
        if file.read(len(ZIP)) == ZIP:
            raise Permanent("directory.damaged", path=str(path))  # its end is missing
        file.seek(0)
        lines = lines_of(file)
        taken_at = stamp(path.name) or file_time
        return OpenExtract(shape_of(next(lines, b"")), lines, taken_at, path.stat().st_size)
    archive = stack.enter_context(zipfile.ZipFile(path))
    members = archive.infolist()
    octets = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if octets > min(MOST_OCTETS, MOST_RATIO * packed + CHUNK) or len(members) > MOST_MEMBERS:
        raise Permanent("directory.too_large", path=str(path))
    for member in members:
        lines = lines_of(stack.enter_context(archive.open(member)))
        try:
            shape = shape_of(next(lines, b""))
        except Permanent:
            continue  # PS_LibreAcces comes with its diplomas and its skills beside it
        taken_at = stamp(member.filename) or stamp(path.name) or file_time
        return OpenExtract(shape, lines, taken_at, member.file_size)
    raise Permanent("directory.not_an_extract")


def stamp(name: str) -> int:
    """Unix seconds of the twelve digits a published name ends with; 0 without."""
    found = STAMP.search(name)
    if found is None:
        return 0
    try:
        return int(datetime.strptime(found[1], "%Y%m%d%H%M").replace(tzinfo=PARIS).timestamp())
    except (ValueError, OverflowError):
        return 0


def lines_of(file: IO[bytes]) -> Iterator[bytes]:
    """Its lines. One without an end is given in pieces too long to be read: memory has one too."""
    tail, octets = b"", 0
    while chunk := file.read(CHUNK):
        octets += len(chunk)
        if octets > MOST_OCTETS:
            raise Permanent("directory.too_large", path="")
        lines = (tail + chunk).split(b"\n")
        tail = lines.pop()
        yield from lines
        if len(tail) > CHUNK:
            tail = tail[: MOST_LINE + 1]
    if tail:
        yield tail
