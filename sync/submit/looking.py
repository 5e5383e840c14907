"""Look for what became of letters in doubt: the step after each pass over the mailboxes.

What is found settles them; what is not is planned by sync/submit/hunt.py. One letter's trouble
stops no other.
"""

from __future__ import annotations

import logging

from store.db import evidence
from store.db.accounts import want_sync
from store.db.deriving import emails_to_derive
from store.db.open import Connection
from store.db.works import reading_floor
from store.errors import MailError
from store.host.log import event
from store.model.account import Account
from store.model.ids import AccountId
from sync.mime.read import DERIVED_VERSION
from sync.submit import hunt
from sync.submit.deadlines import next_answer_look

log = logging.getLogger(__name__)


def look(
    db: Connection, account_id: AccountId, *, now: int, is_whole: bool, saw_everything: bool
) -> int:
    """Settle what the mailboxes show, and note for what else this look was in vain. How many were
    settled.

    Args:
        is_whole: the pass has gone through every mailbox; else it was no look.
        saw_everything: no letter is there whose end has not come yet.
    """
    settled = evidence.settle_by_evidence(db, account_id, now=now)
    if reading_floor(db) and emails_to_derive(db, DERIVED_VERSION, 1):
        saw_everything = False  # reading is paused: what nobody has read is no silence
    for doubt in evidence.doubts(db, account_id) if is_whole else ():
        if not hunt.is_due(doubt, now):
            continue
        found = hunt.after_look(doubt, now, saw_everything=saw_everything)
        try:
            evidence.looked_in_vain(
                db, doubt.id, found.next_look_at, repeats=found.repeats, now=now
            )
        except MailError as error:
            event(log, logging.WARNING, "submission.not_looked", id=doubt.id, error=error)
            continue
        name = "submission.repeated" if found.repeats else "submission.looked"
        event(log, logging.INFO, name, id=doubt.id, looks=doubt.looks + 1)
    return settled


def next_look(db: Connection, account_id: AccountId) -> int | None:
    """When something in doubt is looked for next, Unix seconds UTC; None when nothing is."""
    return min((each.next_look_at for each in evidence.doubts(db, account_id)), default=None)


def ask_for_a_look(db: Connection, account: Account, *, now: int) -> None:
    """Have the mailboxes looked through once a look is due, for evidence or for an answer, though
    the server tells of nothing new. Asks once for each."""
    times = (next_look(db, account.id), next_answer_look(db, account))
    due = min((at for at in times if at is not None and at <= now), default=None)
    if due is not None and account.sync_wanted_at < due:
        want_sync(db, account.id, now)
