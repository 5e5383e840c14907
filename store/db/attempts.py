"""Attempts to send: each step is on disk before the next word leaves for the server.

Facts only, written by the node. What they mean, and when to try again, is decided in
sync/submit/plan.py; here they are kept so that a node killed anywhere knows how far it had gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from store.db.open import Connection, write
from store.errors import MailError
from store.model.ids import AccountId, SubmissionId
from store.model.submission import Recipient, RecipientState, SubmissionState, Waiting

LONGEST_REPLY = 500
"""Characters kept of a server's words."""


WAITS = "state IN ('queued', 'deferred', 'sending') AND state <> 'sending'"
"""Worded as the index email_submission_due is, or SQLite would not use it."""
REMAINS = (RecipientState.TODO, RecipientState.DEFERRED)


class Attempt(NamedTuple):
    """One attempt of one submission."""

    id: int
    submission_id: SubmissionId
    number: int
    """From 1; counted before anything is said, so that a crash counts."""
    phase: str
    """'envelope' until just before the final dot, then 'dot'; 'done' once answered."""


def waiting(db: Connection, account_id: AccountId) -> list[Waiting]:
    """Every submission of an account that waits to leave, now or later."""
    rows = db.execute(
        "SELECT id, attempts, source, send_at, next_attempt_at, urgent FROM email_submission"
        f" WHERE account_id = ? AND {WAITS}",
        (account_id,),
    )
    return [Waiting(*row) for row in rows]


def waiting_since(db: Connection, before: int) -> int:
    """How many submissions were to leave before that time, Unix seconds, and still wait."""
    row = db.execute(
        "SELECT count(*) FROM email_submission WHERE state IN ('queued', 'deferred')"
        " AND send_at < ?",
        (before,),
    ).fetchone()
    return int(row[0])


def begin_attempt(db: Connection, submission_id: SubmissionId, *, now: int) -> Attempt | None:
    """Say that an attempt begins, before any word to the server; what it was asked is not known.

    None when the submission no longer waits: the person has withdrawn it. Call inside `write`.
    """
    begun = db.execute(
        "UPDATE email_submission SET state = 'sending', attempts = attempts + 1,"
        " last_error = '', proof_asked = 0, updated_at = ? WHERE id = ?"
        " AND state IN ('queued', 'deferred') RETURNING attempts",
        (now, submission_id),
    ).fetchone()
    if begun is None:
        return None
    row = db.execute(
        "INSERT INTO submission_attempt (submission_id, phase, started_at)"
        " VALUES (?, 'envelope', ?) RETURNING id",
        (submission_id, now),
    ).fetchone()
    return Attempt(id=row[0], submission_id=submission_id, number=begun[0], phase="envelope")


def about_to_dot(db: Connection, attempt: Attempt, accepted: Sequence[str], *, now: int) -> int:
    """Say that the final dot is about to leave: from here on a cut is a doubt. Call inside `write`.

    Returns its number in this store, counted from 1; 0 where nobody has asked for its place yet.

    Args:
        accepted: the recipients the server took at RCPT, whom the dot is for.
    """
    said = db.execute(
        "UPDATE email_submission SET state = 'uncertain', updated_at = ?"
        " WHERE id = ? AND state = 'sending'",
        (now, attempt.submission_id),
    ).rowcount
    if not said:
        raise MailError("submission.impossible", submission=attempt.submission_id)
    db.execute("UPDATE submission_attempt SET phase = 'dot' WHERE id = ?", (attempt.id,))
    db.executemany(
        "UPDATE submission_recipient SET state = 'uncertain', at = ?"
        " WHERE submission_id = ? AND email = ?",
        [(now, attempt.submission_id, email) for email in accepted],
    )
    row = db.execute("UPDATE place SET dots = dots + 1 RETURNING dots").fetchone()
    return 0 if row is None else int(row[0])


def end_attempt(
    db: Connection,
    attempt: Attempt,
    *,
    state: SubmissionState,
    recipients: Iterable[Recipient],
    code: str,
    reply: str,
    next_attempt_at: int,
    now: int,
    proof_asked: bool = False,
    copy_refused: bool = False,
    next_look_at: int = 0,
) -> None:
    """Say how an attempt ended. Call inside `write`.

    Args:
        recipients: all of them, as they are now.
        code: MailError.code of what went wrong, '' when nothing did.
        reply: the server's words that decided.
        next_attempt_at: Unix seconds; matters when `state` is deferred.
        proof_asked: a server that took it shows so: by a report it was asked for, or our own copy.
        copy_refused: our own mailbox was not taken as one more recipient: the Sent copy, wanted so,
            is uploaded.
        next_look_at: Unix seconds; matters when `state` is uncertain.
    """
    answered = state is not SubmissionState.UNCERTAIN
    if state is SubmissionState.DEFERRED and _was_held_back(db, attempt):
        # It was to leave again by itself; meanwhile a person wanted to be asked.
        state = SubmissionState.UNCERTAIN
        recipients = [
            replace(r, state=RecipientState.UNCERTAIN) if r.state in REMAINS else r
            for r in recipients
        ]
    db.execute(
        "UPDATE email_submission SET state = ?, last_error = ?, last_reply = ?,"
        " next_attempt_at = ?, updated_at = ?, proof_asked = ?, looks = 0, next_look_at = ?,"
        " sent_by = iif(sent_by = 'self' AND ?, 'append', sent_by)"
        " WHERE id = ? AND state IN ('sending', 'uncertain')",
        (
            *(state.value, code, reply[:LONGEST_REPLY], next_attempt_at, now, proof_asked),
            *(next_look_at, copy_refused, attempt.submission_id),
        ),
    )
    db.executemany(
        "UPDATE submission_recipient SET state = ?, code = ?, reply = ?, at = ?"
        " WHERE submission_id = ? AND email = ?",
        [
            (r.state.value, r.code, r.reply[:LONGEST_REPLY], r.at, attempt.submission_id, r.email)
            for r in recipients
        ],
    )
    db.execute(
        "UPDATE submission_attempt SET ended_at = ?, outcome = ?, reply = ?,"
        " phase = iif(?, 'done', phase) WHERE id = ?",
        (now, code or "accepted", reply[:LONGEST_REPLY], answered, attempt.id),
    )


def _was_held_back(db: Connection, attempt: Attempt) -> bool:
    """Whether all that waited became a question while the attempt was under way."""
    row = db.execute(
        "SELECT copied_at > 0 FROM email_submission WHERE id = ?", (attempt.submission_id,)
    ).fetchone()
    return bool(row and row[0])


def ended_so(db: Connection, submission_id: SubmissionId, outcome: str) -> int:
    """How many attempts of a submission ended with this code."""
    query = "SELECT count(*) FROM submission_attempt WHERE submission_id = ? AND outcome = ?"
    return int(db.execute(query, (submission_id, outcome)).fetchone()[0])


def interrupted(db: Connection, account_id: AccountId | None) -> list[Attempt]:
    """Attempts of an account, or of each, that never ended: the node died during them."""
    rows = db.execute(
        "SELECT a.id, a.submission_id, s.attempts, a.phase"
        " FROM email_submission AS s INDEXED BY email_submission_state"
        " JOIN submission_attempt AS a ON a.submission_id = s.id AND a.ended_at IS NULL"
        " WHERE s.account_id = coalesce(?, s.account_id) AND s.state IN ('sending', 'uncertain')",
        (account_id,),
    )
    return [Attempt(*row) for row in rows]


def end_interrupted(
    db: Connection,
    attempt: Attempt,
    *,
    state: SubmissionState,
    code: str,
    next_attempt_at: int,
    now: int,
    next_look_at: int = 0,
) -> None:
    """Say what a submission is whose attempt never ended; unless a person has said it meanwhile."""
    with write(db):
        db.execute(
            "UPDATE email_submission SET state = ?, last_error = ?, next_attempt_at = ?,"
            " updated_at = ?, looks = 0, next_look_at = ? WHERE id = ?"
            " AND state IN ('sending', 'uncertain')",
            (state.value, code, next_attempt_at, now, next_look_at, attempt.submission_id),
        )
        db.execute(
            "UPDATE submission_attempt SET ended_at = ?, outcome = ? WHERE id = ?",
            (now, code, attempt.id),
        )


def line_is_down(db: Connection, account_id: AccountId, code: str, *, now: int) -> None:
    """Note why what is due cannot leave; what was cut before leaves as soon as the line is back.

    Connecting is no attempt of a letter: nothing is counted. Writes nothing the second time.
    """
    due = (
        "account_id = :account AND state IN ('queued', 'deferred', 'sending')"
        " AND state <> 'sending' AND send_at <= :now AND (next_attempt_at <= :now"
        "  OR last_error IN ('submission.cut', 'submission.stalled')) AND last_error <> :code"
    )
    values = {"account": account_id, "now": now, "code": code}
    if not db.execute(f"SELECT 1 FROM email_submission WHERE {due}", values).fetchone():
        return
    with write(db):
        db.execute(
            "UPDATE email_submission SET last_error = :code, next_attempt_at = 0,"
            f" updated_at = :now WHERE {due}",
            values,
        )
