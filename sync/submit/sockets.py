"""What a TCP socket can be asked that asyncio does not ask."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import sys
import termios
from asyncio import BaseTransport
from collections.abc import Callable

LITTLE_OCTETS = 16 * 1024
"""So much may be on its way when the dot is said: two seconds at 64 kbit/s."""
LOOK_SECONDS = 0.002


def keep_alive(transport: BaseTransport) -> None:
    """Notice a dead line during the minutes a server may take to answer."""
    _set(transport, socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def acknowledge_at_once(transport: BaseTransport) -> None:
    """Do not delay the next acknowledgement, and with it the server's next words, by 40 ms.

    The kernel forgets it after each use (tcp(7)). The other half, TCP_NODELAY, asyncio has set.
    """
    if (name := getattr(socket, "TCP_QUICKACK", None)) is not None:
        _set(transport, socket.IPPROTO_TCP, name)


def unacknowledged(transport: BaseTransport) -> int:
    """Octets written that the other side's kernel has not got yet; 0 where it cannot be told.

    The last two segments do not count: their acknowledgement may be delayed for its own sake, and
    on this machine itself a segment is 64 KiB.
    """
    with contextlib.suppress(OSError, ValueError):
        sock = transport.get_extra_info("socket")
        held = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4))
        segment: int = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
        return max(0, int.from_bytes(held, sys.byteorder) - 2 * segment)
    return 0


async def until_few(
    left: Callable[[], int], enough: Callable[[], bool], stall_seconds: float
) -> None:
    """Return when few of the octets written have not arrived yet, or `enough` says so.

    Raises:
        TimeoutError: none of them has arrived for `stall_seconds`.
    """
    async with asyncio.timeout(stall_seconds) as stall:
        now = left()
        while now > LITTLE_OCTETS and not enough():
            await asyncio.sleep(LOOK_SECONDS)
            before, now = now, left()
            if now < before:
                stall.reschedule(asyncio.get_running_loop().time() + stall_seconds)


def _set(transport: BaseTransport, level: int, name: int) -> None:
    sock = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(level, name, 1)
