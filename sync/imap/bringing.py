"""What a lean line brings after the lists: range by range, each kept before the next is asked for.

No decision lives here: `sync/replica/lean.py` chooses. Killed at any await, what was committed
stays, and the next run goes on behind it, whatever server or UID the letter then has: the last
octets held are asked for again, and a letter that does not repeat them is begun anew.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from store.errors import MailError
from store.host.log import event
from store.model.email import Came, Unwhole
from store.model.ids import EmailId, MailboxId
from sync.imap.bringing_part import bring_part
from sync.imap.halving import BUSY, Given, Noes, by_halves, is_no
from sync.imap.line import NONSENSE
from sync.imap.manner import Manner
from sync.imap.pausing import Pausing
from sync.imap.progress import Progress, asked_by
from sync.imap.ranging import Ranging
from sync.replica.facts import Arrived
from sync.replica.lean import (
    MOST_ASKED,
    WIDE,
    Ask,
    Begin,
    Continue,
    Job,
    Lean,
    Whole,
    is_exempt,
    lane_of,
    next_job,
)
from sync.replica.seams import NO, Local, Remote

log = logging.getLogger(__name__)


def _nothing() -> None:
    """Nobody wants to know."""


@dataclass(slots=True, kw_only=True)
class Bringing:
    """One run over all mailboxes of an account."""

    remote: Remote
    local: Local
    manner: Manner
    """What is asked for, or urgent, does not ask its budget."""
    pausing: Pausing
    progress: Progress
    after_range: Callable[[], object] = _nothing
    whole: int = 0
    """Letters made whole by this run."""
    waiting: dict[MailboxId, int] = field(default_factory=dict)
    """Letters that the budget, or a pause, kept from coming, or from being whole."""
    _letters: dict[EmailId, Unwhole] = field(default_factory=dict)
    """What is not whole, without what the server did not give: the next run asks for that again."""
    _parts_not_given: set[tuple[EmailId, str]] = field(default_factory=set)
    """Likewise."""
    wanted_at: int = 0
    """The last wish that was looked at: a person may ask for another meanwhile."""
    _is_known: bool = False
    """Whether `_letters` is as of that wish."""

    @property
    def _ranging(self) -> Ranging:
        return Ranging(self.remote, self.local)

    @property
    def lean(self) -> Lean:
        """How letters come; what a lean line left comes on any other too."""
        return self.manner.lean or WIDE

    async def run(self) -> bool:
        """Bring until nothing more may come. False when a wish, or the hour, goes first.

        Raises:
            Transient: the line; what was committed stays.
        """
        not_given: set[EmailId] = set()
        while job := self._next(not_given):
            if isinstance(job, Ask):
                await self._ask(job)
            elif isinstance(job, Begin):
                not_given |= await self._begin(job)
            elif isinstance(job, Whole):
                not_given |= await self._whole(job)
            else:
                not_given |= await self._continue(job)
            self.after_range()
            if self.local.wished_mailboxes() or self.manner.is_late():
                return False
        return True

    def _next(self, not_given: set[EmailId]) -> Job | None:
        """What to bring now, if the budget lets it."""
        wanted_at = self.local.last_wanted()
        if not self._is_known or wanted_at != self.wanted_at:
            self.wanted_at, self._is_known = wanted_at, True
            self._letters = {each.email_id: each for each in self.local.unwhole()}
        for email_id in not_given:
            self._letters.pop(email_id, None)
        # Few, and a person waits for them: looked for before each range.
        wanted_parts = self.local.wanted_parts()
        parts = [e for e in wanted_parts if (e.email_id, e.number) not in self._parts_not_given]
        letters, parts = self.pausing.may_come(self._letters.values(), parts)
        job = next_job(letters, self.lean, parts=parts)
        self._tell(letters, job)
        if job is not None and (is_exempt(job, self.lean) or self._may_begin(job)):
            return job
        # Exempt ones are chosen before all others: there is none.
        waiting = [
            e.mailbox_id
            for e in self._letters.values()
            if not e.wanted_at and lane_of(e, self.lean) is not None
        ]
        self.waiting = dict(Counter(waiting))
        return None

    def _tell(self, letters: Sequence[Unwhole], job: Job | None) -> None:
        """What is about to come, and how much is left of what comes unasked."""
        unasked = (e for e in letters if not e.wanted_at and lane_of(e, self.lean) is not None)
        self.progress.note_left(sum(max(0, e.size - e.held) for e in unasked))
        self.progress.asked = asked_by(job)

    def _may_begin(self, job: Job) -> bool:
        if isinstance(job, Continue):
            return self.manner.may_bring(max(0, job.letter.size - job.letter.held))
        return self.manner.may_fetch()

    async def _ask(self, job: Ask) -> None:
        """A part that is not given now is asked for by the next run."""
        given = False
        try:
            if await self._ranging.select(job.part.mailbox_id):
                given = await bring_part(self.remote, self.local, job, self.progress.note_held)
        except NO as error:
            event(log, logging.WARNING, "part.refused", email=job.part.email_id, error=error)
        if not given:
            self._parts_not_given.add((job.part.email_id, job.part.number))

    async def _begin(self, job: Begin) -> set[EmailId]:
        """Returns those that were not given."""
        by_id, came = {each.email_id: each for each in job.letters}, dict[EmailId, bytes]()
        with self._keeping(lambda: self._keep_begun(job, by_id, came)):
            await self._ranging.ranges(
                *(job.letters, 0, job.length, came),
                mailbox_id=job.mailbox_id,
                describe=job.describe,
                on_half=lambda email_id, octets: self._keep_half(by_id[email_id], octets),
            )
        odd = self._keep_begun(job, by_id, came)
        # What its first octets and its server say of a letter may have changed its lane.
        self._look_again({*(e for e in came if came[e]), *(e.email_id for e in job.describe)})
        for each in odd:
            await self._fetch(each)
        return {email_id for email_id in by_id if not came.get(email_id)}

    def _keep_begun(
        self, job: Begin, by_id: Mapping[EmailId, Unwhole], came: Mapping[EmailId, bytes]
    ) -> list[Unwhole]:
        """Returns those that ended before they should."""
        given = {by_id[email_id]: octets for email_id, octets in came.items() if octets}
        short = {each for each, octets in given.items() if len(octets) < job.length}
        odd = {each for each in short if len(given[each]) < each.size}
        self._keep([Came(e.email_id, 0, its, e in short - odd) for e, its in given.items()])
        return sorted(odd)

    async def _continue(self, job: Continue) -> set[EmailId]:
        """Returns it when it was not given."""
        letter, overlap = job.letter, job.letter.held - job.offset
        came: dict[EmailId, bytes] = {}

        def take_half(_: EmailId, octets: bytes) -> None:
            if octets[:overlap] == self.local.last_octets(letter.email_id, overlap):
                self._keep_half(letter, octets[overlap:])

        await self._ranging.ranges(
            *([letter], job.offset, job.length, came),
            mailbox_id=letter.mailbox_id,
            on_half=take_half,
        )
        octets = came.get(letter.email_id)
        if octets is None:
            return {letter.email_id}
        if octets[:overlap] != self.local.last_octets(letter.email_id, overlap):
            event(log, logging.WARNING, "letter.begun_anew", email=letter.email_id)
            self.local.forget_ranges(letter.email_id)
            await self._fetch(letter)
            return set()
        new, is_last = octets[overlap:], len(octets) < job.length
        is_odd = is_last and letter.held + len(new) < letter.size
        self._keep([Came(letter.email_id, letter.held, new, is_last and not is_odd)])
        if is_odd:
            await self._fetch(letter)
        return set()

    def _keep_half(self, letter: Unwhole, octets: bytes) -> None:
        """What came of a range in which the line broke. Nothing tells yet whether more follows."""
        if octets:
            self.local.add_ranges([Came(letter.email_id, letter.held, octets, False)])

    @contextmanager
    def _keeping(self, keep: Callable[[], object]) -> Iterator[None]:
        """What came whole is kept, also when the line breaks."""
        try:
            yield
        except MailError as error:
            if error.code != NONSENSE:
                keep()
            raise

    async def _whole(self, job: Whole) -> set[EmailId]:
        """Returns those that were not given. What came whole before the line broke is kept."""
        by_uid, came = {each.uid: each for each in job.letters}, dict[int, bytes]()
        wanted = set(by_uid)

        def take(email: Arrived) -> None:
            if email.uid in wanted:
                wanted.discard(email.uid)
                came[email.uid] = email.octets

        async def ask(part: Sequence[int]) -> None:
            await self.remote.fetch(part, take)

        def keep() -> None:
            self._replace({by_uid[uid]: octets for uid, octets in came.items()})

        try:
            with self._keeping(keep):
                if await self._ranging.select(job.mailbox_id):
                    given = Given(self.remote, self.local, job.mailbox_id)
                    await by_halves(list(by_uid), wanted, ask, Noes(), given)
                    keep()
        except NO as error:
            event(log, logging.WARNING, "letter.refused", mailbox=job.mailbox_id, error=error)
        return {by_uid[uid].email_id for uid in wanted}

    def _replace(self, came: Mapping[Unwhole, bytes]) -> None:
        if came:
            self.local.replace_all((each.email_id, octets) for each, octets in came.items())
        for each in came:
            self._letters.pop(each.email_id, None)
            self._is_known &= not each.wanted_at
        self.whole += len(came)

    def _keep(self, came: Sequence[Came]) -> None:
        """One commit; and what is waited for is no longer waited for."""
        self.whole += self.local.add_ranges(came)
        for each in came:
            before = self._letters.pop(each.email_id)
            if each.ends and before.wanted_at:
                self._is_known = False  # the next wish may have been made in the second of this one
            if not each.ends:
                held = each.offset + len(each.octets)
                self._letters[each.email_id] = before._replace(held=held)

    async def _fetch(self, letter: Unwhole) -> None:
        """A letter given as less than was said, or in ranges that do not meet: all of it at once.

        Only that can be believed then. Refused, it waits for the next run, as if not given.
        """
        came: list[bytes] = []

        def take(email: Arrived) -> None:
            if email.uid == letter.uid:
                came.append(email.octets)

        self._letters.pop(letter.email_id, None)
        try:
            await self.remote.fetch([letter.uid], take)
        except MailError as error:
            given = Given(self.remote, self.local, letter.mailbox_id)
            if not is_no(error) or (error.code == BUSY and await given.is_busy(letter.uid)):
                raise
            event(log, logging.WARNING, "letter.refused", email=letter.email_id, error=error)
        if came:
            self.local.replace_by(letter.email_id, came[0])
            self.whole += 1
            self._is_known &= not letter.wanted_at

    def _look_again(self, email_ids: set[EmailId]) -> None:
        """Read these anew. Their structure was asked for, and is not a second time in this run."""
        known = {e: self._letters[e] for e in email_ids if e in self._letters}
        known |= {e.email_id: e for e in self.local.unwhole(among=known.keys())}
        for email_id, each in known.items():
            self._letters[email_id] = each._replace(structure_asked=MOST_ASKED)
