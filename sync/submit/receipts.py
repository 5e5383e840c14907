"""Answer those who ask whether we read their letter, as the account says and the standard allows.

RFC 8098 §2.1: nothing leaves by itself to somebody else than the letter came from, nothing for a
letter to many, nothing twice. The receipt is a letter like any other: by the guard, by the outbox.
That it was answered is committed with the receipt, so that a crash makes neither two nor none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum

from store.db.asked import ReceiptAsked, asked_in, mark_answered, set_asked
from store.db.open import Connection, write
from store.db.routing import ways
from store.db.submissions import queue_within
from store.errors import MailError, NeedsUser, Transient
from store.host.log import event
from store.model.account import Account, Receipts
from store.model.ids import AccountId
from store.model.route import Content, Dispatch, Envelope
from store.model.submission import SentCopy
from sync.documents.mdn import Answered, build_displayed, may_answer_by_itself

log = logging.getLogger(__name__)
OPEN = ("read", "yes")


class Step(StrEnum):
    """What is done next with a letter that asks."""

    DONE = "done"
    """Another device has answered."""
    NO = "no"
    ASK = "ask"
    YES = "yes"


def next_step(asked: ReceiptAsked, policy: Receipts) -> Step:
    """What follows once a person has read it. Pure."""
    if asked.is_answered:
        return Step.DONE
    if asked.state == "yes":
        return Step.YES
    if policy is Receipts.NEVER or not asked.message_id:
        return Step.NO
    may = may_answer_by_itself(_answered(asked, ""))
    return Step.YES if policy is Receipts.ALWAYS and may else Step.ASK


def receipts_due(db: Connection, account_id: AccountId) -> bool:
    """Whether `queue_receipts` has something to do."""
    return any(asked.filing is None for asked in asked_in(db, account_id, OPEN))


def queue_receipts(
    db: Connection, account: Account, *, now: int, token: Callable[[int], str]
) -> int:
    """Decide of each letter that asks and was read; queue what is to leave. How many.

    One that cannot be answered keeps the reason; it stops no other.

    Raises:
        Transient: `store.busy`.
    """
    queued = 0
    for asked in asked_in(db, account.id, OPEN):
        if asked.filing is not None:
            continue  # more is known than that it was read (sync/dispatch/filings.py)
        step = next_step(asked, account.receipts)
        try:
            if step is Step.YES:
                queued += _queue(db, account, asked, now=now, token=token)
                continue
            code = ""
        except Transient:
            raise
        except MailError as error:
            # Nobody was asked yet: a person may know better. Who has said yes is told why not.
            step, code = Step.NO if asked.state == "yes" else Step.ASK, error.code
            event(log, logging.INFO, "receipt.refused", email=asked.email_id, error=error)
        except Exception as error:  # whatever is in it, it stops nobody's letters
            step, code = Step.NO, "submission.unbuildable"
            event(log, logging.ERROR, "receipt.refused", email=asked.email_id, error=error)
        with write(db):
            set_asked(db, asked.email_id, asked.state, step.value, now=now, error=code)
    return queued


def _answered(asked: ReceiptAsked, recipient: str) -> Answered:
    return Answered(
        message_id=asked.message_id,
        subject=asked.subject,
        asks_to=asked.asks_to,
        return_path=asked.return_path,
        recipient=recipient,
        original_recipient=asked.original_recipient,
    )


def _queue(
    db: Connection, account: Account, asked: ReceiptAsked, *, now: int, token: Callable[[int], str]
) -> bool:
    message_id = f"{token(16)}@{account.address.rpartition('@')[2].lower()}"
    octets = build_displayed(
        _answered(asked, account.address),
        message_id=message_id,
        date_at=now,
        boundary=token(16),
        by_person=asked.state == "yes",
    )
    dispatch = _way(db, account, asked.asks_to, now)
    with write(db):
        if not set_asked(db, asked.email_id, asked.state, "done", now=now):
            return False
        mark_answered(db, asked.email_id)
        queue_within(
            db,
            account_id=account.id,
            octets=octets,
            message_id=message_id,
            mail_from="",
            recipients=dispatch.emails,
            subject=asked.subject,
            source="person",
            send_at=now,
            now=now,
            sent_copy=SentCopy.NONE,
            routes=dispatch.routes,
        )
    return True


def _way(db: Connection, account: Account, to: str, now: int) -> Dispatch:
    """The one way to whoever asks. It is never sealed: where that is needed, a person writes.

    Raises:
        Permanent: the guard's reason.
        NeedsUser: `receipt.no_plain_way`.
    """
    (dispatch,) = ways(db, account.id, [to], Content(), now=now)
    if dispatch.envelope is not Envelope.PLAIN or dispatch.account_id != account.id:
        raise NeedsUser("receipt.no_plain_way")
    return dispatch
