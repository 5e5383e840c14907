"""Drafts written here become letters to upload: each version once, with a name of its own.

They are made into octets when there is a line to carry them, so that of many changes made without
one only the last is uploaded. All that follows is a letter's ordinary way (sync/imap/perform.py).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from store.compose import half_typed
from store.db import blobs
from store.db.accounts import account
from store.db.carried_wishes import wishes_pieces
from store.db.draft_copies import DueDraft, drafts_due, file_version, refuse_version
from store.db.open import Connection
from store.errors import MailError, Transient
from store.host.log import event
from store.model.draft import Draft
from store.model.ids import AccountId
from sync.mime.build import build_draft
from sync.replica.drafts import MOST_NAMES

log = logging.getLogger(__name__)


def file_drafts(
    db: Connection, account_id: AccountId, *, now: int, may_go: Callable[[Draft], bool]
) -> int:
    """Turn every draft that is due, and that `may_go`, into a letter to upload. Returns how many.

    One that cannot be keeps the reason and stays here; it stops no other.

    Raises:
        Transient: `store.busy`.
    """
    done = 0
    for due in drafts_due(db, account_id, now):
        if not may_go(due.draft):
            continue
        try:
            done += _file(db, account_id, due, now)
        except Transient:
            raise
        except MailError as error:
            refuse_version(db, due, error.code)
            event(log, logging.WARNING, "draft.not_kept_there", draft=due.id, error=error)
    return done


def _file(db: Connection, account_id: AccountId, due: DueDraft, now: int) -> bool:
    due = due._replace(names=due.names[-MOST_NAMES:])
    domain = account(db, account_id).address.rpartition("@")[2].lower()
    message_id, boundary = f"{secrets.token_hex(16)}@{domain}", secrets.token_hex(16)
    octets = build_draft(
        half_typed(due.draft),
        message_id=message_id,
        date_at=now,
        boundary=boundary,
        attachments=[blobs.get(db, a.blob_id) for a in due.draft.attachments],
        supersedes=due.names,
        wishes=wishes_pieces(due.draft, boundary),
    )
    return file_version(db, account_id, due, octets, message_id=message_id, now=now)
