"""Turn a draft into octets, once. Every attempt, today or in a week, sends exactly those.

Message-ID, date and boundaries are chosen here and never again: a repeat with another Message-ID
is another letter for whoever receives it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from store.db import blobs
from store.db.drafts import draft, draft_refused, drafts_to_send
from store.db.open import Connection, write
from store.db.submissions import draft_frozen, queue_within
from store.errors import MailError, Transient
from store.host.log import event
from store.model.account import Account
from store.model.ids import DraftId, SubmissionId
from sync.mime.build import build
from sync.submit.envelope import check_address, check_octets

log = logging.getLogger(__name__)
Token = Callable[[int], str]
"""Gives that many random octets, in hexadecimal."""


def freeze(
    db: Connection,
    account: Account,
    draft_id: DraftId,
    *,
    now: int,
    wished: bool = False,
    token: Token = secrets.token_hex,
) -> SubmissionId:
    """Queue a draft as the octets it will leave as, and forget the draft: one transaction.

    Args:
        wished: only while the person's wish to send it stands.

    Raises:
        Usage: `draft.unknown`.
        Permanent: `submission.no_recipient`, `submission.bad_address`, what `build` refuses.
        Transient: `draft.changed`, the person has touched it meanwhile; `store.busy`.
    """
    read = draft(db, draft_id)
    written = read[1]
    recipients = [a.email for a in (*written.to, *written.cc, *written.bcc)]
    for address in (account.address, *recipients):
        check_address(address)
    # The address's domain, never this machine's name.
    message_id = f"{token(16)}@{account.address.rpartition('@')[2].lower()}"
    octets = build(
        written,
        message_id=message_id,
        date_at=now,
        boundary=token(16),
        attachments=[blobs.get(db, a.blob_id) for a in written.attachments],
    )
    check_octets(octets)
    with write(db):
        if draft(db, draft_id) != read or not draft_frozen(db, draft_id, wished=wished):
            raise Transient("draft.changed")
        submission_id = queue_within(
            db,
            account_id=account.id,
            octets=octets,
            message_id=message_id,
            mail_from=account.address,
            recipients=recipients,
            subject=written.subject,
            source="person",
            send_at=now,
            now=now,
        )
    event(log, logging.INFO, "submission.queued", submission=submission_id, size=len(octets))
    return submission_id


def freeze_due(
    db: Connection, account: Account, *, now: int, token: Token = secrets.token_hex
) -> int:
    """Freeze every draft whose time has come. Returns how many.

    One that cannot be frozen keeps its reason and waits for the person; it stops no other.

    Raises:
        Transient: `store.busy`.
    """
    done = 0
    for draft_id in drafts_to_send(db, account.id, now):
        try:
            freeze(db, account, draft_id, now=now, wished=True, token=token)
            done += 1
        except Transient as error:
            if error.code != "draft.changed":
                raise
        except MailError as error:
            _refuse(db, draft_id, error.code, error)
        except Exception as error:
            _refuse(db, draft_id, "submission.unbuildable", error)
    return done


def _refuse(db: Connection, draft_id: DraftId, code: str, error: Exception) -> None:
    draft_refused(db, draft_id, code)
    event(log, logging.WARNING, "draft.not_frozen", draft=draft_id, error=error)
