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
from store.db.apicrypt import programs
from store.db.drop_ledger import add_item_within, item_with_content
from store.db.open import Connection, write
from store.db.routing import ways
from store.db.sealing import judged_by
from store.db.submissions import queue_within
from store.errors import MailError, Permanent, Transient
from store.host.log import event
from store.model.draft import Draft
from store.model.drop import DropRule, ItemState
from store.model.email import EmailAddress
from store.model.ids import BlobId, SubmissionId
from store.model.route import Content, Dispatch, Envelope
from sync.drop.claiming import Claimed
from sync.drop.letter import Document, Frozen, Leaving, letter_for
from sync.drop.plan import Reason, Refuse
from sync.submit.security import Keys, no_keys, security_for
from sync.trust.sealing import judge_for

log = logging.getLogger(__name__)
UNREAD = BlobId(b"")
HELD = (
    *(Reason.SAME_CONTENT, Reason.NO_WAY, Reason.SEVERAL_WAYS, Reason.NO_KEY, Reason.NOT_SEALED),
)
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
    way: Leaving | Reason
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
    keys: Keys = no_keys,
) -> bool:
    """Queue each document, or set it aside: refused, taken before, or no letter can be made of it.

    True when something was set aside; its file is still to be put away.

    Raises:
        Transient: `store.busy`; everything stays claimed, for the next look.
    """
    known = set[BlobId]()
    for each in claimed:
        if isinstance(each.taken, Document) and item_with_content(db, rule.id, each.taken.digest):
            known.add(each.taken.digest)
    judged, by = judge_for(db, rule.to, now), account_now(db, rule.account_id)
    way = _way(db, rule, now)
    leaving = way if isinstance(way, Reason) else _leaving(db, rule, way, keys, now)
    making = Making(rule=rule, way=leaving, now=now, token=token)
    entering = await asyncio.to_thread(_decide, claimed, known, making)
    with write(db):
        same = judged_by(db) == judged and account_now(db, rule.account_id) == by
        if not same or _way(db, rule, now) != way:
            raise Transient("store.busy")  # what decides has changed: the next look decides again
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


def _leaving(
    db: Connection, rule: DropRule, way: Dispatch, keys: Keys, now: int
) -> Leaving | Reason:
    """The same with what makes it safe; a key that lacks holds the document back."""
    account = account_now(db, rule.account_id)
    written = Draft(sender=EmailAddress(email=account.address))
    try:
        # The document itself stays in sent/: a copy that we cannot read loses nothing.
        safe = security_for(db, account, way, written, keys, now=now, keeps_another=True)
    except MailError:
        return Reason.NO_KEY
    return Leaving(account=account, dispatch=way, security=safe, programs=programs(db, account.id))


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
        return letter_for(document, making.way, rule.to, now=making.now, token=making.token)
    except Exception as error:  # one document must not stop the others
        event(log, logging.ERROR, "drop.not_built", rule=rule.id, error=error)
        plain = making.way.dispatch.envelope is Envelope.PLAIN
        return Reason.NOT_BUILT if plain else Reason.NOT_SEALED


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
    rule, now = making.rule, making.now
    assert isinstance(making.way, Leaving)
    account = making.way.account
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
        routes=making.way.dispatch.routes,
    )
