"""A page as a picture in four greys, small enough for a slow line: for kitty, or sixels. Pure.

Four greys of 640 columns are about 10 KB of a page of text, where true colour is 200 KB and more.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from store.errors import Usage

GREYS = 4
MOST_SIDE = 2000
PGM = re.compile(rb"P5\s+(?:#[^\n]*\n)?(\d{1,5})\s+(\d{1,5})\s+255\s", re.ASCII)
LEVELS = bytes(value * GREYS // 256 for value in range(256))
CHUNK = 4096
"""Octets of base64 in one escape code of the kitty protocol."""
BAND = 6
"""Rows of a sixel."""


class Picture(NamedTuple):
    """Rows of levels, 0 for black to GREYS - 1 for white."""

    width: int
    height: int
    levels: bytes


def picture_of(pgm: bytes) -> Picture:
    """What a renderer wrote, in four greys.

    Raises:
        Usage: `tui.picture.unreadable`.
    """
    header = PGM.match(pgm)
    if header is None:
        raise Usage("tui.picture.unreadable")
    width, height = int(header[1]), int(header[2])
    levels = pgm[header.end() : header.end() + width * height].translate(LEVELS)
    if not 0 < width <= MOST_SIDE or not 0 < height <= MOST_SIDE or len(levels) < width * height:
        raise Usage("tui.picture.unreadable")
    return Picture(width, height, levels)


def as_png(picture: Picture) -> bytes:
    """The picture as a PNG of two bits for each dot."""
    rows = []
    for row in _rows(picture):
        full = row + bytes(-len(row) % 4)
        packed = bytes(
            a << 6 | b << 4 | c << 2 | d
            for a, b, c, d in zip(full[::4], full[1::4], full[2::4], full[3::4], strict=True)
        )
        rows.append(b"\0" + packed)
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 2, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _rows(picture: Picture) -> Iterator[bytes]:
    for at in range(0, picture.width * picture.height, picture.width):
        yield picture.levels[at : at + picture.width]


def as_kitty(picture: Picture, columns: int, rows: int) -> bytes:
    """The escape codes that show it in at most so many cells, whatever the size of a cell."""
    encoded = base64.standard_b64encode(as_png(picture))
    # A cell is about twice as high as it is wide.
    wide = min(columns, max(1, rows * 2 * picture.width // picture.height))
    pieces = [encoded[at : at + CHUNK] for at in range(0, len(encoded), CHUNK)]
    codes = []
    for n, piece in enumerate(pieces):
        keys = b"a=T,f=100,q=2,c=%d," % wide if n == 0 else b""
        codes.append(b"\x1b_G%sm=%d;%s\x1b\\" % (keys, n < len(pieces) - 1, piece))
    return b"".join(codes)


def as_sixel(picture: Picture) -> bytes:
    """The escape codes that draw it."""
    step = 100 // (GREYS - 1)
    colours = b"".join(b"#%d;2;%d;%d;%d" % (n, *[n * step] * 3) for n in range(GREYS))
    rows = list(_rows(picture))
    bands = [_band(rows[at : at + BAND]) for at in range(0, len(rows), BAND)]
    size = b'"1;1;%d;%d' % (picture.width, picture.height)
    return b"\x1bPq" + size + colours + b"-".join(bands) + b"\x1b\\"


def _band(rows: list[bytes]) -> bytes:
    """Six rows: for each grey that is in them, which dots of each column have it."""
    lines = []
    for level in range(GREYS):
        bits = [0] * len(rows[0])
        for n, row in enumerate(rows):
            at = row.find(level)
            while at >= 0:
                bits[at] |= 1 << n
                at = row.find(level, at + 1)
        if any(bits):
            lines.append(b"#%d" % level + _repeated(bytes(63 + each for each in bits)))
    return b"$".join(lines)


def _repeated(sixels: bytes) -> bytes:
    """Runs of one sixel by their length."""
    return re.sub(rb"(?s)(.)\1{3,}", lambda run: b"!%d%s" % (len(run[0]), run[1]), sixels)
