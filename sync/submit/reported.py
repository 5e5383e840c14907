"""Keep what letters that came in say of letters of ours, and what they ask: a step of deriving."""

from __future__ import annotations

import logging

from store.db.asked import note_asked
from store.db.emails import account_of
from store.db.open import Connection
from store.db.reports import mark_understood, named, note_reports
from store.db.submissions import submission
from store.host.log import event
from store.model.email import DerivedEmail
from store.model.ids import EmailId
from sync.submit.heard import NOTHING, Heard, hear, is_routine, names_in, reports_on

log = logging.getLogger(__name__)


def heard_in(email_id: EmailId, octets: bytes, found: DerivedEmail, *, is_whole: bool) -> Heard:
    """What a letter says of others; nothing when that cannot be read. The letter itself can."""
    try:
        return hear(octets, found, is_whole=is_whole)
    except Exception as error:
        event(log, logging.ERROR, "email.unheard", email=email_id, error=error)
        return NOTHING


def keep_heard(db: Connection, email_id: EmailId, heard: Heard, said_by: str, *, now: int) -> None:
    """Write what a letter says of others, once however often it is read. Call inside `write`.

    Args:
        said_by: the address in its From.
    """
    if heard is NOTHING:
        return
    if heard.asked is not None:
        asked = heard.asked
        note_asked(
            db, email_id, asked.asks_to, asked.return_path, asked.original_recipient, now=now
        )
    message_ids, envids = names_in(heard)
    understood = 0
    for submission_id in named(db, account_of(db, email_id), message_ids, envids):
        reports = reports_on(submission(db, submission_id), heard, said_by=said_by)
        new = note_reports(db, submission_id, email_id, reports, now=now)
        understood += new and sum(is_routine(each) for each in reports)
        for each in reports if new else ():
            event(log, logging.INFO, "submission.reported", id=submission_id, what=each.outcome)
    if understood and understood == len(heard.receipts):
        mark_understood(db, email_id)
