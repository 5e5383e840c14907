"""The copies in Sent: a step after the acceptance, so that none of them can cost us that.

The wish for a copy, `sent_copy = 'todo'`, is committed with the letter itself. Filing it is a
transaction of its own, tried by every pass until it is done; however often, it files one copy.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from contextlib import closing

from store.db import evidence
from store.db import submissions as rows
from store.db.arriving import file_copy
from store.db.beside import Beside
from store.db.emails import email_of_blob
from store.db.mailboxes import mailbox_by_role
from store.db.open import Connection, write
from store.errors import Permanent, Transient
from store.host.log import event
from store.model.account import Account
from store.model.email import SEEN
from store.model.ids import MailboxId, SubmissionId
from store.model.mailbox import Role
from store.model.submission import EmailSubmission

log = logging.getLogger(__name__)
TOGETHER = 20
"""Copies per transaction: a commit costs the same for one as for many."""


def file_sent_copies(
    db: Connection, account: Account, *, now: int, intact: Collection[SubmissionId] = ()
) -> int:
    """File the copies that are still to be filed, where a mailbox for them is known, and find
    those that come by themselves. How many.

    Writes nothing when there is nothing to file. A copy that cannot be filed stops neither the
    others nor the caller; the next pass tries it again.

    Args:
        intact: letters whose octets were verified a moment ago.
    """
    sent = mailbox_by_role(db, account.id, Role.SENT)
    if sent is None:
        return 0
    found = evidence.copies_found(db, account.id, sent.id)
    waiting = evidence.copies_to_file(db, account.id)
    with closing(Beside(db)) as letters:
        whole = [id_ for id_ in waiting if id_ in intact or _is_whole(db, letters, id_)]
    batches = [whole[start : start + TOGETHER] for start in range(0, len(whole), TOGETHER)]
    done = found
    try:
        for batch in batches:
            filed = _file(db, sent.id, batch, now)
            if filed is None:
                filed = sum(_file(db, sent.id, [each], now) or 0 for each in batch)
            done += filed
    except Transient as error:
        event(log, logging.INFO, "submission.copies_wait", account=account.id, error=error)
    return done


def _is_whole(db: Connection, letters: Beside, submission_id: SubmissionId) -> bool:
    """False when the disk has damaged the letter: its upload would stop all of Sent."""
    try:
        letters.get(rows.submission(db, submission_id).blob_id)
    except Permanent as error:
        event(log, logging.ERROR, "submission.damaged", id=submission_id, error=error)
        return False
    return True


def _file(
    db: Connection, sent_id: MailboxId, batch: Sequence[SubmissionId], now: int
) -> int | None:
    """File these in one transaction; None when one of them cannot be.

    Raises:
        Transient: `store.busy`.
    """
    try:
        letters = [rows.submission(db, id_) for id_ in batch]
        with write(db):
            return sum(_file_one(db, sent_id, letter, now) for letter in letters)
    except Transient:
        raise
    except Exception as error:
        event(log, logging.WARNING, "submission.copy_waits", id=batch[0], error=error)
        return None


def _file_one(db: Connection, sent_id: MailboxId, letter: EmailSubmission, now: int) -> bool:
    """Put the letter among the sent ones, once. Call inside `write`."""
    if not evidence.copy_filed(db, letter.id):
        return False
    account_id, seen = letter.account_id, frozenset({SEEN})
    email_id = email_of_blob(db, account_id, letter.blob_id, letter.size, now)
    file_copy(db, account_id, email_id, sent_id, seen, message_id=letter.message_id)
    return True
