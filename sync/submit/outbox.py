"""One pass over an account's outbox: settle what was interrupted, freeze, send, file the copies.

Each step is on disk before the next word leaves; what the steps mean is decided in
sync/submit/plan.py. Nothing is written, and no connection made, when there is nothing to do.
"""

from __future__ import annotations

import logging
import random
import secrets
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, closing
from dataclasses import dataclass

from store.db import ahead, attempts, evidence
from store.db.attempts import Attempt
from store.db.beside import Beside
from store.db.drafts import drafts_to_send, drafts_waiting
from store.db.open import Connection
from store.errors import MailError, Transient
from store.host.log import event
from store.model.account import Account
from store.model.ids import AccountId
from store.model.submission import SubmissionState, Waiting
from sync.submit import when
from sync.submit.attempt import Line, Pass, begin_next, make, record
from sync.submit.copies import file_sent_copies
from sync.submit.deadlines import next_deadline, tell_late
from sync.submit.ending import stop_if_told, told_to_stop
from sync.submit.freeze import Token, freeze_due
from sync.submit.interrupted import settle_interrupted
from sync.submit.receipts import queue_receipts, receipts_due
from sync.submit.security import Keys, no_keys
from sync.submit.smtp import Submitter
from sync.submit.together import Together, all_to_their_end

log = logging.getLogger(__name__)
AT_ONCE = 20
"""Letters chosen together for a line: a person's letter written meanwhile waits for at most so
many."""
FRUITLESS_LINES = 2
"""So many connections in a row that ended before a letter was accepted: the line is down."""
FOREVER = 2**62
MOST_LINES, LETTERS_FOR_A_LINE = 6, 6
"""Another connection pays for its log-in once it has so many letters to carry."""


Connect = Callable[[Account, str], AbstractAsyncContextManager[Line]]
Password = Callable[[], Awaitable[str]]
"""Asks for it: of a file or a command, which may fail."""


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


async def run_outbox(
    db: Connection,
    account: Account,
    password: Password,
    *,
    now: Callable[[], int],
    jitter: Callable[[], float] = random.random,
    token: Token = secrets.token_hex,
    connect: Connect = Submitter,
    keys: Keys = no_keys,
    most_lines: int = MOST_LINES,
    dotted: Callable[[int], None] = lambda _: None,
    know_clock: Callable[[], None] = lambda: None,
) -> OutboxReport:
    """Send everything that is due, over one connection where it lasts.

    A letter's own trouble is on its row. Raises what keeps every letter from leaving; they wait,
    with the reason on them, and nothing is counted against them.

    Cancelled, it abandons what is not past its final dot, waits for the answer to what is, and
    leaves nothing of either unsaid on disk.

    Args:
        password: asked for once a letter is to leave: what needs no server is done without, and
            what waits for it says why.
        keys: what signs, and makes our own copies readable.
        most_lines: so many connections at once, when much is due.
        dotted: told the number of each final dot before it leaves (store/host/place.py).
        know_clock: looks whether somebody has set it, before what is due is asked.

    Raises:
        Transient, NeedsUser: `net.*`, `tls.*`, `smtp.*`, `password.*`; `submission.cut` and its
            like when the line breaks again and again; `store.busy`.
    """
    with closing(Beside(db)) as letters:
        this = Pass(db, account, now, jitter, Together(db), letters, dotted, know_clock)
        return await _run(this, password, token, connect, keys, most_lines)


async def _run(
    this: Pass,
    password: Password,
    token: Token,
    connect: Connect,
    keys: Keys,
    most_lines: int,
) -> OutboxReport:
    db, account, at = this.db, this.account, this.now()
    this.know_clock()
    ahead.count_from_now(db, account.id, now=this.now())  # by the clock that was seen
    settle_interrupted(db, account.id, now=at, jitter=this.jitter)
    tell_late(db, account, now=at)
    queue_receipts(db, account, now=at, token=token)
    frozen = await freeze_due(db, account, now=at, token=token, keys=keys)
    evidence.settle_by_evidence(db, account.id, now=this.now())
    filed = file_sent_copies(db, account, now=this.now())
    tally: Counter[SubmissionState] = Counter()
    try:
        await _send_all(this, password, connect, tally, most_lines)
    finally:
        stop_if_told()  # whatever else went wrong: nobody waits for us to try again
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
    left_over = attempts.interrupted(db, account_id) or receipts_due(db, account_id)
    if left_over or ahead.any_ahead(db, account_id, now=now):
        return now
    wanted = set(drafts_to_send(db, account_id, FOREVER))
    times = [send_at for draft_id, send_at, _ in drafts_waiting(db) if draft_id in wanted]
    times += [when.due_at(each, now) for each in attempts.waiting(db, account_id)]
    times += [at for at in (next_deadline(db, account_id, now=now),) if at is not None]
    return min(times, default=None)


async def _send_all(
    this: Pass,
    password: Password,
    connect: Connect,
    tally: Counter[SubmissionState],
    most_lines: int,
) -> None:
    """Connect as long as something is due and the connections are of use."""

    async def line() -> AbstractAsyncContextManager[Line]:
        return connect(this.account, await password())

    fruitless = 0
    while _due(this):
        before = tally[SubmissionState.ACCEPTED]
        async with AsyncExitStack() as opened:
            lines = Lines(this, line, opened, most_lines)
            ended_by = await _send_over(this, lines, tally)
        fruitful = not ended_by or tally[SubmissionState.ACCEPTED] > before
        fruitless = 0 if fruitful else fruitless + 1
        if fruitless == FRUITLESS_LINES:
            raise Transient(ended_by, host=this.account.smtp.host)


def _due(this: Pass) -> Sequence[Waiting]:
    at = this.now()
    this.know_clock()
    return when.in_order(attempts.waiting(this.db, this.account.id), at)


class Lines:
    """The connections of one pass: more of them while more letters come to wait."""

    def __init__(
        self,
        this: Pass,
        connect: Callable[[], Awaitable[AbstractAsyncContextManager[Line]]],
        opened: AsyncExitStack,
        most: int,
    ) -> None:
        self._this, self._connect, self._opened, self._most = this, connect, opened, most
        self._lines: list[Line] = []

    async def enough_for(self, letters: int) -> list[Line]:
        """Those that last still. One that has ended is not replaced as long as another lasts.

        Some servers allow few at once: one that is refused after the first is done without.

        Raises:
            MailError: not even one can be made; the letters that wait for it say so.
        """
        while len(self._lines) < max(1, min(letters // LETTERS_FOR_A_LINE, self._most)):
            try:
                self._lines.append(await self._opened.enter_async_context(await self._connect()))
            except MailError as error:
                self._most = len(self._lines)
                if not self._lines:
                    this = self._this
                    attempts.line_is_down(this.db, this.account.id, error.code, now=this.now())
                    raise
                event(log, logging.INFO, "outbox.fewer_lines", n=self._most, error=error)
        return [line for line in self._lines if line.usable]


async def _send_over(this: Pass, lines: Lines, tally: Counter[SubmissionState]) -> str:
    """Send what is due until nothing is, or the lines end. Returns the code of what ended it."""
    while due := _due(this):
        usable = await lines.enough_for(len(due))
        ended_by = await _by_all(this, usable, deque(due[: AT_ONCE * len(usable)]), tally)
        file_sent_copies(this.db, this.account, now=this.now(), intact=this.intact)
        stop_if_told()
        if not any(line.usable for line in usable):
            return ended_by or "smtp.busy"
    return ""


async def _by_all(
    this: Pass, lines: Sequence[Line], due: deque[Waiting], tally: Counter[SubmissionState]
) -> str:
    """Send these over all lines, each taking the next letter when it has ended one."""
    this.together.lines = len(lines)
    if len(lines) == 1:
        return await _send_these(this, lines[0], due, tally)
    codes: list[str] = []

    async def over(line: Line) -> None:
        codes.append(await _send_these(this, line, due, tally))

    await all_to_their_end(over(line) for line in lines)
    return next(filter(None, codes), "")


async def _send_these(
    this: Pass, line: Line, due: deque[Waiting], tally: Counter[SubmissionState]
) -> str:
    """Send these while the line lasts and nobody stops us. Returns the code of the last attempt."""

    def begin() -> Attempt | None:
        return begin_next(this, due) if line.usable and not told_to_stop() else None

    code = ""
    attempt = await this.together.commit(begin)
    while attempt is not None:
        done = await make(this, line, attempt)
        attempt = await record(this, done, begin)
        tally[done.state] += 1
        code = done.outcome.code
    return code
