"""One mail transaction, command by command, up to the final dot and then past it.

The replies are kept in the order of the commands, MAIL, each RCPT, DATA or BDAT, so that whatever
ends the conversation, what was heard until then is known. Turns count more than octets on the
lines of rural clinics: where the server can, the envelope and a letter that is not large are one
flight (PIPELINING, CHUNKING), and the dot is a second one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from sync.submit.ending import FINISH_SECONDS, to_its_end
from sync.submit.envelope import Letter, Offer, mail_command, rcpt_commands, stuffed
from sync.submit.plan import CUT, GARBLED, STALLED, Transmission
from sync.submit.reply import Command, Garbled, Reply, Verdict, take_reply, verdict

ONE_FLIGHT_OCTETS = 256 * 1024
"""A larger letter waits until its recipients are accepted: the turn costs less than sending it
for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long each wait may last, in seconds; RFC 5321 §4.5.3.2 says at least so long."""

    connect_seconds: float = 60
    """Until logged in, or with no answer to one command before that. Ours, not the RFC's."""
    reply_seconds: float = 300
    stall_seconds: float = 180
    """Without any of the letter leaving."""
    dot_seconds: float = 600
    """The server may examine and file the letter before it answers; leaving early makes doubts."""
    quit_seconds: float = 5
    finish_seconds: float = FINISH_SECONDS
    """For the answer to the dot, once we are told to stop."""


class Flight:
    """Replies awaited for commands that left together."""

    def __init__(self, expected: int) -> None:
        self.replies: list[Reply] = []
        self.landed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._expected = expected
        # Nobody may be waiting any more when it fails; that is no error of its own.
        self.landed.add_done_callback(lambda f: f.cancelled() or f.exception())

    def receive(self, buffer: bytearray) -> None:
        """Take what has arrived; too much is left in `buffer`."""
        try:
            while not self.landed.done() and (reply := take_reply(buffer)) is not None:
                self.replies.append(reply)
                if len(self.replies) == self._expected:
                    self.landed.set_result(None)
        except Garbled as error:
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """No more replies will come."""
        if not self.landed.done():
            self.landed.set_exception(error)


class Wire(Protocol):
    """The encrypted connection, as a transaction uses it."""

    def expect(self, count: int) -> Flight:
        """The replies to the next `count` commands.

        Raises:
            OSError: the connection is lost, or the server has spoken without being asked.
        """

    async def pour(self, octets: bytes, stall_seconds: float) -> None:
        """Write; return when little of it is left to leave.

        Raises:
            OSError: the connection is lost.  TimeoutError: nothing has left for so long.
        """


class Transaction:
    """One letter over one connection."""

    def __init__(self, wire: Wire, letter: Letter, offer: Offer, patience: Patience) -> None:
        self._wire, self._letter, self._offer = wire, letter, offer
        self._patience = patience
        self._heard: list[Reply] = []
        self._answer: Flight | None = None
        self._dotted, self._broken = False, ""

    def said(self) -> Transmission:
        """What both sides have said so far."""
        after_rcpt = 1 + len(self._letter.everybody)
        heard: list[Reply | None] = [*self._heard, *[None] * (after_rcpt + 2)]
        asked = zip(self._letter.recipients, self._heard[1:after_rcpt], strict=False)
        return Transmission(
            mail=heard[0],
            recipients=dict(asked),
            copied=self._copied(),
            reports=self._offer.dsn and bool(self._letter.mail_from),
            data=heard[after_rcpt],
            chunk=self._offer.chunking,
            dotted=self._dotted,
            final=heard[after_rcpt + 1],
            broken=self._broken,
        )

    def _copied(self) -> bool | None:
        """Whether our own mailbox was taken as the last recipient; None where it is none."""
        if not self._letter.copy_to:
            return None
        answers = self._heard[1 + len(self._letter.recipients) :][:1]
        return any(verdict(each, Command.RCPT) is Verdict.ACCEPTED for each in answers)

    async def all_but_the_dot(self) -> None:
        """Say everything whose loss loses nothing. Stops where the server stops it."""
        try:
            await self._envelope()
            if not self._offer.chunking and self.said().ready_for_dot():
                await self._body()
        except (OSError, Garbled) as error:
            self._broken = _code(error)

    async def dot(self) -> None:
        """Let the letter be accepted, and wait for the answer, though we are told to stop."""
        if not await to_its_end(self._dot(), self._patience.finish_seconds):
            self._broken = STALLED

    async def _dot(self) -> None:
        last = b"BDAT 0 LAST\r\n" if self._offer.chunking else b".\r\n"
        try:
            answer = self._answer or self._wire.expect(1)
            if answer.landed.done():
                raise Garbled("an answer before the final dot")
            self._dotted = True
            await self._say([last], answer, self._patience.dot_seconds)
        except (OSError, Garbled) as error:
            self._broken = _code(error)

    async def _envelope(self) -> None:
        mail = mail_command(self._letter, self._offer)
        rcpts = rcpt_commands(self._letter, self._offer)
        opening = self._opening()
        if self._offer.pipelining:
            together = not self._offer.chunking or len(self._letter.octets) <= ONE_FLIGHT_OCTETS
            first = [mail, *rcpts, *(opening if together else [])]
            await self._ask(first, len(rcpts) + 1 + together)
            if together:
                return
        else:
            for command in (mail, *rcpts):
                await self._ask([command], 1)
                if not self._mail_accepted():
                    return
        if self._mail_accepted() and self.said().accepted_at_rcpt():
            await self._ask(opening, 1)

    def _opening(self) -> list[bytes]:
        """What follows the envelope: DATA, or the whole letter as a chunk that is not the last."""
        if not self._offer.chunking:
            return [b"DATA\r\n"]
        octets = self._letter.octets
        return [b"BDAT %d\r\n" % len(octets), octets]

    def _mail_accepted(self) -> bool:
        return verdict(self._heard[0], Command.MAIL) is Verdict.ACCEPTED

    async def _body(self) -> None:
        """The letter after 354, without its dot. A refusal half way is heard as one of DATA."""
        self._answer = self._wire.expect(1)
        await self._wire.pour(stuffed(self._letter.octets), self._patience.stall_seconds)
        if self._answer.landed.done():
            self._answer.landed.result()
            early = self._answer.replies[0]
            if verdict(early, Command.DATA) is None:
                raise Garbled("an acceptance before the final dot")
            self._heard[-1] = early

    async def _ask(self, octets: Iterable[bytes], count: int) -> None:
        await self._say(octets, self._wire.expect(count), self._patience.reply_seconds)

    async def _say(self, octets: Iterable[bytes], flight: Flight, seconds: float) -> None:
        """Write, then wait for the replies; those that came are kept whatever happens."""
        try:
            await self._wire.pour(b"".join(octets), self._patience.stall_seconds)
            async with asyncio.timeout(seconds):
                await flight.landed
        finally:
            self._heard += flight.replies


def _code(error: Exception) -> str:
    if isinstance(error, Garbled):
        return GARBLED
    return STALLED if isinstance(error, TimeoutError) else CUT
