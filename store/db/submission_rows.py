"""Rows of the outbox as they are read, and what of a row is not in any column of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from store.db.open import Connection
from store.model.account import SentBy
from store.model.ids import AccountId, BlobId, SubmissionId
from store.model.receipt import Fate
from store.model.route import Way
from store.model.submission import (
    EmailSubmission,
    Recipient,
    RecipientState,
    SentCopy,
    SubmissionState,
)

COLUMNS = (
    "id, account_id, digest, message_id, envid, mail_from, subject, size, source, state, send_at,"
    " attempts, next_attempt_at, last_error, last_reply, sent_copy, created_at, updated_at,"
    " letter, non_medical, looks, next_look_at, repeats, proof_asked, settled_by, sent_by,"
    " copied_at, moved_seconds"
)
ANSWER_SECONDS = 600
"""As long as one waits for the answer to a final dot (RFC 5321 §4.5.3.2.6)."""
UNDER_WAY = """
(EXISTS (SELECT 1 FROM submission_attempt
          WHERE submission_id = email_submission.id AND ended_at IS NULL) AND node_works())
"""
"""An attempt that has not ended, and a node, or a command in its place, that makes it: one that was
killed leaves an attempt that nobody waits for any more."""
ANSWER_AWAITED = f"""
(state = 'uncertain' AND abs(unixepoch() - updated_at) < {ANSWER_SECONDS} AND {UNDER_WAY})
"""


def counts_by_shown_state(db: Connection, *, only: str = "1") -> dict[str, int]:
    """How many submissions are shown in each state; those alone for which a condition on `state`
    holds. It is asked after every commit: no row is read but of those in doubt."""
    found = Counter[str](
        dict(
            db.execute(
                f"SELECT state, count(*) FROM email_submission WHERE {only} GROUP BY state"
                " ORDER BY state"
            )
        )
    )
    (awaited,) = db.execute(
        f"SELECT count(*) FROM email_submission WHERE {ANSWER_AWAITED}"
    ).fetchone()
    found["uncertain"] -= awaited
    found["sending"] += awaited
    return {state: n for state, n in found.items() if n}


def submissions_where(
    db: Connection, condition: str, values: tuple[object, ...] | dict[str, object]
) -> list[EmailSubmission]:
    """Those of which a condition holds, the newest first, with their recipients."""
    people: dict[int, list[Recipient]] = {}
    for submission_id, email, state, code, reply, at, way, fate, fate_at in db.execute(
        "SELECT submission_id, email, state, code, reply, at, way, fate, fate_at"
        " FROM submission_recipient"
        f" WHERE submission_id IN (SELECT id FROM email_submission WHERE {condition})"
        " ORDER BY submission_id, position",
        values,
    ):
        people.setdefault(submission_id, []).append(
            Recipient(
                email=email,
                state=RecipientState(state),
                code=code,
                reply=reply,
                at=at,
                way=Way(way) if way else None,
                fate=Fate(fate),
                fate_at=fate_at,
            )
        )
    rows = db.execute(
        f"SELECT {COLUMNS}, {ANSWER_AWAITED} FROM email_submission WHERE {condition}"
        " ORDER BY id DESC",
        values,
    )
    return [_submission(row, people.get(row[0], [])) for row in rows]


def _submission(row: Sequence[object], recipients: Iterable[Recipient]) -> EmailSubmission:
    (id_, account_id, digest, message_id, envid, mail_from, subject, size, source) = row[:9]
    (state, send_at, attempts, next_at, error, reply, sent_copy, created_at, updated_at) = row[9:18]
    assert isinstance(digest, bytes)
    return EmailSubmission(
        id=SubmissionId(int(str(id_))),
        account_id=AccountId(int(str(account_id))),
        blob_id=BlobId(digest),
        message_id=str(message_id),
        envid=str(envid),
        mail_from=str(mail_from),
        subject=str(subject),
        size=int(str(size)),
        source=str(source),
        state=SubmissionState(str(state)),
        send_at=int(str(send_at)),
        attempts=int(str(attempts)),
        next_attempt_at=int(str(next_at)),
        last_error=str(error),
        last_reply=str(reply),
        sent_copy=SentCopy(str(sent_copy)),
        created_at=int(str(created_at)),
        updated_at=int(str(updated_at)),
        recipients=tuple(recipients),
        letter=str(row[18]),
        non_medical=str(row[19]),
        looks=int(str(row[20])),
        next_look_at=int(str(row[21])),
        repeats=int(str(row[22])),
        proof_asked=bool(row[23]),
        settled_by=str(row[24]),
        sent_by=SentBy(str(row[25])),
        copied_at=int(str(row[26])),
        moved_seconds=int(str(row[27])),
        answer_awaited=bool(row[28]),
    )
