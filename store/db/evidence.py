"""What became of letters after they left: evidence that one arrived, and its copy in Sent."""

from __future__ import annotations

from store.db.open import Connection, write
from store.db.submission_rows import UNDER_WAY
from store.model.email import SEEN, pack_keywords, unpack_keywords
from store.model.ids import AccountId, MailboxId, SubmissionId
from store.model.submission import Doubt

OWN_COPY = """
EXISTS (SELECT 1 FROM email JOIN placement ON placement.email_id = email.id
         WHERE email.account_id = email_submission.account_id
           AND email.message_id = email_submission.message_id
           AND placement.uid IS NOT NULL)
"""
ARRIVED = f"""
SELECT id FROM email_submission
 WHERE state = 'uncertain' AND account_id = ?
   AND NOT {UNDER_WAY}
   AND NOT EXISTS (SELECT 1 FROM submission_recipient
                    WHERE submission_id = email_submission.id AND state = 'accepted')
   AND (copied_at = 0 AND 1 = (SELECT count(*) FROM submission_attempt
                                WHERE submission_id = email_submission.id AND phase = 'dot')
     OR 1 = (SELECT count(*) FROM submission_recipient
              WHERE submission_id = email_submission.id))
   AND ({OWN_COPY} OR EXISTS
        (SELECT 1 FROM submission_report AS p WHERE p.submission_id = email_submission.id
          AND p.is_believed AND p.outcome <> 'unknown'))
"""
"""A server shows us the letter, so it has taken it. Where it took it once before, for some of the
recipients, the copy we see may be that one, or our own Sent copy: no evidence. So it is when two
attempts are in doubt, the person having said "again": they may have been for different people.
So it is of a letter that another store may have sent (copied.py): to whom, this one does not know.
A report shows as much, a bad one too: what was not delivered had been taken."""

NAMED = f"""
SELECT email_submission.id, r.email FROM email_submission
  JOIN submission_recipient AS r ON r.submission_id = email_submission.id
 WHERE email_submission.state = 'uncertain' AND account_id = ? AND r.state = 'uncertain'
   AND NOT {UNDER_WAY}
   AND EXISTS (SELECT 1 FROM submission_report AS p WHERE p.submission_id = email_submission.id
                AND p.email = r.email AND p.is_believed AND p.kind <> 'answer'
                AND p.outcome <> 'unknown')
"""
"""A report that names somebody in doubt is about them, whoever else has the letter: it was taken
for them, once at least. An answer is not: another recipient may have shown them the letter."""


def settle_by_evidence(db: Connection, account_id: AccountId, *, now: int) -> int:
    """Call accepted what was uncertain and now lies in one of our mailboxes, or is spoken of in a
    report. Returns how many.

    Writes nothing when there is nothing to settle.
    """
    if not any(
        db.execute(f"{found} LIMIT 1", (account_id,)).fetchone() for found in (ARRIVED, NAMED)
    ):
        return 0
    with write(db):
        arrived = [row[0] for row in db.execute(ARRIVED, (account_id,))]
        db.executemany(
            "UPDATE submission_recipient SET state = 'accepted', at = ?"
            " WHERE submission_id = ? AND state = 'uncertain'",
            [(now, submission_id) for submission_id in arrived],
        )
        named = db.execute(NAMED, (account_id,)).fetchall()
        db.executemany(
            "UPDATE submission_recipient SET state = 'accepted', at = ?"
            " WHERE submission_id = ? AND email = ?",
            [(now, *each) for each in named],
        )
        # Touched though another is in doubt still: that is how it is seen that something is new.
        db.executemany(
            "UPDATE email_submission SET updated_at = ? WHERE id = ?",
            [(now, id_) for id_, _ in named],
        )
        only_named = {row[0] for row in named} - set(arrived)
        settled = [(id_, False) for id_ in arrived] + [(id_, True) for id_ in sorted(only_named)]
        return sum(_add_up(db, id_, now, named=by_name) for id_, by_name in settled)


def _add_up(db: Connection, submission_id: SubmissionId, now: int, *, named: bool) -> bool:
    """A letter is what its recipients are. False while one of them is in doubt still."""
    done = db.execute(
        "UPDATE email_submission SET last_error = '', updated_at = :now,"
        f" settled_by = iif(NOT :named AND {OWN_COPY}, 'own_copy', 'report'), state = iif("
        " EXISTS (SELECT 1 FROM submission_recipient WHERE submission_id = :id"
        "          AND state IN ('todo', 'deferred')), 'deferred', 'accepted')"
        " WHERE id = :id AND NOT EXISTS (SELECT 1 FROM submission_recipient"
        "  WHERE submission_id = :id AND state = 'uncertain')",
        {"now": now, "id": submission_id, "named": named},
    )
    return bool(done.rowcount)


def own_copy_seen(db: Connection, submission_id: SubmissionId) -> bool:
    """Whether one of our own mailboxes holds it."""
    query = f"SELECT 1 FROM email_submission WHERE id = ? AND {OWN_COPY}"
    return db.execute(query, (submission_id,)).fetchone() is not None


def doubts(db: Connection, account_id: AccountId) -> list[Doubt]:
    """What is in doubt and whose answer nobody awaits any more, the oldest first."""
    rows = db.execute(
        # Of a copy, silence proves nothing: the store it was copied from may send it yet.
        "SELECT id, source, looks, next_look_at, repeats,"
        " copied_at = 0 AND (proof_asked OR sent_by = 'server')"
        " FROM email_submission WHERE account_id = ? AND state = 'uncertain'"
        f" AND NOT {UNDER_WAY} ORDER BY id",
        (account_id,),
    )
    return [Doubt._make((*row[:5], bool(row[5]))) for row in rows]


def looked_in_vain(
    db: Connection, submission_id: SubmissionId, next_look_at: int, *, repeats: bool, now: int
) -> None:
    """Note a look that found nothing; `repeats` lets the same octets leave again.

    Both are one commit: never a second look, nor a second repeat, for the same silence.
    """
    with write(db):
        done = db.execute(
            "UPDATE email_submission SET looks = looks + 1, next_look_at = ?"
            " WHERE id = ? AND state = 'uncertain'",
            (next_look_at, submission_id),
        ).rowcount
        if not (done and repeats):
            return
        db.execute(
            "UPDATE email_submission SET state = 'queued', repeats = repeats + 1, looks = 0,"
            " next_look_at = 0, next_attempt_at = 0, last_error = '', updated_at = ? WHERE id = ?",
            (now, submission_id),
        )
        db.execute(
            "UPDATE submission_recipient SET state = 'todo'"
            " WHERE submission_id = ? AND state = 'uncertain'",
            (submission_id,),
        )


def copies_to_file(db: Connection, account_id: AccountId) -> list[SubmissionId]:
    """Letters that somebody has and whose copy in Sent we are still to file, oldest first."""
    rows = db.execute(
        "SELECT id FROM email_submission WHERE account_id = ? AND sent_copy = 'todo'"
        " AND sent_by = 'append' AND EXISTS"
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


COMING = """
sent_copy = 'todo' AND sent_by IN ('server', 'self') AND EXISTS
 (SELECT 1 FROM submission_recipient WHERE submission_id = email_submission.id
   AND state = 'accepted')
"""


def copies_found(db: Connection, account_id: AccountId, sent_id: MailboxId) -> int:
    """Note the copies in Sent that the server keeps by itself, or that came to us as to anyone.

    One that came to us is wished into Sent, as read: a command instead of an upload. Writes
    nothing when none is there.
    """
    rows = db.execute(
        "SELECT s.id, p.id, p.mailbox_id, p.keywords FROM email_submission AS s"
        " JOIN email AS e ON e.account_id = s.account_id AND e.message_id = s.message_id"
        " JOIN placement AS p ON p.email_id = e.id AND p.uid IS NOT NULL AND p.deleted = 0"
        f" WHERE s.account_id = ? AND (s.sent_by = 'self' OR p.mailbox_id = ?)"
        f" AND s.id IN (SELECT id FROM email_submission WHERE {COMING})"
        " ORDER BY s.id, p.mailbox_id <> ?, p.id",
        (account_id, sent_id, sent_id),
    ).fetchall()
    if not rows:
        return 0
    found = 0
    with write(db):
        for submission_id, placement_id, mailbox_id, packed in rows:
            if not copy_filed(db, submission_id):
                continue
            found += 1
            if mailbox_id != sent_id:
                seen = pack_keywords(unpack_keywords(packed) | {SEEN})
                db.execute(
                    "UPDATE placement SET wish_mailbox_id = ?, keywords = ? WHERE id = ?",
                    (sent_id, seen, placement_id),
                )
    return found


def copies_missing(db: Connection, *, before: int) -> int:
    """How many letters left before that time and have no copy where one was to come by itself."""
    row = db.execute(
        f"SELECT count(*) FROM email_submission WHERE {COMING} AND updated_at < ?", (before,)
    ).fetchone()
    return int(row[0])
