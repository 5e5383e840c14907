"""Enter what was claimed into the ledger: with its letter in the outbox, or with why not.

A document's ledger row and its outbox row are one transaction. Before it the document is only
claimed, and a crash costs nothing; after it the letter leaves whatever becomes of the file.
Several documents share a transaction, because a commit costs the same for one as for many.
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
from store.host.log import event
from store.model.account import Account
from store.model.drop import DropRule, ItemState
from store.model.ids import BlobId, SubmissionId
from sync.drop.claiming import Claimed
from sync.drop.letter import Document, Frozen, letter_for
from sync.drop.plan import Reason, Refuse

log = logging.getLogger(__name__)
UNREAD = BlobId(b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """One claimed document and what the ledger will say of it."""

    claimed: Claimed
    fate: Frozen | Reason
    """The letter it leaves in, or why it does not."""

    @property
    def state(self) -> ItemState:
        """Where it stands once entered."""
        if isinstance(self.fate, Frozen):
            return ItemState.QUEUED
        return ItemState.HELD if self.fate is Reason.SAME_CONTENT else ItemState.FAILED


async def enter(
    db: Connection,
    rule: DropRule,
    claimed: list[Claimed],
    *,
    now: int,
    token: Callable[[], str],
) -> bool:
    """Queue each document, or set it aside: refused, taken before, or no letter can be made of it.

    True when something was set aside; its file is still to be put away.

    Raises:
        Transient: `store.busy`; everything stays claimed, for the next look.
    """
    account, known = account_now(db, rule.account_id), set[BlobId]()
    for each in claimed:
        if isinstance(each.taken, Document) and item_with_content(db, rule.id, each.taken.digest):
            known.add(each.taken.digest)
    entering = await asyncio.to_thread(_decide, claimed, known, account, rule, now, token)
    with write(db):
        for one in entering:
            _enter_within(db, account, rule, one, now)
    for one in entering:
        size = one.claimed.entry.size
        if isinstance(one.fate, Reason):
            event(log, logging.INFO, "drop.set_aside", rule=rule.id, size=size, reason=one.fate)
        else:
            event(log, logging.INFO, "drop.queued", rule=rule.id, size=size)
    return any(one.state is not ItemState.QUEUED for one in entering)


def _decide(
    claimed: list[Claimed],
    known: set[BlobId],
    account: Account,
    rule: DropRule,
    now: int,
    token: Callable[[], str],
) -> list[Entering]:
    """The fate of each, in order; `known` are the contents that the ledger has, and grows."""
    entering = []
    for each in claimed:
        fate: Frozen | Reason
        if isinstance(each.taken, Refuse):
            fate = each.taken.reason
        elif each.taken.digest in known:
            fate = Reason.SAME_CONTENT
        else:
            fate = _letter(each.taken, account, rule, now, token)
            if isinstance(fate, Frozen):
                known.add(each.taken.digest)
        entering.append(Entering(claimed=each, fate=fate))
    return entering


def _letter(
    document: Document, account: Account, rule: DropRule, now: int, token: Callable[[], str]
) -> Frozen | Reason:
    try:
        return letter_for(document, account, rule.to, now=now, token=token)
    except Exception as error:  # one document must not stop the others
        event(log, logging.ERROR, "drop.not_built", rule=rule.id, error=error)
        return Reason.NOT_BUILT


def _enter_within(
    db: Connection, account: Account, rule: DropRule, entering: Entering, now: int
) -> None:
    claimed, fate = entering.claimed, entering.fate
    queued = _queue_within(db, account, rule, fate, now) if isinstance(fate, Frozen) else None
    add_item_within(
        db,
        rule.id,
        name=claimed.entry.name,
        digest=UNREAD if isinstance(claimed.taken, Refuse) else claimed.taken.digest,
        size=claimed.entry.size,
        claim=claimed.claim,
        state=entering.state,
        reason=fate if isinstance(fate, Reason) else "",
        submission_id=queued,
        now=now,
    )


def _queue_within(
    db: Connection, account: Account, rule: DropRule, letter: Frozen, now: int
) -> SubmissionId:
    return queue_within(
        db,
        account_id=account.id,
        octets=letter.octets,
        message_id=letter.message_id,
        mail_from=account.address,
        recipients=rule.to,
        subject=letter.subject,
        source="drop",
        send_at=now,
        now=now,
    )
