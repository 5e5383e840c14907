"""What a TCP socket can be asked that asyncio does not ask."""

from __future__ import annotations

import contextlib
import fcntl
import socket
import sys
import termios
from asyncio import BaseTransport


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


def _set(transport: BaseTransport, level: int, name: int) -> None:
    sock = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(level, name, 1)
