"""Which letters' senders have been told what became of their document: once each."""

from __future__ import annotations

from store.db.open import Connection
from store.errors import Usage
from store.model.ids import AccountId, EmailId, SubmissionId


def account_of(db: Connection, email_id: EmailId) -> AccountId:
    """By which account a letter came.

    Raises:
        Usage: `email.unknown`.
    """
    row = db.execute("SELECT account_id FROM email WHERE id = ?", (email_id,)).fetchone()
    if row is None:
        raise Usage("email.unknown", id=email_id)
    return AccountId(row[0])


def filings_told(db: Connection) -> list[tuple[EmailId, bool, str]]:
    """Letters that ask, of whose documents the practice's software has said all: whether it refused
    one, and its words. Those a person withdrew are for a person to answer."""
    rows = db.execute(
        "SELECT a.email_id, max(h.state = 'refused'), group_concat(h.reply, ' ')"
        " FROM receipt_asked a JOIN handover h ON h.email_id = a.email_id"
        " WHERE a.filing IS NULL AND a.state IN ('unread', 'read', 'ask') AND h.kind = 'hl7'"
        " GROUP BY a.email_id HAVING min(h.state IN ('accepted', 'refused'))"
    )
    return [(EmailId(row[0]), bool(row[1]), str(row[2])) for row in rows]


def note_answer_within(
    db: Connection, email_id: EmailId, *, code: str, submission_id: SubmissionId, now: int
) -> None:
    """Note that one was answered. Call inside `write`, with its submission.

    Raises:
        Usage: `answer.already`.
    """
    done = db.execute(
        "INSERT OR IGNORE INTO filing_answer (email_id, code, submission_id, answered_at)"
        " VALUES (?, ?, ?, ?)",
        (email_id, code, submission_id, now),
    )
    if not done.rowcount:
        raise Usage("answer.already", id=email_id)
