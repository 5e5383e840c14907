"""One pass over an account's outbox: settle what was interrupted, freeze, send, file the copies.

Each step is on disk before the next word leaves; what the steps mean is decided in
sync/submit/plan.py. Nothing is written, and no connection made, when there is nothing to do.
"""

from __future__ import annotations

import logging
import random
import secrets
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from store.db import attempts, blobs
from store.db import submissions as rows
from store.db.drafts import drafts_to_send, drafts_waiting
from store.db.emails import add_email
from store.db.mailboxes import mailbox_by_role
from store.db.open import Connection, write
from store.db.replica import file_copy
from store.errors import MailError, Permanent, Transient
from store.host.log import event
from store.model.account import Account
from store.model.email import SEEN
from store.model.ids import AccountId
from store.model.mailbox import Role
from store.model.submission import EmailSubmission, RecipientState, SubmissionState, Waiting
from sync.submit import plan
from sync.submit.envelope import Letter
from sync.submit.freeze import Token, freeze_due
from sync.submit.smtp import Submitter

log = logging.getLogger(__name__)
AT_ONCE = 20
"""Letters chosen together: a person's letter written meanwhile waits for at most so many."""
FRUITLESS_LINES = 2
"""So many connections in a row that ended before a letter was accepted: the line is down."""
FOREVER = 2**62


class Line(Protocol):
    """A connection that letters leave by; `Submitter` is the one."""

    @property
    def usable(self) -> bool:
        """True while another letter may be sent over it."""

    async def transmit(
        self, letter: Letter, about_to_dot: Callable[[tuple[str, ...]], None]
    ) -> plan.Transmission:
        """One mail transaction; see `Submitter.transmit`."""


Connect = Callable[[Account, str], AbstractAsyncContextManager[Line]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxReport:
    """What a pass did."""

    frozen: int
    accepted: int
    deferred: int
    refused: int
    uncertain: int
    filed: int
    """Sent copies."""


@dataclass(frozen=True, slots=True)
class _Pass:
    """What every step of one pass needs."""

    db: Connection
    account: Account
    now: Callable[[], int]
    jitter: Callable[[], float]


async def run_outbox(
    db: Connection,
    account: Account,
    password: str,
    *,
    now: Callable[[], int],
    jitter: Callable[[], float] = random.random,
    token: Token = secrets.token_hex,
    connect: Connect = Submitter,
) -> OutboxReport:
    """Send everything that is due, over one connection where it lasts.

    A letter's own trouble is on its row. Raises what keeps every letter from leaving; they wait,
    with the reason on them, and nothing is counted against them.

    Raises:
        Transient, NeedsUser: `net.*`, `tls.*`, `smtp.*`; `submission.cut` and its like when the
            line breaks again and again; `store.busy`.
    """
    this = _Pass(db, account, now, jitter)
    _settle_interrupted(this)
    frozen = freeze_due(db, account, now=now(), token=token)
    rows.settle_by_evidence(db, account.id, now=now())
    filed = file_sent_copies(db, account, now=now())
    tally: Counter[SubmissionState] = Counter()
    fruitless = 0
    while _due(this):
        before = tally[SubmissionState.ACCEPTED]
        async with _line(this, password, connect) as line:
            ended_by = await _send_over(this, line, tally)
        fruitful = not ended_by or tally[SubmissionState.ACCEPTED] > before
        fruitless = 0 if fruitful else fruitless + 1
        if fruitless == FRUITLESS_LINES:
            raise Transient(ended_by, host=account.smtp.host)
    return OutboxReport(
        frozen=frozen,
        accepted=tally[SubmissionState.ACCEPTED],
        deferred=tally[SubmissionState.DEFERRED],
        refused=tally[SubmissionState.REFUSED],
        uncertain=tally[SubmissionState.UNCERTAIN],
        filed=filed,
    )


def next_due(db: Connection, account_id: AccountId, *, now: int) -> int | None:
    """When a pass next has something to do, Unix seconds UTC; None when nothing waits."""
    if attempts.interrupted(db, account_id):
        return now
    wanted = set(drafts_to_send(db, account_id, FOREVER))
    times = [send_at for draft_id, send_at, _ in drafts_waiting(db) if draft_id in wanted]
    times += [plan.due_at(each) for each in attempts.waiting(db, account_id)]
    return min(times, default=None)


def file_sent_copies(db: Connection, account: Account, *, now: int) -> int:
    """File the copies that could not be yet: no mailbox for sent letters was known. How many."""
    done = 0
    for submission_id in rows.copies_to_file(db, account.id):
        row = rows.submission(db, submission_id)
        with write(db):
            done += _file_copy(db, row, _octets(db, row), now)
    return done


def _settle_interrupted(this: _Pass) -> None:
    for attempt in attempts.interrupted(this.db, this.account.id):
        state = plan.found_at_start(attempt.phase)
        doubt = state is SubmissionState.UNCERTAIN
        attempts.end_interrupted(
            this.db,
            attempt,
            state=state,
            code=plan.NO_ANSWER if doubt else plan.INTERRUPTED,
            next_attempt_at=plan.rested_at(attempt.number, this.now(), jitter=this.jitter()),
            now=this.now(),
        )
        event(log, logging.INFO, "submission.interrupted", id=attempt.submission_id, state=state)


def _due(this: _Pass) -> Sequence[Waiting]:
    return plan.in_order(attempts.waiting(this.db, this.account.id), this.now())[:AT_ONCE]


@asynccontextmanager
async def _line(this: _Pass, password: str, connect: Connect) -> AsyncIterator[Line]:
    """A connection; when none can be made, the letters that wait for it say so."""
    try:
        opening = connect(this.account, password)
        line = await opening.__aenter__()
    except MailError as error:
        attempts.line_is_down(this.db, this.account.id, error.code, now=this.now())
        raise
    try:
        yield line
    finally:
        await opening.__aexit__(None, None, None)


async def _send_over(this: _Pass, line: Line, tally: Counter[SubmissionState]) -> str:
    """Send what is due until nothing is, or the line ends. Returns the code of what ended it."""
    while due := deque(_due(this)):
        with write(this.db):
            attempt = _begin_next(this, due)
        while attempt is not None:
            row = rows.submission(this.db, attempt.submission_id)
            octets = _octets(this.db, row)
            outcome = await _attempt(this, line, attempt, row, octets)
            state = _after(this.db, row, outcome)
            # One commit for the end of one attempt and the beginning of the next.
            with write(this.db):
                _end(this, attempt, row, octets, outcome, state)
                attempt = _begin_next(this, due) if line.usable else None
            tally[state] += 1
            if not line.usable:
                return outcome.code or "smtp.busy"
    return ""


def _begin_next(this: _Pass, due: deque[Waiting]) -> attempts.Attempt | None:
    """Begin with the first that still waits. Call inside `write`."""
    while due:
        attempt = attempts.begin_attempt(this.db, due.popleft().id, now=this.now())
        if attempt is not None:
            return attempt
    return None


def _octets(db: Connection, row: EmailSubmission) -> bytes | None:
    """The letter; None when the disk has damaged it, which must stop no other letter."""
    try:
        return blobs.get(db, row.blob_id)
    except Permanent as error:
        event(log, logging.ERROR, "submission.damaged", id=row.id, error=error)
        return None


async def _attempt(
    this: _Pass,
    line: Line,
    attempt: attempts.Attempt,
    row: EmailSubmission,
    octets: bytes | None,
) -> plan.Outcome:
    def about_to_dot(accepted: tuple[str, ...]) -> None:
        attempts.about_to_dot(this.db, attempt, accepted, now=this.now())

    if octets is None:
        return plan.hopeless(row.recipients, "blob.damaged")
    letter = Letter(
        mail_from=row.mail_from,
        recipients=tuple(r.email for r in row.recipients if plan.remains(r)),
        octets=octets,
        envid=row.envid,
    )
    try:
        said = await line.transmit(letter, about_to_dot)
    except Permanent as error:
        return plan.hopeless(row.recipients, error.code)
    return plan.judge(said, row.recipients, attempt=attempt.number, at=this.now())


def _after(db: Connection, row: EmailSubmission, outcome: plan.Outcome) -> SubmissionState:
    state = rows.submission(db, row.id).state
    return state if outcome.event is None else plan.follow(state, outcome.event)


def _end(
    this: _Pass,
    attempt: attempts.Attempt,
    row: EmailSubmission,
    octets: bytes | None,
    outcome: plan.Outcome,
    state: SubmissionState,
) -> None:
    """Write what an attempt left behind, and the Sent copy with it. Call inside `write`."""
    now, number = this.now(), attempt.number
    again_at = plan.next_attempt_at(number, now, code=outcome.code, jitter=this.jitter())
    attempts.end_attempt(
        this.db,
        attempt,
        state=state,
        recipients=outcome.recipients,
        code=outcome.code,
        reply=outcome.reply,
        next_attempt_at=again_at if state is SubmissionState.DEFERRED else 0,
        now=now,
    )
    if any(r.state is RecipientState.ACCEPTED for r in outcome.recipients):
        _file_copy(this.db, row, octets, now)
    error = MailError(outcome.code) if outcome.code else None
    facts = {"id": row.id, "attempt": number, "size": row.size}
    event(log, logging.INFO, f"submission.{state}", error=error, **facts)


def _file_copy(db: Connection, row: EmailSubmission, octets: bytes | None, now: int) -> bool:
    """Put the letter among the sent ones, once; False when that cannot be yet. Inside `write`."""
    sent = mailbox_by_role(db, row.account_id, Role.SENT)
    if sent is None or octets is None or not rows.copy_filed(db, row.id):
        return False
    email_id = add_email(db, row.account_id, octets, now)
    seen = frozenset({SEEN})
    file_copy(db, row.account_id, email_id, sent.id, seen, message_id=row.message_id)
    return True
