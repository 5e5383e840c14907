"""What is known of one command under way, of the wait for it, and of what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from sync.imap.replies import Status, Untagged

Sink: TypeAlias = Callable[[Untagged], bool]
"""Takes a response the moment it is whole, or returns False to leave it to somebody else."""


class Watcher(Protocol):
    """Who is told what no command asked for."""

    def untagged(self, response: Untagged) -> None:
        """A response that no command under way wants."""

    def answered(self) -> None:
        """A command has just been answered; nothing that follows has been read yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds."""

    silence_seconds: float = 60
    """For one more octet to come or go."""
    command_seconds: float = 600
    """For a command, however alive the line is."""
    bulk_seconds: float = 6 * 3600
    """For one that carries letters or a whole listing, over the slowest of lines."""


@dataclass(slots=True)
class Traffic:
    """What the connection has cost, the octets of TLS itself not counted."""

    octets_in: int = 0
    octets_out: int = 0
    octets_said: int = 0
    """As `octets_out`, before they were deflated: how much of what there is to say was said."""
    turns: int = 0
    """Times we waited for the answer to what we had written."""


class Exchange:
    """A command under way: its tag, who takes its responses, and its answer once it is there."""

    __slots__ = (
        *("answer", "half", "invitation", "last_in_clear", "last_undeflated"),
        *("longest_seconds", "most", "sink", "tag"),
    )

    def __init__(self, tag: bytes, *, sink: Sink | None, most: int, longest_seconds: float) -> None:
        """Args:
        most: untagged responses that may come before the answer.
        """
        self.tag, self.sink, self.most, self.longest_seconds = tag, sink, most, longest_seconds
        self.half: Sink | None = None
        """Takes a response of which the line broke within the literal, cut short there."""
        self.answer: asyncio.Future[Status] = promise()
        self.invitation: asyncio.Future[bytes] = promise()
        """The words after '+': the server wants the rest of the command (RFC 3501 §7.5)."""
        self.last_in_clear = False
        """After it only TLS may follow: STARTTLS."""
        self.last_undeflated = False
        """After it everything is deflated, both ways: COMPRESS."""


def promise() -> asyncio.Future[Any]:
    """A future that may fail without anybody having to look."""
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    return future
