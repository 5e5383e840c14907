"""Our byte stream under aioimaplib's protocol class: the only module that knows the library.

The library's own reader is not used: it removes "* " from inside subjects, counts parentheses
inside strings, recurses once per line, cannot pipeline, and lets a command wait for a server that
has gone (aioimaplib 2.0.3, 2026-11, tests/unit/imap/test_stream.py). What stays is its class, its
tags and its state.

Commands are answered by tag, so that many may be under way. An untagged response goes to the
oldest command that wants it, else to the watcher. Whatever goes wrong, on the line or in what is
done with a response, ends the connection and fails everyone who waits on it, at once: a stream
of which one octet is in doubt is worth nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from aioimaplib.aioimaplib import AUTH, LOGOUT, NONAUTH, IMAP4ClientProtocol

from store.errors import MailError, NeedsUser, Transient
from store.model.account import Endpoint
from sync import tls
from sync.imap.framing import Framer, Limits
from sync.imap.replies import Status, Untagged, read_status

T = TypeVar("T")
Sink = Callable[[Untagged], bool]
"""Takes a response, or returns False to leave it to somebody else."""
STATUSES = {b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"}
SLICE = 64 * 1024
"""Octets written at once: each slice that leaves is a sign of life on a slow line."""


class Watcher(Protocol):
    """Who is told what no command asked for."""

    def untagged(self, response: Untagged) -> None:
        """A response that no command wanted."""

    def answered(self) -> None:
        """A command has just been answered; nothing that follows has been read yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds."""

    silence_seconds: float = 60
    """For one more octet, either way."""
    command_seconds: float = 600
    """For a command, however alive the line."""
    bulk_seconds: float = 6 * 3600
    """For one that carries letters or whole listings, on a line of any slowness."""


@dataclass(slots=True)
class Traffic:
    """What the connection has cost, TLS not counted."""

    octets_in: int = 0
    octets_out: int = 0
    turns: int = 0
    """Times we wrote after having waited for an answer."""


class Exchange:
    """A command under way."""

    __slots__ = ("answer", "go_ahead", "last_in_clear", "longest", "most", "sink", "tag")

    def __init__(self, tag: bytes, sink: Sink | None, most: int, longest: float) -> None:
        loop = asyncio.get_running_loop()
        self.tag, self.sink, self.most, self.longest = tag, sink, most, longest
        self.answer: asyncio.Future[Status] = loop.create_future()
        self.go_ahead: asyncio.Future[bytes] | None = None
        self.last_in_clear = False
        # A failed connection fails everyone; nobody need be told who no longer waits.
        self.answer.add_done_callback(lambda f: f.cancelled() or f.exception())


class ImapStream(IMAP4ClientProtocol):  # type: ignore[misc]
    """One connection. `exchange` and `answered` are all that a session needs."""

    def __init__(
        self, endpoint: Endpoint, *, patience: Patience | None = None, limits: Limits | None = None
    ) -> None:
        super().__init__(asyncio.get_running_loop())
        self.endpoint, self.patience = endpoint, patience or Patience()
        self.limits = limits or Limits()
        self.traffic, self.watcher = Traffic(), _Nobody()
        self.greeting: asyncio.Future[Status] = self.loop.create_future()
        self.greeting.add_done_callback(lambda f: f.cancelled() or f.exception())
        self.error: MailError | None = None
        self.leaving = False
        self._framer = Framer(self.limits)
        self._pending: dict[bytes, Exchange] = {}
        self._allowance = self.limits.untagged
        self._invited: Exchange | None = None
        self._sealed = False
        self._room: asyncio.Future[None] | None = None
        self._alive_at = 0.0
        self._waited = False
        self._gone = self.loop.create_future()
