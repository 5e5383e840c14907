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
from store.db.routing import ways
from store.db.submissions import queue_within
from store.errors import Permanent, Transient
from store.host.log import event
from store.model.account import Account
from store.model.drop import DropRule, ItemState
from store.model.ids import BlobId, SubmissionId
from store.model.route import Content, Dispatch
from sync.drop.claiming import Claimed
from sync.drop.letter import Document, Frozen, letter_for
from sync.drop.plan import Reason, Refuse

log = logging.getLogger(__name__)
UNREAD = BlobId(b"")
HELD = (Reason.SAME_CONTENT, Reason.NO_WAY, Reason.SEVERAL_WAYS)
"""A person may yet decide that it leaves."""


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
        return ItemState.HELD if self.fate in HELD else ItemState.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What every letter of one look has in common."""

    rule: DropRule
    account: Account
    way: Dispatch | Reason
    """By which way it leaves, or why not."""
    now: int
    token: Callable[[], str]


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
    way = _way(db, rule, now)
    making = Making(rule=rule, account=account, way=way, now=now, token=token)
    entering = await asyncio.to_thread(_decide, claimed, known, making)
    with write(db):
        if _way(db, rule, now) != way:
            raise Transient("store.busy")  # a list was imported meanwhile: the next look decides
        for one in entering:
            _enter_within(db, making, one)
    for one in entering:
        size = one.claimed.entry.size
        if isinstance(one.fate, Reason):
            event(log, logging.INFO, "drop.set_aside", rule=rule.id, size=size, reason=one.fate)
        else:
            event(log, logging.INFO, "drop.queued", rule=rule.id, size=size)
    return any(one.state is not ItemState.QUEUED for one in entering)


def _way(db: Connection, rule: DropRule, now: int) -> Dispatch | Reason:
    """The one way to everybody a rule sends to, from its own account; or why there is none."""
    try:
        found = ways(db, rule.account_id, rule.to, Content(documents=True), now=now)
    except Permanent:
        return Reason.NO_WAY
    if len(found) > 1 or found[0].account_id != rule.account_id:
        return Reason.SEVERAL_WAYS
    return found[0]


def _decide(claimed: list[Claimed], known: set[BlobId], making: Making) -> list[Entering]:
    """The fate of each, in order; `known` are the contents that the ledger has, and grows."""
    entering = []
    for each in claimed:
        fate: Frozen | Reason
        if isinstance(each.taken, Refuse):
            fate = each.taken.reason
        elif each.taken.digest in known:
            fate = Reason.SAME_CONTENT
        else:
            fate = _letter(each.taken, making)
            if isinstance(fate, Frozen):
                known.add(each.taken.digest)
        entering.append(Entering(claimed=each, fate=fate))
    return entering


def _letter(document: Document, making: Making) -> Frozen | Reason:
    if isinstance(making.way, Reason):
        return making.way
    rule = making.rule
    try:
        return letter_for(document, making.account, rule.to, now=making.now, token=making.token)
    except Exception as error:  # one document must not stop the others
        event(log, logging.ERROR, "drop.not_built", rule=rule.id, error=error)
        return Reason.NOT_BUILT


def _enter_within(db: Connection, making: Making, entering: Entering) -> None:
    claimed, fate = entering.claimed, entering.fate
    rule, now = making.rule, making.now
    queued = _queue_within(db, making, fate) if isinstance(fate, Frozen) else None
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


def _queue_within(db: Connection, making: Making, letter: Frozen) -> SubmissionId:
    account, rule, now = making.account, making.rule, making.now
    assert isinstance(making.way, Dispatch)
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
        routes=making.way.routes,
    )
