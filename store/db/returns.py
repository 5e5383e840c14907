"""What came back to a letter of ours, and the letters to which what was wished did not.

A letter of the outbox is judged by what became of it for each recipient (store/db/reports.py); one
that another program sent, by its thread alone. A receipt that says "not delivered" is a letter of
that thread too, and is no return.
"""

from __future__ import annotations

from store.db.answers import ANSWERED
from store.db.open import Connection
from store.db.reports import TROUBLE
from store.db.submissions import submission
from store.model.ids import EmailId, SubmissionId
from store.model.receipt import Fate
from store.model.submission import EmailSubmission

QUIET_SECONDS = 86_400
"""A letter is given a day: receipts that a machine sends are there within minutes."""
NO_NEWS = ("", Fate.DELAYED, Fate.RELAYED, Fate.DELETED)
MINE = "SELECT lower(a.address) FROM account AS a WHERE a.id = m.account_id"
_OURS = (
    "email_submission WHERE email_submission.account_id = m.account_id"
    " AND email_submission.message_id = e.message_id AND e.message_id <> ''"
)
_SOMEBODY_WROTE = (
    "EXISTS (SELECT 1 FROM email AS back WHERE back.thread_id = e.thread_id AND back.id <> e.id"
    f" AND back.received_at >= e.received_at AND lower(back.sender_email) <> ({MINE})"
)
_IS_A_REPORT = (
    "EXISTS (SELECT 1 FROM submission_report AS told WHERE told.email_id = back.id"
    " AND told.kind <> 'answer')"
)
_LATE = (
    "EXISTS (SELECT 1 FROM answer_wanted AS w WHERE w.submission_id = email_submission.id"
    f" AND w.told_at IS NOT NULL AND NOT {ANSWERED})"
)
_REFUSED = (
    "EXISTS (SELECT 1 FROM submission_recipient AS r WHERE r.submission_id = email_submission.id"
    " AND r.state = 'refused')"
)
_QUIET = (
    "EXISTS (SELECT 1 FROM submission_recipient AS r WHERE r.submission_id = email_submission.id"
    f" AND lower(r.email) <> ({MINE}) AND r.state = 'accepted'"
    f" AND r.fate IN ({', '.join(repr(str(each)) for each in NO_NEWS)})"
    f" AND coalesce(r.at, 0) <= :now - {QUIET_SECONDS})"
    f" AND NOT {_SOMEBODY_WROTE} AND NOT {_IS_A_REPORT})"
)
NO_RETURN = (
    f"CASE WHEN EXISTS (SELECT 1 FROM {_OURS})"
    f" THEN EXISTS (SELECT 1 FROM {_OURS} AND ({_QUIET} OR email_submission.let_go = 0"
    f" AND ({TROUBLE} OR {_LATE} OR {_REFUSED})))"
    f" ELSE NOT {_SOMEBODY_WROTE}) END"
)
"""Of a letter `e` in a mailbox `m`, at `:now`."""


def sent_as(db: Connection, email_id: EmailId) -> EmailSubmission | None:
    """What the outbox knows of a letter; None of one that did not leave by it."""
    row = db.execute(
        "SELECT s.id FROM email AS e CROSS JOIN email_submission AS s"
        " ON s.account_id = e.account_id AND s.message_id = e.message_id"
        " WHERE e.id = ? AND e.message_id <> ''",
        (email_id,),
    ).fetchone()
    return None if row is None else submission(db, SubmissionId(row[0]))
