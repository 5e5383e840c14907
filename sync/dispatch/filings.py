"""What the practice's software said of a letter's documents, told to who sent them: once, as the
account's policy for receipts says.

Filed, or not and why (sync/documents/mdn.py). By itself only where the account always answers and
the standard lets nobody be asked (RFC 8098 §2.1); else a person is asked, where receipts are asked
for. It is the letter's one receipt, and passes the guard as answering.py does.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from secrets import token_hex

from store.db.accounts import account
from store.db.asked import ReceiptAsked, asked_in, note_filing, set_asked
from store.db.filing_answers import account_of, filings_told
from store.db.open import Connection, write
from store.errors import MailError, Transient
from store.host.log import event
from store.model.account import Receipts
from sync.dispatch.answering import answer
from sync.documents.mdn import Answered, FilingError, may_answer_by_itself

log = logging.getLogger(__name__)
CODE = re.compile(r"(?<![0-9])90[0-6](?![0-9])")
OPEN = ("read", "yes")
Token = Callable[[int], str]


async def answer_filings(db: Connection, *, now: int, token: Token = token_hex) -> int:
    """Note what the software said, and queue what may leave. Returns how many were queued.

    Raises:
        Transient: `store.busy`.
    """
    for email_id, refused, replies in filings_told(db):
        note_filing(db, email_id, code_of(replies) if refused else "", now=now)
    queued = 0
    for asked in asked_in(db, None, OPEN):
        if asked.filing is not None:
            queued += await _follow(db, asked, now=now, token=token)
    return queued


def code_of(replies: str) -> str:
    """The volet's code in what the software said; 906, another error, where it says none."""
    found = CODE.search(replies)
    return found[0] if found else FilingError.OTHER.value


async def _follow(db: Connection, asked: ReceiptAsked, *, now: int, token: Token) -> int:
    """One letter of which the software has said all: answered, asked about, or left."""
    by_person = asked.state == "yes"
    after, code = "ask", ""
    policy = account(db, account_of(db, asked.email_id)).receipts
    if asked.is_answered:
        after = "done"
    elif policy is Receipts.NEVER and not by_person:
        after = "no"
    elif by_person or (policy is Receipts.ALWAYS and _may(asked)):
        try:
            error = FilingError(asked.filing) if asked.filing else None
            await answer(db, asked.email_id, error, now=now, token=token, by_person=by_person)
            return 1
        except Transient:
            raise
        except MailError as error:
            # Nobody was asked yet: a person may know better. Who has said yes is told why not.
            after, code = "no" if by_person else "ask", error.code
            event(log, logging.INFO, "filing.refused", email=asked.email_id, error=error)
    with write(db):
        set_asked(db, asked.email_id, asked.state, after, now=now, error=code)
    return 0


def _may(asked: ReceiptAsked) -> bool:
    return may_answer_by_itself(
        Answered(
            message_id=asked.message_id,
            subject=asked.subject,
            asks_to=asked.asks_to,
            return_path=asked.return_path,
            recipient="",
        )
    )
