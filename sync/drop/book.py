"""Write what was claimed into the ledger: with its letter in the outbox, or with why not.

The ledger row and the outbox row are one transaction. Before it the document is only claimed, and
a crash costs nothing; after it the letter leaves whatever becomes of the file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from store.db.accounts import account as account_now
from store.db.drop_ledger import add_item_within, item_with_content
from store.db.open import Connection, write
from store.db.submissions import queue_within
from store.errors import Transient
from store.host.log import event
from store.model.account import Account
from store.model.drop import DropRule, ItemState
from store.model.ids import BlobId
from sync.drop.letter import Document, Frozen, letter_for
from sync.drop.plan import Entry, Reason

log = logging.getLogger(__name__)
UNREAD = BlobId(b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One claimed entry about to be written into the ledger."""

    db: Connection
    rule: DropRule
    entry: Entry
    claim: str
    now: int

    async def document(self, document: Document, token: Callable[[], str]) -> ItemState:
        """Queue a document, or set it aside: its content has been taken before, or no letter can
        be made of it.

        Raises:
            Transient: `store.busy`; it stays claimed, for the next look.
        """
        if item_with_content(self.db, self.rule.id, document.digest) is not None:
            return self.set_aside(ItemState.HELD, Reason.SAME_CONTENT, document.digest)
        account = account_now(self.db, self.rule.account_id)
        try:
            letter = await asyncio.to_thread(
                letter_for, document, account, self.rule.to, now=self.now, token=token
            )
        except Transient:
            raise
        except Exception as error:  # one document must not stop the others
            event(log, logging.ERROR, "drop.not_built", rule=self.rule.id, error=error)
            return self.set_aside(ItemState.FAILED, Reason.NOT_BUILT, document.digest)
        self._queue(document, account, letter)
        return ItemState.QUEUED

    def _queue(self, document: Document, account: Account, letter: Frozen) -> None:
        with write(self.db):
            submission_id = queue_within(
                self.db,
                account_id=account.id,
                octets=letter.octets,
                message_id=letter.message_id,
                mail_from=account.address,
                recipients=self.rule.to,
                subject=letter.subject,
                source="drop",
                send_at=self.now,
                now=self.now,
            )
            item_id = add_item_within(
                self.db,
                self.rule.id,
                name=self.entry.name,
                digest=document.digest,
                size=len(document.octets),
                claim=self.claim,
                state=ItemState.QUEUED,
                submission_id=submission_id,
                now=self.now,
            )
        size, rule_id = len(document.octets), self.rule.id
        event(log, logging.INFO, "drop.queued", rule=rule_id, item=item_id, size=size)

    def set_aside(self, state: ItemState, reason: Reason, digest: BlobId = UNREAD) -> ItemState:
        """Note that it does not leave, and why. The file follows."""
        with write(self.db):
            item_id = add_item_within(
                self.db,
                self.rule.id,
                name=self.entry.name,
                digest=digest,
                size=self.entry.size,
                claim=self.claim,
                state=state,
                reason=reason,
                now=self.now,
            )
        event(log, logging.INFO, "drop.set_aside", rule=self.rule.id, item=item_id, reason=reason)
        return state
