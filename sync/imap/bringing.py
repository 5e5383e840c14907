"""What a lean line brings after the lists: range by range, each kept before the next is asked for.

No decision lives here: `sync/replica/lean.py` chooses. Killed at any await, what was committed
stays, and the next run goes on behind it, whatever server or UID the letter then has: the last
octets held are asked for again, and a letter that does not repeat them is begun anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from store.errors import NeedsUser, Permanent
from store.host.log import event
from store.model.ids import EmailId, MailboxId
from store.model.mailbox import Mailbox
from sync.replica.lean import Begin, Continue, Lean, Unwhole, is_exempt, lane_of, next_job
from sync.replica.seams import Arrived, Local, Remote

log = logging.getLogger(__name__)
NO = (Permanent, NeedsUser)


def _nothing() -> None:
    """Nobody wants to know."""


def _yes() -> bool:
    return True


@dataclass(slots=True, kw_only=True)
class Bringing:
    """One run over all mailboxes of an account."""

    remote: Remote
    local: Local
    lean: Lean
    after_range: Callable[[], object] = _nothing
    may_fetch: Callable[[], bool] = _yes
    """Whether the budget allows more; what is asked for or urgent does not ask it."""
    is_late: Callable[[], bool] = bool
    """Whether it is time to look for news again."""
    whole: int = 0
    """Letters made whole by this run."""
    skipped: set[EmailId] = field(default_factory=set)
    """Not given by the server, or refused: the next run asks again."""
    waiting: dict[MailboxId, int] = field(default_factory=dict)
    """Letters that the budget kept from coming, or from being whole."""
    _selected: MailboxId | None = None

    async def run(self) -> bool:
        """Bring until nothing more may come. False when a wish, or the hour, goes first.

        Raises:
            Transient: the line; what was committed stays.
        """
        while job := self._next():
            if isinstance(job, Begin):
                await self._begin(job)
            else:
                await self._continue(job)
            self.after_range()
            if self.local.wished_mailboxes() or self.is_late():
                return False
        return True

    def _next(self) -> Begin | Continue | None:
        """What to bring now, if the budget lets it."""
        letters = self.local.unwhole()
        job = next_job(letters, self.lean, skipped=self.skipped)
        if job is None or is_exempt(job, self.lean) or self.may_fetch():
            return job
        # Exempt ones are chosen before all others: there is none.
        for each in letters:
            if each.email_id not in self.skipped and lane_of(each, self.lean) is not None:
                self.waiting[each.mailbox_id] = self.waiting.get(each.mailbox_id, 0) + 1
        return None

    async def _begin(self, job: Begin) -> None:
        by_uid = {each.uid: each for each in job.letters}
        came: dict[int, bytes] = {}
        asked = await self._ranges(job.mailbox_id, by_uid, 0, job.length, came)
        for uid, each in by_uid.items():
            octets = came.get(uid)
            if not asked or not octets:
                self.skipped.add(each.email_id)
                continue
            self.local.add_range(each.email_id, 0, octets)
            await self._end(each, len(octets), is_last=len(octets) < job.length)

    async def _continue(self, job: Continue) -> None:
        letter, came = job.letter, dict[int, bytes]()
        asked = await self._ranges(
            letter.mailbox_id, {letter.uid: letter}, job.offset, job.length, came
        )
        octets = came.get(letter.uid)
        if not asked or octets is None:
            self.skipped.add(letter.email_id)
            return
        overlap = letter.held - job.offset
        if octets[:overlap] != self.local.last_octets(letter.email_id, overlap):
            event(log, logging.WARNING, "letter.begun_anew", email=letter.email_id)
            self.local.forget_ranges(letter.email_id)
            self.skipped.add(letter.email_id)
            return
        new = octets[overlap:]
        if new:
            self.local.add_range(letter.email_id, letter.held, new)
        is_last = len(octets) < job.length
        await self._end(letter, letter.held + len(new), is_last=is_last)

    async def _end(self, letter: Unwhole, held: int, *, is_last: bool) -> None:
        """Make it whole when it is; one that ends before the size its server said is fetched."""
        if not is_last:
            return
        if held >= letter.size:
            self.local.make_whole(letter.email_id)
            self.whole += 1
            return
        came: list[bytes] = []

        def take(email: Arrived) -> None:
            if email.uid == letter.uid:
                came.append(email.octets)

        await self.remote.fetch([letter.uid], take)
        if came:
            self.local.replace_by(letter.email_id, came[0])
            self.whole += 1
        else:
            self.skipped.add(letter.email_id)

    async def _ranges(
        self,
        mailbox_id: MailboxId,
        letters: Mapping[int, Unwhole],
        offset: int,
        length: int,
        came: dict[int, bytes],
    ) -> bool:
        """Ask; False when this mailbox or these letters are not to be had now."""
        try:
            if not await self._select(mailbox_id):
                return False
            await self.remote.ranges(list(letters), offset, length, came.__setitem__)
        except NO as error:
            event(log, logging.WARNING, "letter.refused", mailbox=mailbox_id, error=error)
            return False
        return True

    async def _select(self, mailbox_id: MailboxId) -> bool:
        """Make it the selected mailbox. False when it is numbered anew: UIDs mean nothing then."""
        if self._selected == mailbox_id:
            return True
        mailbox: Mailbox = self.local.mailbox(mailbox_id)
        opened = await self.remote.select(mailbox.wire_name, known=None)
        if opened.uidvalidity != mailbox.uidvalidity:
            return False
        self._selected = mailbox_id
        return True
