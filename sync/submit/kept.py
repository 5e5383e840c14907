"""The connection kept for the letter to come: a laboratory's come one by one, all day long.

A handshake and a log-in cost several turns, and with a client's certificate most of what a letter
costs. So a connection that ended well waits here for the next pass, for a minute; servers wait for
five (RFC 5321 §4.5.3.2.7). It is asked whether it is still there before a letter is begun over it.
"""

from __future__ import annotations

import asyncio

from sync.submit.smtp import Submitter
from sync.trust.server import Trust

KEPT_SECONDS = 60.0
OLDEST_SECONDS = 3600.0
"""After that, who they are is looked at anew."""
SURE_SECONDS = 2.0
"""A connection left so lately needs no question."""


class Keeper:
    """Of one account's outbox, in one event loop: one connection at most."""

    def __init__(self, *, kept_seconds: float = KEPT_SECONDS) -> None:
        self._kept_seconds = kept_seconds
        self._line: Submitter | None = None
        self._since = 0.0
        self._ending: asyncio.Task[None] | None = None

    async def take(self, trust: Trust) -> Submitter | None:
        """The connection that was kept; None when there is none that a letter may leave by."""
        line, self._line = self._line, None
        if line is None:
            return None
        if self._ending is not None:
            self._ending.cancel()
        now = asyncio.get_running_loop().time()
        as_before = line.usable and _vouching(line.trust) == _vouching(trust)
        young = now - line.connected_at < OLDEST_SECONDS
        try:
            if as_before and young and (now - self._since < SURE_SECONDS or await line.answers()):
                return line
        except BaseException:  # told to stop: nobody holds it any more
            line.close()
            raise
        await line.leave()
        return None

    def keep(self, line: Submitter) -> bool:
        """Keep a connection; False when one is kept already, or it is of no use any more."""
        if self._line is not None or not line.usable:
            return False
        self._line, self._since = line, asyncio.get_running_loop().time()
        self._ending = asyncio.create_task(self._end_later())
        return True

    async def close(self) -> None:
        """Say goodbye, now."""
        line, self._line = self._line, None
        if line is not None:
            await line.leave()
        if self._ending is not None:
            self._ending.cancel()
            await asyncio.wait([self._ending])

    async def _end_later(self) -> None:
        await asyncio.sleep(self._kept_seconds)
        line, self._line = self._line, None
        if line is not None:
            await line.leave()


def _vouching(trust: Trust) -> bytes:
    return b"" if trust is None else trust.key
