"""A window of letters refused because of one of them: halved until that one stands alone.

A server may say no to a whole FETCH for a single letter it cannot read. The others must not wait
for it, nor the mailbox, nor the account. So many noes that they cannot be about single letters are
about the mailbox, or the server for now: they are raised as if nothing had been tried.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from store.errors import MailError
from store.host.log import event
from store.model.ids import MailboxId
from sync.replica.seams import NO, Local, Remote

log = logging.getLogger(__name__)
BUSY = "imap.busy"
MOST_FOR_NOTHING = 32
"""Noes in one visit before any letter comes; one letter of 500 is found with ten."""
MOST = 64
"""Noes in one visit. The next one knows less letters that it lacks, and comes further."""


@dataclass(slots=True)
class Noes:
    """How a mailbox gave its letters so far, in one visit."""

    said: int = 0
    came: bool = False
    """Whether any letter was given."""

    @property
    def too_many(self) -> bool:
        """They are not about single letters."""
        return self.said > (MOST if self.came else MOST_FOR_NOTHING)


@dataclass(frozen=True, slots=True)
class Given:
    """What the selected mailbox gave before, to tell a server that is busy from a bad letter."""

    remote: Remote
    local: Local
    mailbox_id: MailboxId

    async def is_busy(self, uid: int) -> bool:
        """Whether the server gives nothing now: it was busy when asked for `uid` alone.

        One octet of a letter it gave before is asked for; where it gave none, what there is.
        """
        held = [other for _, other in self.local.held_at(self.mailbox_id, (1, 2)) if other != uid]
        came: list[int] = []
        try:
            if not held:
                await self.remote.uids()
                return False
            await self.remote.ranges(held[:1], 0, 1, lambda of, _: came.append(of))
        except MailError as error:
            if is_no(error):
                return True
            raise
        return not came


async def by_halves(
    uids: Sequence[int],
    wanted: set[int],
    ask: Callable[[Sequence[int]], Awaitable[None]],
    noes: Noes,
    given: Given,
) -> None:
    """Ask for these letters; `ask` takes those that come out of `wanted`.

    Those refused alone are left in it, as those that are not given. Halves are asked for in the
    order of their size, so that most of what can come has come before the last is found.

    Raises:
        MailError: as `ask` does, of the line, of the store, when there are too many noes, and when
            the server is busy whatever it is asked.
    """
    parts = deque([uids])
    while parts:
        part = parts.popleft()
        refused: MailError | None = None
        try:
            await ask(part)
        except MailError as error:
            if not is_no(error):
                raise
            refused = error
        left = [uid for uid in part if uid in wanted]
        noes.came |= len(left) < len(part)
        if refused is None or not left:
            continue
        noes.said += 1
        if noes.too_many:
            raise refused
        if len(left) == 1:
            if refused.code == BUSY and not noes.came and await given.is_busy(left[0]):
                raise refused
            _say_refused(given.mailbox_id, left[0], refused)
        else:
            half = len(left) // 2
            parts += [left[:half], left[half:]]


def is_no(error: MailError) -> bool:
    """The server's, and not the store's. Some say they are busy when they cannot read a letter."""
    return error.code == BUSY or (isinstance(error, NO) and error.code.startswith("imap."))


def _say_refused(mailbox_id: MailboxId, uid: int, error: MailError) -> None:
    event(log, logging.WARNING, "letter.refused", mailbox=mailbox_id, uid=uid, error=error)
