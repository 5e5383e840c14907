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
    """Octets written that the other side's kernel has not got yet; 0 where it cannot be told."""
    with contextlib.suppress(OSError, ValueError):
        handle = transport.get_extra_info("socket").fileno()
        return int.from_bytes(fcntl.ioctl(handle, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    return 0


def _set(transport: BaseTransport, level: int, name: int) -> None:
    sock = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(level, name, 1)
