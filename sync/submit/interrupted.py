"""Attempts that nobody goes on with: the process that made them was killed."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

from store.db import attempts
from store.db.open import Connection
from store.host.log import event
from store.model.ids import AccountId
from store.model.submission import NO_ANSWER, SubmissionState
from sync.submit import plan, when
from sync.submit.hunt import first_look_at

log = logging.getLogger(__name__)


def settle_interrupted(
    db: Connection,
    account_id: AccountId | None = None,
    *,
    now: int,
    jitter: Callable[[], float] = random.random,
) -> None:
    """Say what they left: of an account before its pass; of all by whoever takes the node's lock,
    since as long as it is held nobody can see that another account's attempt is dead."""
    for attempt in attempts.interrupted(db, account_id):
        state = plan.found_at_start(attempt.phase)
        attempts.end_interrupted(
            db,
            attempt,
            state=state,
            code=NO_ANSWER if state is SubmissionState.UNCERTAIN else plan.INTERRUPTED,
            next_attempt_at=when.rested_at(attempt.number, now, jitter=jitter()),
            now=now,
            next_look_at=first_look_at(now),
        )
        event(log, logging.INFO, "submission.interrupted", id=attempt.submission_id, state=state)
