"""Letters that need an answer: until when, and who is told once none has come.

An answer is a letter from one of the recipients that names ours (store/db/reports.py). Of a letter
that became several messages, one for each way, an answer to any of them is one to all.
"""

from __future__ import annotations

from typing import NamedTuple

from store.db.drafts import draft_copied_within, save_draft_within, send_draft_within
from store.db.open import Connection, write
from store.errors import Usage
from store.model.draft import Draft
from store.model.ids import AccountId, SubmissionId

LETTER = """
(SELECT w.submission_id UNION SELECT o.id FROM email_submission AS s JOIN email_submission AS o
  ON o.letter = s.letter AND o.letter <> '' WHERE s.id = w.submission_id)
"""
"""The messages that a letter became."""
ANSWERED = f"""
EXISTS (SELECT 1 FROM submission_report AS p WHERE p.submission_id IN {LETTER}
         AND p.kind = 'answer' AND p.is_believed)
"""


class AnswerWanted(NamedTuple):
    """What is waited for."""

    submission_id: SubmissionId
    until_at: int
    """Unix seconds."""
    tell: str
    """An addr-spec; '' when it is only shown."""
    told_at: int | None
    """When it was found that none had come, Unix seconds."""
    is_answered: bool
    is_copied: bool = False
    """It was waited for in a store that proved to be a copy: another may have told somebody."""


def want_answer_within(
    db: Connection, submission_id: SubmissionId, until_at: int, tell: str = ""
) -> None:
    """Wish to know when no answer has come by `until_at`. Call inside `write`.

    Raises:
        Usage: `outbox.unknown`.
    """
    done = db.execute(
        "INSERT INTO answer_wanted (submission_id, until_at, tell)"
        " SELECT id, ?, ? FROM email_submission WHERE id = ?"
        " ON CONFLICT (submission_id) DO UPDATE SET until_at = excluded.until_at,"
        " tell = excluded.tell, told_at = NULL, copied_at = 0, moved_seconds = 0",
        (until_at, tell, submission_id),
    ).rowcount
    if not done:
        raise Usage("outbox.unknown", id=submission_id)


def answer_wanted(db: Connection, submission_id: SubmissionId) -> AnswerWanted | None:
    """What is waited for of one letter; None when nothing is."""
    found = _wanted(db, "w.submission_id = ?", submission_id)
    return found[0] if found else None


def answers_awaited(db: Connection, account_id: AccountId) -> list[AnswerWanted]:
    """Letters of an account whose answer has not come and which nobody was told of, the earliest
    first."""
    return _wanted(
        db,
        "s.account_id = ? AND s.state <> 'canceled' AND w.told_at IS NULL AND NOT " + ANSWERED,
        account_id,
    )


def none_came(
    db: Connection, wanted: AnswerWanted, account_id: AccountId, notice: Draft | None, *, now: int
) -> bool:
    """Note that no answer came, and let the notice leave: one commit, so that it leaves once, for
    all messages of the letter.

    False when somebody has noted it, or an answer has come meanwhile.
    """
    with write(db):
        there = answer_wanted(db, wanted.submission_id)
        if there is None or there.is_answered or there.told_at is not None:
            return False
        db.executemany(
            "UPDATE answer_wanted SET told_at = ? WHERE submission_id = ?",
            [(now, each) for each in messages_of(db, wanted.submission_id)],
        )
        if notice is not None:
            draft_id = save_draft_within(db, account_id, notice, now=now)
            send_draft_within(db, draft_id, now)
            if there.is_copied:
                draft_copied_within(db, draft_id)
    return True


def messages_of(db: Connection, submission_id: SubmissionId) -> list[SubmissionId]:
    """Those that the letter of this one became, itself too, in order."""
    rows = db.execute(
        "SELECT m.id FROM (SELECT ? AS submission_id) AS w, email_submission AS m"
        f" WHERE m.id IN {LETTER} ORDER BY m.id",
        (submission_id,),
    )
    return [SubmissionId(row[0]) for row in rows]


def unanswered(db: Connection) -> int:
    """How many letters had no answer in time, and have none yet, and nobody has let go of."""
    row = db.execute(
        "SELECT count(DISTINCT iif(s.letter = '', CAST(s.id AS TEXT), s.letter))"
        " FROM answer_wanted AS w CROSS JOIN email_submission AS s ON s.id ="
        f" w.submission_id WHERE w.told_at IS NOT NULL AND NOT {ANSWERED} AND NOT EXISTS"
        f" (SELECT 1 FROM email_submission AS g WHERE g.id IN {LETTER} AND g.let_go = 1)"
    ).fetchone()
    return int(row[0])


def _wanted(db: Connection, condition: str, value: int) -> list[AnswerWanted]:
    rows = db.execute(
        f"SELECT w.submission_id, w.until_at, w.tell, w.told_at, {ANSWERED}, w.copied_at"
        " FROM answer_wanted AS w"
        # What waits is few, the outbox is long: the order of the two is said (CROSS).
        f" CROSS JOIN email_submission AS s ON s.id = w.submission_id WHERE {condition}"
        " ORDER BY w.until_at, w.submission_id",
        (value,),
    )
    return [AnswerWanted._make((*row[:4], bool(row[4]), bool(row[5]))) for row in rows]
