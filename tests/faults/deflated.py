"""What goes wrong inside a deflated stream (RFC 4978): blocks cut, withheld, ended, or made a bomb.

The proxy ends COMPRESS itself, as it does TLS: towards Dovecot it stays NOOP.
"""

from __future__ import annotations

import zlib

from tests.faults.proxy import Link
from tests.faults.wire import RAW, Piece, Response

BOMB = b"* OK\r\n" * 400_000
NO_BLOCK = b"\xff" * 8
"""Of a type that there is not."""

Came = Piece | Response


async def _instead(link: Link, came: Came, mode: int) -> bytes | None:
    """What was to be said, deflated; said as it is, and None, where nothing is deflated."""
    if link.deflater is None:
        await link.say(came.octets)
        return None
    return link.deflater.compress(came.octets) + link.deflater.flush(mode)


async def halved_block(link: Link, came: Came) -> None:
    if (block := await _instead(link, came, zlib.Z_SYNC_FLUSH)) is not None:
        await link.put(block[: len(block) // 2])
        link.truncate()


async def stalled_block(link: Link, came: Came) -> None:
    if (block := await _instead(link, came, zlib.Z_SYNC_FLUSH)) is not None:
        await link.put(block[: len(block) // 2])
        await link.silence()


async def withheld(link: Link, came: Came) -> None:
    """All of it was given to the compressor, and nobody flushes it."""
    if (block := await _instead(link, came, zlib.Z_NO_FLUSH)) is not None:
        await link.put(block)
        await link.silence()


async def one_block(link: Link, came: Came) -> None:
    """Flushed when the answer is whole, and not before."""
    ends = isinstance(came, Response) and came.tagged
    mode = zlib.Z_SYNC_FLUSH if ends else zlib.Z_NO_FLUSH
    if block := await _instead(link, came, mode):
        await link.put(block)


async def full_flush(link: Link, came: Came) -> None:
    if (block := await _instead(link, came, zlib.Z_FULL_FLUSH)) is not None:
        await link.put(block)


async def sliced_block(link: Link, came: Came) -> None:
    for octet in await _instead(link, came, zlib.Z_SYNC_FLUSH) or b"":
        await link.put(bytes([octet]))


async def ended(link: Link, came: Came) -> None:
    """The last block of all, on a connection that goes on."""
    if (block := await _instead(link, came, zlib.Z_FINISH)) is not None:
        await link.put(block)
        await link.silence()


async def no_block(link: Link, came: Came) -> None:
    if link.deflater is None:
        await link.say(came.octets)
    else:
        await link.put(NO_BLOCK)
        await link.silence()


async def bomb(link: Link, came: Came) -> None:
    if link.deflater is None:
        await link.say(came.octets)
    else:
        await link.say(BOMB)
        await link.silence()


async def garbage_after_ok(link: Link, came: Came) -> None:
    await link.say(came.octets)
    await link.put(NO_BLOCK)
    await link.silence()


async def no_though_deflating(link: Link, came: Came) -> None:
    """It says no, and deflates all the same: nobody can read on."""
    await link.say(came.tag + b" NO Pas compresse.\r\n")
    link.deflater = zlib.compressobj(9, zlib.DEFLATED, RAW)
