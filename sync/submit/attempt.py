"""One attempt at one letter: say it on disk, transmit, write down what was heard.

What was heard is the only copy of an acceptance. It is a commit of its own, which nothing that
could fail shares but the beginning of the next attempt, and it is tried again until the disk takes
it. Told to stop before the final dot, a letter is abandoned: it is queued again, for certain.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from store.db import attempts
from store.db import submissions as rows
from store.db.beside import Beside
from store.db.open import Connection, StoreBroken, write
from store.db.routing import still_leads
from store.errors import MailError, Permanent
from store.host.log import event
from store.model.account import Account, SentBy
from store.model.ids import SubmissionId
from store.model.submission import (
    EmailSubmission,
    RecipientState,
    SentCopy,
    SubmissionState,
    Waiting,
)
from sync.submit import plan, when
from sync.submit.ending import FINISH_SECONDS, to_its_end
from sync.submit.envelope import Letter
from sync.submit.fresh import FRESH
from sync.submit.hunt import first_look_at
from sync.submit.shown import shown
from sync.submit.together import Together

log = logging.getLogger(__name__)
UNWRITTEN_PAUSES_SECONDS = (0.2, 1.0, 3.0, 10.0, 20.0)
"""Before an answer that the disk would not take is written again."""


class Line(Protocol):
    """A connection that letters leave by; `Submitter` is the one."""

    @property
    def usable(self) -> bool:
        """True while another letter may be sent over it."""

    @property
    def octets_gone(self) -> int:
        """How many have left by it."""

    async def transmit(
        self, letter: Letter, about_to_dot: Callable[[tuple[str, ...]], Awaitable[None]]
    ) -> plan.Transmission:
        """One mail transaction; see `Submitter.transmit`."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What every step of one pass needs."""

    db: Connection
    account: Account
    now: Callable[[], int]
    jitter: Callable[[], float]
    together: Together
    letters: Beside
    """Their octets."""
    dotted: Callable[[int], None] = lambda _: None
    """Told the number of each dot, outside the store, before it leaves (store/host/place.py)."""
    know_clock: Callable[[], None] = lambda: None
    """Whether somebody has set it, before what is due is asked (sync/clock.py)."""
    intact: set[SubmissionId] = field(default_factory=set)
    """Letters read whole during this pass, or just written, and taken by somebody."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An attempt that has ended, not yet on disk."""

    attempt: attempts.Attempt
    row: EmailSubmission
    """As it was when the attempt began."""
    outcome: plan.Outcome
    state: SubmissionState
    """What it becomes."""


def begin_next(this: Pass, due: deque[Waiting]) -> attempts.Attempt | None:
    """Begin with the first that still waits. Call inside `write`."""
    while due:
        attempt = attempts.begin_attempt(this.db, due.popleft().id, now=this.now())
        if attempt is not None:
            return attempt
    return None


async def make(this: Pass, line: Line, attempt: attempts.Attempt) -> Answered:
    """Transmit the letter of an attempt that has begun.

    Raises:
        Transient: `store.busy`, `store.no_witness`, just before the dot, which then did not leave.
        CancelledError: told to stop; the letter is queued again.
        StoreBroken: what the disk says. A bug of ours ends this attempt alone.
    """
    row = rows.submission(this.db, attempt.submission_id)
    dotted = False

    async def about_to_dot(accepted: tuple[str, ...]) -> None:
        nonlocal dotted
        now = this.now()
        number = await this.together.commit(
            lambda: attempts.about_to_dot(this.db, attempt, accepted, now=now)
        )
        try:
            this.dotted(number)
        except MailError as error:
            _take_back(this, attempt, row, error)
            raise
        dotted = True

    try:
        outcome = await _outcome(this, line, attempt, row, about_to_dot)
    except asyncio.CancelledError:
        if not dotted:
            _abandon(this, attempt)
        raise
    except (MailError, StoreBroken):
        raise
    except Exception as error:
        if dotted:  # on disk it is in doubt, and found so
            raise
        event(log, logging.ERROR, "submission.stumbled", id=row.id, error=error)
        before = attempts.ended_so(this.db, row.id, plan.STUMBLED)
        outcome = plan.stumbled(row.recipients, before + 1)
    state = SubmissionState.UNCERTAIN if dotted else row.state
    if outcome.event is not None:
        state = plan.follow(state, outcome.event)
    return Answered(attempt, row, outcome, state)


async def _outcome(
    this: Pass,
    line: Line,
    attempt: attempts.Attempt,
    row: EmailSubmission,
    about_to_dot: Callable[[tuple[str, ...]], Awaitable[None]],
) -> plan.Outcome:
    if not still_leads(this.db, row):
        return plan.hopeless(row.recipients, "submission.way_closed")
    fresh = FRESH.take(row.blob_id)
    try:
        octets = this.letters.get(row.blob_id) if fresh is None else fresh
    except Permanent as error:  # the disk has damaged it; that must stop no other letter
        event(log, logging.ERROR, "submission.damaged", id=row.id, error=error)
        return plan.hopeless(row.recipients, plan.DAMAGED)
    letter = Letter(
        mail_from=row.mail_from,
        recipients=tuple(r.email for r in row.recipients if plan.remains(r)),
        octets=octets,
        envid=row.envid,
        copy_to=_copy_to(this.account, row),
        is_checked=fresh is not None,
    )
    try:
        async with shown(this.db, row, lambda: line.octets_gone):
            said = await line.transmit(letter, about_to_dot)
    except Permanent as error:
        return plan.hopeless(row.recipients, error.code)
    return plan.judge(said, row.recipients, attempt=attempt.number, at=this.now())


def _copy_to(account: Account, row: EmailSubmission) -> str:
    """Our own mailbox, when what it receives is to be the Sent copy."""
    to_us = any(r.email.casefold() == account.address.casefold() for r in row.recipients)
    wanted = row.sent_by is SentBy.SELF and row.sent_copy is SentCopy.TODO and not to_us
    # Who got it in an earlier attempt is no reason to get it twice ourselves.
    fresh = all(r.state is not RecipientState.ACCEPTED for r in row.recipients)
    return account.address if wanted and fresh else ""


def _abandon(this: Pass, attempt: attempts.Attempt) -> None:
    """Nobody has the letter, nor may have it: it leaves when we start again."""
    try:
        attempts.end_interrupted(
            this.db,
            attempt,
            state=plan.found_at_start(attempt.phase),
            code=plan.INTERRUPTED,
            next_attempt_at=this.now(),
            now=this.now(),
        )
    except MailError as error:  # the next start finds it so
        event(log, logging.INFO, "submission.unwritten", id=attempt.submission_id, error=error)


def _take_back(
    this: Pass, attempt: attempts.Attempt, row: EmailSubmission, error: MailError
) -> None:
    """The dot was written to be about to leave, and could not: no doubt is left of it."""
    try:
        with write(this.db):
            attempts.end_attempt(
                this.db,
                attempt,
                state=SubmissionState.DEFERRED,
                recipients=row.recipients,
                code=error.code,
                reply="",
                next_attempt_at=this.now(),
                now=this.now(),
            )
    except (MailError, StoreBroken) as unwritten:  # then it stays in doubt, and is found so
        event(log, logging.INFO, "submission.unwritten", id=row.id, error=unwritten)


async def record(
    this: Pass, done: Answered, begin: Callable[[], attempts.Attempt | None]
) -> attempts.Attempt | None:
    """Write what an attempt left behind, and `begin` the next: one commit for both.

    A store that is busy or full for a while does not cost us the answer; no other attempt begins
    then.

    Raises:
        Transient: `store.busy`, again and again.  Whatever else the disk says.
    """

    def last_and_next() -> attempts.Attempt | None:
        _end(this, done)
        return begin() if first else None

    first = True
    for pause in (*UNWRITTEN_PAUSES_SECONDS, None):
        try:
            following = await this.together.commit(last_and_next, at_any_rate=True)
        except Exception as error:
            event(log, logging.WARNING, "submission.unwritten", id=done.row.id, error=error)
            if pause is None:
                raise
            await to_its_end(asyncio.sleep(pause), FINISH_SECONDS)
        else:
            _tell(this, done)
            return following
        first = False
    return None


def _end(this: Pass, done: Answered) -> None:
    outcome, now = done.outcome, this.now()
    again_at = when.next_attempt_at(
        done.attempt.number, now, code=outcome.code, jitter=this.jitter()
    )
    attempts.end_attempt(
        this.db,
        done.attempt,
        state=done.state,
        recipients=outcome.recipients,
        code=outcome.code,
        reply=outcome.reply,
        next_attempt_at=again_at if done.state is SubmissionState.DEFERRED else 0,
        now=now,
        proof_asked=outcome.proof_asked,
        copy_refused=outcome.copied is False,
        next_look_at=first_look_at(now),
    )


def _tell(this: Pass, done: Answered) -> None:
    code, row = done.outcome.code, done.row
    if any(r.state is RecipientState.ACCEPTED for r in done.outcome.recipients):
        this.intact.add(row.id)
    error = MailError(code) if code else None
    facts = {"id": row.id, "attempt": done.attempt.number, "size": row.size}
    event(log, logging.INFO, f"submission.{done.state}", error=error, **facts)
