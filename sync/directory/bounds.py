"""A question costs so much time and so many octets, whatever the server at the other end does.

A time for each silence is not enough: who sends one octet every few seconds is never silent, and
the thread that reads them would be gone for good. So the line is cut from outside when its time is
over, during the handshake too; and what comes is counted where it is read.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from store.errors import Transient
from sync.trust.server import CheckedContext, CheckedSocket


class Bounds:
    """Of one question, over all of its connections; begins to count when it is entered."""

    def __init__(self, seconds: float, octets: int, host: str) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._left, self._host = octets, host
        self._line: socket.socket | None = None
        self._over = False

    def __enter__(self) -> Bounds:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()

    def watch(self, line: socket.socket) -> None:
        """Cut this one when the time is over."""
        self._line = line
        self.check()

    def check(self) -> None:
        """Go on only while there is time.

        Raises:
            TimeoutError: as a socket whose own time is over does.
        """
        if self._over:
            raise TimeoutError

    def take(self, read: Callable[[], Any]) -> Any:
        """What `read` brings: octets, or how many.

        Raises:
            TimeoutError: the line was cut.
            Transient: `directory.bad_answer`, too much came.
        """
        try:
            came = read()
        except OSError:
            self.check()
            raise
        self.check()
        self._left -= came if isinstance(came, int) else len(came)
        if self._left < 0:
            raise Transient("directory.bad_answer", host=self._host)
        return came

    def _cut(self) -> None:
        self._over = True
        if (line := self._line) is not None:
            with contextlib.suppress(OSError):
                # Beneath TLS: its own `shutdown` would take the state from under the reader.
                socket.socket.shutdown(line, socket.SHUT_RDWR)


class BoundedPlain(socket.socket):
    """A connection before its STARTTLS."""

    bounds: Bounds

    def recv(self, *args: Any) -> bytes:
        """As the base, counted."""
        came: bytes = self.bounds.take(lambda: super(BoundedPlain, self).recv(*args))
        return came


class BoundedSocket(CheckedSocket):
    """A connection under TLS."""

    def do_handshake(self, block: bool = False) -> None:
        """As the base, within the time."""
        bounds = _bounds_of(self)
        bounds.watch(self)
        try:
            super().do_handshake(block)
        except OSError:
            bounds.check()
            raise

    def read(self, *args: Any) -> Any:
        """As the base, counted: every way of receiving comes through here."""
        return _bounds_of(self).take(lambda: super(BoundedSocket, self).read(*args))


class BoundedContext(CheckedContext):
    """A client's context for one question."""

    sslsocket_class = BoundedSocket
    bounds: Bounds


def _bounds_of(line: BoundedSocket) -> Bounds:
    bounds: Bounds = line.context.bounds  # type: ignore[attr-defined]
    return bounds
