"""Letters that needed an answer and got none: tell whom the person named, once.

What is told is a notice, never the letter: whoever is told may have no right to what it holds, and
its subject may name a patient. The notice says to whom and when the letter left and which number
it has in this outbox. It leaves as a person's letter does, by the guard; what the guard stops
stays among the drafts, with the reason, where the outbox shows it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

from store.db.accounts import account as account_now
from store.db.answers import AnswerWanted, answers_awaited, messages_of, none_came
from store.db.open import Connection
from store.db.submissions import submission
from store.host.clock import local, now
from store.host.i18n import sentence
from store.host.log import event
from store.model.account import Account, Link
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.ids import AccountId
from store.model.submission import EmailSubmission
from store.model.submission import RecipientState as R
from sync.clock import know_clock

log = logging.getLogger(__name__)


def tell_late(db: Connection, account: Account, *, now: int) -> int:
    """Note each letter whose answer is late, with its notice. How many.

    A machine that slept over the hour has not seen yet what came meanwhile: late is what a look
    at the mailboxes did not find.
    """
    late, account = 0, account_now(db, account.id)
    for wanted in answers_awaited(db, account.id):
        if wanted.until_at > now:
            break
        if not _was_looked_for(account, wanted):
            continue
        notice = None
        if wanted.tell:
            ids = messages_of(db, wanted.submission_id)
            notice = notice_of(account, [submission(db, id_) for id_ in ids], wanted.tell)
        if none_came(db, wanted, account.id, notice, now=now):
            event(log, logging.INFO, "submission.unanswered", id=wanted.submission_id)
            late += 1
    return late


def late_by_now(db: Connection, account: Account) -> int:
    """The same, by a clock that may have leapt since the last look at it."""
    at = now()
    know_clock(db)
    return tell_late(db, account, now=at)


def _was_looked_for(account: Account, wanted: AnswerWanted) -> bool:
    """Whether it would be here if it had come in time. Where a person has to see to the line first,
    nobody knows when that will be: then it counts as looked for."""
    looked = account.last_synced_at is not None and account.last_synced_at >= wanted.until_at
    return looked or account.link is Link.NEEDS_USER


def next_answer_look(db: Connection, account: Account) -> int | None:
    """Since when the mailboxes are to be looked through for an answer, Unix seconds UTC."""
    for wanted in answers_awaited(db, account.id):
        if not _was_looked_for(account, wanted):
            return wanted.until_at
    return None


def keep_deadlines(db: Connection, account_id: AccountId) -> float:
    """Note what is late by now. Seconds until the next answer is; infinite when none is awaited.

    For as long as nothing can leave: a password that is refused makes no letter less late.
    """
    late_by_now(db, account_now(db, account_id))
    at = next_deadline(db, account_id, now=now())
    return math.inf if at is None else max(1.0, at - now())


def next_deadline(db: Connection, account_id: AccountId, *, now: int) -> int | None:
    """When an answer is late next, Unix seconds UTC; None when none is waited for, or for a look
    only, whose end is a commit."""
    account = account_now(db, account_id)
    for each in answers_awaited(db, account_id):
        if each.until_at > now or _was_looked_for(account, each):
            return each.until_at
    return None


def notice_of(account: Account, messages: Sequence[EmailSubmission], tell: str) -> Draft:
    """What is told: no word of the letter, and not that it left unless a server has taken it.

    Args:
        messages: what the letter became, one for each way.
    """
    letter, people = messages[0], [(r, each) for each in messages for r in each.recipients]
    taken = [r.at or each.send_at for r, each in people if r.state is R.ACCEPTED]
    at = min(taken, default=letter.send_at)
    return Draft(
        sender=EmailAddress(name=account.display_name, email=account.address),
        to=(EmailAddress(email=tell),),
        subject=sentence("unanswered.subject", id=letter.id),
        body=sentence(
            "unanswered.body" if taken else "unanswered.not_taken",
            people=", ".join(r.email for r, _ in people),
            at=f"{local(at):%d/%m/%Y %H:%M}",
            id=letter.id,
        ),
    )
