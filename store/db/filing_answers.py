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
