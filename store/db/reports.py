"""What letters that came in say of letters of ours: kept as said, and summed up per recipient.

A statement is a row that only adds; a recipient's `fate` is the sum of them, written in the same
transaction. So a letter that is derived again, or one that came twice, changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from store.db.answers import unanswered
from store.db.open import Connection, write
from store.model.email import SEEN, pack_keywords, unpack_keywords
from store.model.ids import AccountId, EmailId, SubmissionId
from store.model.receipt import Fate, Outcome, ReceiptKind, Report, fate_of

MOST_REPORTS = 1000
"""About one letter: who knows its name could send receipts for ever."""
TROUBLE = """
(EXISTS (SELECT 1 FROM submission_recipient AS r WHERE r.submission_id = email_submission.id
          AND r.fate IN ('failed', 'unfiled'))
 OR EXISTS (SELECT 1 FROM submission_report AS p WHERE p.submission_id = email_submission.id
             AND p.email = '' AND p.is_believed AND p.outcome IN ('failed', 'refused')))
"""
"""A letter that failed after a server had taken it, for somebody, or for we do not know whom."""
TROUBLED = """
SELECT submission_id FROM submission_recipient WHERE fate IN ('failed', 'unfiled')
 UNION ALL SELECT submission_id FROM submission_report
            WHERE email = '' AND is_believed = 1 AND outcome IN ('failed', 'refused')
"""
"""The same of all letters, by the indexes of what went wrong."""
LEFT_OUT = """
SELECT submission_id FROM submission_recipient WHERE state = 'refused'
"""
"""Of an accepted letter these did not get it: no report will say so, nobody else has it."""
UNANSWERED = """
EXISTS (SELECT 1 FROM answer_wanted AS w WHERE w.submission_id = email_submission.id
         AND w.told_at IS NOT NULL)
"""
"""A letter that needed an answer and got none in time."""


def named(
    db: Connection, account_id: AccountId, message_ids: Collection[str], envids: Collection[str]
) -> list[SubmissionId]:
    """Letters of ours that are known under one of these names."""
    found: set[int] = set()
    for column, names in (("message_id", message_ids), ("envid", envids)):
        for name in names:
            rows = db.execute(
                f"SELECT id FROM email_submission WHERE account_id = ? AND {column} = ?",
                (account_id, name),
            )
            found.update(row[0] for row in rows)
    return [SubmissionId(id_) for id_ in sorted(found)]


def note_reports(
    db: Connection,
    submission_id: SubmissionId,
    email_id: EmailId,
    reports: Iterable[Report],
    *,
    now: int,
) -> int:
    """Keep what one letter says of a letter of ours. How many are new. Call inside `write`."""
    room = MOST_REPORTS - _count(db, submission_id)
    new = 0
    for report in reports:
        if new >= room:
            break
        new += db.execute(
            "INSERT INTO submission_report (submission_id, email, kind, outcome, is_believed,"
            " is_automatic, status, error, explanation, said_by, email_id, at)"
            " SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, id, min(received_at, ?) FROM email WHERE id = ?"
            " ON CONFLICT DO NOTHING",
            (
                *(submission_id, report.email, report.kind.value, report.outcome.value),
                *(report.is_believed, report.is_automatic, report.status, report.error),
                *(report.explanation, report.said_by, now, email_id),
            ),
        ).rowcount
    if new:
        _sum_up(db, submission_id, now)
    return new


def _count(db: Connection, submission_id: SubmissionId) -> int:
    row = db.execute(
        "SELECT count(*) FROM submission_report WHERE submission_id = ?", (submission_id,)
    ).fetchone()
    return int(row[0])


def _sum_up(db: Connection, submission_id: SubmissionId, now: int) -> None:
    by_recipient: dict[str, list[Report]] = {}
    for report in reports_of(db, submission_id):
        by_recipient.setdefault(report.email, []).append(report)
    for email, about in by_recipient.items():
        fate = fate_of(about)
        db.execute(
            "UPDATE submission_recipient SET fate = :fate, fate_at = :at"
            " WHERE submission_id = :id AND email = :email AND fate <> :fate",
            {"fate": fate.value, "at": _since(about, fate), "id": submission_id, "email": email},
        )
    db.execute(
        "UPDATE email_submission SET updated_at = max(updated_at, ?), let_go = 0 WHERE id = ?",
        (now, submission_id),
    )


def _since(about: Sequence[Report], fate: Fate) -> int:
    """Since when it is known: the first of them that says so."""
    return min(r.at for r in about if r.is_believed and fate_of([r]) is fate) if fate else 0


def mark_understood(db: Connection, email_id: EmailId) -> None:
    """A report of which the outbox shows all there is to know is read. Call inside `write`.

    Else each letter sent would leave an unread one behind.
    """
    for placement_id, packed in db.execute(
        "SELECT id, keywords FROM placement WHERE email_id = ?", (email_id,)
    ).fetchall():
        seen = pack_keywords(unpack_keywords(packed) | {SEEN})
        db.execute("UPDATE placement SET keywords = ? WHERE id = ?", (seen, placement_id))


def reports_of(db: Connection, submission_id: SubmissionId) -> list[Report]:
    """What was said of one letter, as it came."""
    rows = db.execute(
        "SELECT email, kind, outcome, is_believed, is_automatic, status, error, explanation,"
        " said_by, email_id, at FROM submission_report WHERE submission_id = ? ORDER BY at, id",
        (submission_id,),
    )
    return [_report(row) for row in rows]


def _report(row: tuple[Any, ...]) -> Report:
    email, kind, outcome, is_believed, is_automatic, status, error = row[:7]
    explanation, said_by, email_id, at = row[7:]
    return Report(
        email=email,
        kind=ReceiptKind(kind),
        outcome=Outcome(outcome),
        is_believed=bool(is_believed),
        is_automatic=bool(is_automatic),
        status=status,
        error=error,
        explanation=explanation,
        said_by=said_by,
        email_id=None if email_id is None else EmailId(email_id),
        at=at,
    )


def aftermath(db: Connection) -> dict[str, int]:
    """What wants a look after letters have left, each kind that there is: `troubled`, failed after
    a server had taken them; `left_out`, refused for some of their recipients; `unanswered`;
    `asking`, for a receipt. Reads only these."""
    found = {
        "troubled": db.execute(
            f"SELECT count(*) FROM email_submission WHERE let_go = 0 AND id IN ({TROUBLED})"
        ).fetchone()[0],
        "left_out": db.execute(
            "SELECT count(*) FROM email_submission WHERE let_go = 0 AND state = 'accepted'"
            f" AND id IN ({LEFT_OUT})"
        ).fetchone()[0],
        "unanswered": unanswered(db),
        "asking": db.execute(
            "SELECT count(*) FROM receipt_asked WHERE state = 'ask' AND state IN"
            " ('read', 'ask', 'yes')"
        ).fetchone()[0],
    }
    return {kind: n for kind, n in found.items() if n}


def let_go(db: Connection, submission_id: SubmissionId) -> bool:
    """The person has seen what went wrong after it left. False when nothing had."""
    with write(db):
        return bool(
            db.execute(
                "UPDATE email_submission SET let_go = 1 WHERE id = ? AND let_go = 0"
                f" AND ({TROUBLE} OR {UNANSWERED} OR state = 'accepted' AND id IN ({LEFT_OUT}))",
                (submission_id,),
            ).rowcount
        )
