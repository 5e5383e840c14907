"""The outbox: letters frozen and queued, what the person may still decide, evidence of arrival.

What an attempt to send does to a row is in store/db/attempts.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from store.db import blobs
from store.db.open import Connection, write
from store.db.reports import LEFT_OUT, TROUBLED, let_go
from store.db.submission_rows import UNDER_WAY, submissions_where
from store.errors import Permanent, Usage
from store.model.drop import CANCELED
from store.model.ids import AccountId, DraftId, SubmissionId
from store.model.route import Route
from store.model.submission import (
    NO_ANSWER,
    EmailSubmission,
    SentCopy,
    SubmissionState,
)

NOBODY_HAS_IT = """
NOT EXISTS (SELECT 1 FROM submission_recipient
             WHERE submission_id = email_submission.id AND state IN ('accepted', 'uncertain'))
AND NOT EXISTS (SELECT 1 FROM submission_attempt
                 WHERE submission_id = email_submission.id AND phase = 'dot')
"""
SHOWN = f"""
SELECT id FROM (SELECT id FROM email_submission ORDER BY id DESC LIMIT :limit)
UNION SELECT id FROM (SELECT id FROM email_submission
 WHERE state IN ('sending', 'uncertain', 'deferred', 'refused') ORDER BY id DESC LIMIT :limit)
UNION SELECT id FROM (SELECT id FROM email_submission WHERE let_go = 0 AND id IN
  ({TROUBLED} UNION {LEFT_OUT}
   UNION SELECT submission_id FROM answer_wanted WHERE told_at IS NOT NULL)
 ORDER BY id DESC LIMIT :limit)
"""
"""A laboratory's morning pushes a letter in doubt out of the newest ones: it is shown all the
same, or the number beside it would speak of a letter that nobody finds."""


def queue_within(
    db: Connection,
    *,
    account_id: AccountId,
    octets: bytes | blobs.Packed,
    message_id: str,
    mail_from: str,
    recipients: Sequence[str],
    subject: str,
    source: str,
    send_at: int,
    now: int,
    sent_copy: SentCopy = SentCopy.TODO,
    routes: Iterable[Route] = (),
    letter: str = "",
    non_medical: str = "",
    urgent: bool = False,
) -> SubmissionId:
    """Queue a frozen letter. Call inside `write`, with whatever must not exist without it.

    Args:
        octets: the whole letter as every attempt will send it.
        message_id: the one in the octets, without brackets; unique within the account.
        recipients: the envelope's addr-specs; the same one twice is one.
        source: 'person' or 'drop'.
        routes: what the guard decided for each of them, kept with it.
        letter: shared by the messages that one letter became; '' for one alone.
        non_medical: why it may leave in clear; '' for all that does not.
        urgent: before the others of its account.

    Raises:
        Permanent: `submission.no_recipient`.
    """
    ways = {route.email.casefold(): route.way.value for route in routes}
    envelope: dict[str, str] = {}
    for address in recipients:
        envelope.setdefault(address.casefold(), address)
    if not envelope:
        raise Permanent("submission.no_recipient")
    packed = octets if isinstance(octets, blobs.Packed) else blobs.pack(octets)
    digest = blobs.put(db, packed)
    row = db.execute(
        "INSERT INTO email_submission (account_id, digest, message_id, envid, mail_from, subject,"
        " size, source, send_at, sent_copy, created_at, updated_at, letter, non_medical, urgent,"
        " sent_by)"
        # The same for every repeat; a delivery report names it (RFC 3461 §4.4), and whoever was
        # shown the letter cannot guess it.
        " SELECT ?, ?, ?, lower(hex(randomblob(16))), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, sent_by"
        " FROM account WHERE id = ?"
        " RETURNING id",
        (
            *(account_id, digest, message_id, mail_from, subject, packed.size, source),
            *(send_at, sent_copy.value, now, now, letter, non_medical, urgent, account_id),
        ),
    ).fetchone()
    db.executemany(
        "INSERT INTO submission_recipient (submission_id, position, email, way)"
        " VALUES (?, ?, ?, ?)",
        [
            (row[0], n, address, ways.get(folded, ""))
            for n, (folded, address) in enumerate(envelope.items())
        ],
    )
    return SubmissionId(row[0])


def draft_frozen(db: Connection, draft_id: DraftId, *, due_at: int | None) -> bool:
    """Forget a draft that is a submission now. Call inside `write`, with `queue_within`.

    False when there is none, or `due_at` is given and no wish that it leaves is due then: the
    person took it back, and may have sent it again, with a new time to call it back.
    """
    done = db.execute(
        "DELETE FROM draft WHERE id = ?1 AND (?2 IS NULL OR EXISTS"
        " (SELECT 1 FROM draft_to_send WHERE draft_id = ?1 AND send_at <= ?2))",
        (draft_id, due_at),
    )
    return bool(done.rowcount)


def submission(db: Connection, submission_id: SubmissionId) -> EmailSubmission:
    """One row of the outbox.

    Raises:
        Usage: `outbox.unknown`.
    """
    found = submissions_where(db, "id = ?", (submission_id,))
    if not found:
        raise Usage("outbox.unknown", id=submission_id)
    return found[0]


def submissions(db: Connection, ids: Iterable[SubmissionId]) -> dict[SubmissionId, EmailSubmission]:
    """Those of these rows that there are."""
    wanted = json.dumps(sorted(set(ids)))
    found = submissions_where(db, "id IN (SELECT value FROM json_each(?))", (wanted,))
    return {each.id: each for each in found}


def outbox(db: Connection, *, limit: int = 500) -> list[EmailSubmission]:
    """The newest submissions, newest first; before them what is older and a person may have to see
    to: nobody looks for it below so many."""
    found = submissions_where(db, f"id IN ({SHOWN})", {"limit": limit})
    return [*found[limit:], *found[:limit]]


def enough(db: Connection, submission_id: SubmissionId, *, now: int) -> str:
    """A person wants no more of a letter: what went wrong with it is seen, who remains is given
    up, or it is withdrawn. The sentence that says which; '' where it was withdrawn.

    Raises:
        Usage: as `cancel`.
    """
    if let_go(db, submission_id):
        return "outbox.let_go"
    if give_up(db, submission_id, now=now):
        return "outbox.given_up"
    cancel(db, submission_id, now=now)
    return ""


def cancel(db: Connection, submission_id: SubmissionId, *, now: int) -> None:
    """Withdraw a letter that nobody has, nor may have; or let go of one that was refused, or that
    waited when the store was copied.

    The document it was made of, if it was refused with it, is settled with it.

    Raises:
        Usage: `outbox.unknown`, `outbox.too_late`; `outbox.under_way`, the answer of the server
            says first whether it has it.
    """
    with write(db):
        done = db.execute(
            "UPDATE email_submission SET state = 'canceled', updated_at = ?"
            " WHERE id = ? AND (state = 'refused'"
            f" OR state = 'uncertain' AND copied_at > 0 AND NOT {UNDER_WAY}"
            f"  OR state IN ('queued', 'deferred') AND {NOBODY_HAS_IT})",
            (now, submission_id),
        ).rowcount
        db.execute(
            "UPDATE drop_item SET reason = ?1, updated_at = ?2"
            " WHERE ?3 AND ?4 IN (submission_id, patient_submission_id)"
            " AND state = 'failed' AND reason <> ?1",
            (CANCELED, now, done, submission_id),
        )
    if not done:
        awaited = submission(db, submission_id)
        asked_later = awaited.state is SubmissionState.UNCERTAIN and awaited.copied_at > 0
        raise Usage("outbox.under_way" if asked_later else "outbox.too_late", id=submission_id)


def give_up(db: Connection, submission_id: SubmissionId, *, now: int) -> bool:
    """Try no longer for whoever remains of a letter that others have. False where that is not so.

    Else a mailbox that is full for ever would be asked for ever. The person knows, and is not told.
    """
    with write(db):
        done = db.execute(
            "UPDATE email_submission SET state = 'accepted', let_go = 1, updated_at = ?"
            " WHERE id = ? AND state = 'deferred' AND EXISTS (SELECT 1 FROM submission_recipient"
            "  WHERE submission_id = email_submission.id AND state = 'accepted')",
            (now, submission_id),
        ).rowcount
        if done:
            db.execute(  # 0: nobody has said anything of them yet
                "UPDATE submission_recipient SET state = 'refused', code = coalesce(code, 0),"
                " at = ? WHERE submission_id = ? AND state IN ('todo', 'deferred')",
                (now, submission_id),
            )
    return bool(done)


def release(db: Connection, submission_id: SubmissionId, *, now: int) -> None:
    """Let a letter that waits for its time leave at once.

    Raises:
        Usage: `outbox.unknown`, `outbox.not_waiting`.
    """
    with write(db):
        done = db.execute(
            "UPDATE email_submission SET send_at = ?1, updated_at = ?1 WHERE id = ?2"
            " AND state = 'queued' AND send_at > ?1",
            (now, submission_id),
        ).rowcount
    if not done:
        submission(db, submission_id)
        raise Usage("outbox.not_waiting", id=submission_id)


def retry(db: Connection, submission_id: SubmissionId, *, now: int) -> None:
    """Let the same octets leave again, at once, to whoever did not surely get them.

    Of an uncertain letter this may make two; only a person asks for it, never the node. Of one that
    was withdrawn before anybody could have it, it takes that back; a document's file has been put
    away, and is dropped again instead.

    Raises:
        Usage: `outbox.unknown`; `outbox.under_way`, its answer is still awaited;
            `outbox.nothing_to_retry`.
    """
    with write(db):
        done = db.execute(
            "UPDATE email_submission SET state = 'queued', next_attempt_at = 0, last_error = '',"
            " looks = 0, next_look_at = 0, copied_at = 0, updated_at = ? WHERE id = ?"
            " AND (state IN ('uncertain', 'refused', 'deferred')"
            "  OR state = 'canceled' AND copied_at = 0 AND source <> 'drop')"
            f" AND NOT {UNDER_WAY}",
            (now, submission_id),
        ).rowcount
        if done:
            db.execute(
                "UPDATE submission_recipient SET state = 'todo'"
                " WHERE submission_id = ? AND state <> 'accepted'",
                (submission_id,),
            )
            db.execute(  # of a node that was killed
                "UPDATE submission_attempt SET ended_at = ?, outcome = ?"
                " WHERE submission_id = ? AND ended_at IS NULL",
                (now, NO_ANSWER, submission_id),
            )
    if not done:
        doubtful = submission(db, submission_id).state is SubmissionState.UNCERTAIN
        raise Usage("outbox.under_way" if doubtful else "outbox.nothing_to_retry", id=submission_id)
