"""IMAP as the proxy sees it: whole commands, whole responses, and which step a command is.

Written apart from sync/imap/framing.py on purpose: what judges a reader must not be that reader.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import zlib
from dataclasses import dataclass

RAW = -15
"""Deflated without the header of zlib (RFC 4978 §3)."""
ANNOUNCED = re.compile(rb"~?\{(\d+)(\+?)\}\r\n\Z")
STATUS = re.compile(rb"\* (?:OK|NO|BAD|BYE|PREAUTH)\b")
FETCHES = {
    (b"BODY.PEEK[", b"RFC822.SIZE"): "outline",
    (b"BODY.PEEK[]<",): "range",
    (b"BODY.PEEK[]",): "fetch",
}
"""What a FETCH is for, by what it asks; the first that fits."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A command, or the part of it that goes before the server's invitation."""

    octets: bytes
    invites: bool
    """The rest comes only after a '+'."""

    @property
    def tag(self) -> bytes:
        return self.octets.split(b" ", 1)[0].strip()

    @property
    def step(self) -> str:
        return step_of(self.octets)


@dataclass(frozen=True, slots=True)
class Response:
    """One response of the server, its literals included."""

    octets: bytes
    literal: tuple[int, int] | None
    """Where the first literal begins and ends; its announcement is just before."""

    @property
    def tag(self) -> bytes:
        """'*', '+', or the tag of the command it answers."""
        return self.octets.split(b" ", 1)[0].strip()

    @property
    def tagged(self) -> bool:
        return self.tag not in (b"*", b"+")


def step_of(command: bytes) -> str:
    """The step of a pass that a command is, '' for the end of an IDLE.

    A letter, a part of one, its line in a list and a listing are four steps; a keyword and the
    mark of a deletion are two.
    """
    words = command.upper().split()
    if len(words) < 2:
        return ""
    verb = words[2 if words[1] == b"UID" and len(words) > 2 else 1].decode("ascii", "replace")
    if verb == "FETCH":
        return next(
            (step for asked, step in FETCHES.items() if all(each in command for each in asked)),
            "listing",
        )
    if verb == "STORE" and b"\\DELETED" in command.upper():
        return "mark"
    return {"AUTHENTICATE": "login"}.get(verb, verb.lower())


async def read_piece(reader: asyncio.StreamReader) -> Piece | None:
    """What the client says next; None when it has gone."""
    octets = b""
    while True:
        line = await _line(reader)
        if line is None:
            return None
        octets += line
        announced = ANNOUNCED.search(line)
        if announced is None:
            return Piece(octets, invites=False)
        if not announced[2]:
            return Piece(octets, invites=True)
        octets += await reader.readexactly(int(announced[1]))


async def read_rest(reader: asyncio.StreamReader, piece: Piece) -> Piece | None:
    """What follows a piece that was invited: its literal, and on."""
    announced = ANNOUNCED.search(piece.octets)
    assert announced is not None
    literal = await reader.readexactly(int(announced[1]))
    after = await read_piece(reader)
    return after and Piece(literal + after.octets, after.invites)


async def read_response(reader: asyncio.StreamReader) -> Response | None:
    """What the server says next; None when it has gone."""
    octets, span = b"", None
    while True:
        line = await _line(reader)
        if line is None:
            return None
        octets += line
        announced = None if STATUS.match(octets) else ANNOUNCED.search(line)
        if announced is None:
            return Response(octets, span)
        size = int(announced[1])
        span = span or (len(octets), len(octets) + size)
        octets += await reader.readexactly(size)


async def inflate(deflated: asyncio.StreamReader, clear: asyncio.StreamReader) -> None:
    """Feed `clear` with what `deflated` says, to its end; a line that is reset ends too."""
    decompressor = zlib.decompressobj(RAW)
    try:
        with contextlib.suppress(ConnectionError):
            while octets := await deflated.read(65536):
                clear.feed_data(decompressor.decompress(octets))
    finally:
        clear.feed_eof()


async def _line(reader: asyncio.StreamReader) -> bytes | None:
    line = await reader.readline()
    return line if line.endswith(b"\r\n") else None
