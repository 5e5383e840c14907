"""What became of letters after they left: evidence that one arrived, and its copy in Sent."""

from __future__ import annotations

from store.db.open import Connection, write
from store.db.submissions import UNDER_WAY
from store.model.ids import AccountId, SubmissionId

ARRIVED = f"""
SELECT id FROM email_submission
 WHERE state = 'uncertain' AND account_id = ?
   AND NOT {UNDER_WAY}
   AND NOT EXISTS (SELECT 1 FROM submission_recipient
                    WHERE submission_id = email_submission.id AND state = 'accepted')
   AND (1 = (SELECT count(*) FROM submission_attempt
              WHERE submission_id = email_submission.id AND phase = 'dot')
     OR 1 = (SELECT count(*) FROM submission_recipient
              WHERE submission_id = email_submission.id))
   AND EXISTS (SELECT 1 FROM email JOIN placement ON placement.email_id = email.id
                WHERE email.account_id = email_submission.account_id
                  AND email.message_id = email_submission.message_id
                  AND placement.uid IS NOT NULL)
"""
"""A server shows us the letter, so it has taken it. Where it took it once before, for some of the
recipients, the copy we see may be that one, or our own Sent copy: no evidence. So it is when two
attempts are in doubt, the person having said "again": they may have been for different people."""


def settle_by_evidence(db: Connection, account_id: AccountId, *, now: int) -> int:
    """Call accepted what was uncertain and now lies in one of our mailboxes. Returns how many.

    Writes nothing when there is nothing to settle.
    """
    if not db.execute(f"{ARRIVED} LIMIT 1", (account_id,)).fetchone():
        return 0
    with write(db):
        arrived = [row[0] for row in db.execute(ARRIVED, (account_id,))]
        for submission_id in arrived:
            db.execute(
                "UPDATE submission_recipient SET state = 'accepted', at = ?"
                " WHERE submission_id = ? AND state = 'uncertain'",
                (now, submission_id),
            )
            db.execute(
                "UPDATE email_submission SET last_error = '', updated_at = :now, state = iif("
                " EXISTS (SELECT 1 FROM submission_recipient WHERE submission_id = :id"
                "          AND state IN ('todo', 'deferred')), 'deferred', 'accepted')"
                " WHERE id = :id",
                {"now": now, "id": submission_id},
            )
    return len(arrived)


def copies_to_file(db: Connection, account_id: AccountId) -> list[SubmissionId]:
    """Letters that somebody has and whose copy in Sent is still to be filed, oldest first."""
    rows = db.execute(
        "SELECT id FROM email_submission WHERE account_id = ? AND sent_copy = 'todo' AND EXISTS"
        " (SELECT 1 FROM submission_recipient WHERE submission_id = email_submission.id"
        "   AND state = 'accepted') ORDER BY id",
        (account_id,),
    )
    return [SubmissionId(row[0]) for row in rows]


def copy_filed(db: Connection, submission_id: SubmissionId) -> bool:
    """Note that the copy is filed. False when it was already, or none is wanted. Call inside
    `write`, with the placement itself."""
    done = db.execute(
        "UPDATE email_submission SET sent_copy = 'filed' WHERE id = ? AND sent_copy = 'todo'",
        (submission_id,),
    )
    return bool(done.rowcount)
