"""Enter what was claimed into the ledger: with its letter in the outbox, or with why not.

A document's ledger row and its outbox row are one transaction. Before it the document is only
claimed, and a crash costs nothing; after it the letter leaves whatever becomes of the file.
Several documents share a transaction, because a commit costs the same for one as for many.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from store.db.drop_ledger import Became, add_item_within, item_with_content
from store.db.open import Connection, write
from store.db.submissions import queue_within
from store.host.log import event
from store.model.drop import DropRule, ItemState
from store.model.ids import BlobId, DropItemId, SubmissionId
from sync.dispatch.queueing import note_within
from sync.drop.claiming import Claimed
from sync.drop.correcting import Correction, correction
from sync.drop.doctors import Doctors
from sync.drop.fate import Fate, Making, fate_of, making_for, reason_of
from sync.drop.health import Lacks, Package
from sync.drop.letter import Frozen, Leaving
from sync.drop.parcel import Parcel
from sync.drop.plan import Refuse
from sync.drop.reasons import Reason
from sync.drop.roads import To, check_roads
from sync.drop.understand import Understood, understand_or_hold
from sync.submit.fresh import FRESH
from sync.submit.security import Keys, no_keys

log = logging.getLogger(__name__)
UNREAD = BlobId(b"")
FAILED = frozenset(
    {
        *(Reason.NOT_BUILT, Reason.SYMLINK, Reason.SPECIAL, Reason.HARD_LINK, Reason.NAME_UNSAFE),
        *(Reason.TOO_LARGE, Reason.EMPTY, Reason.TRUNCATED, Reason.NOT_PDF, Reason.UNREADABLE),
        *(Reason.LEFT_BEHIND, Reason.NO_DOCUMENT, Reason.TOO_MANY_FILES, Reason.NESTED),
        Reason.WRONG_WRITER,
    }
)
"""It will never leave as it is; of every other reason a person may decide that it leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """One claimed parcel and what the ledger will say of it."""

    claimed: Claimed
    fate: Fate
    understood: Understood
    corrects: DropItemId | None = None

    @property
    def reason(self) -> Reason | None:
        """Why it does not leave; None when it does."""
        return reason_of(self.fate)

    @property
    def state(self) -> ItemState:
        """Where it stands once entered."""
        if self.reason is None:
            return ItemState.QUEUED
        return ItemState.FAILED if self.reason in FAILED else ItemState.HELD


async def enter(
    db: Connection,
    rule: DropRule,
    claimed: list[Claimed],
    *,
    now: int,
    token: Callable[[], str],
    keys: Keys = no_keys,
    doctors: Doctors | None = None,
) -> bool:
    """Queue each parcel, or set it aside: refused, doubtful, or no letter can be made of it.

    True when something was set aside; its file is still to be put away.

    Raises:
        Transient: `store.busy`; nothing is entered, and the next look takes it anew.
    """
    known = set[BlobId]()
    understood: list[Understood] = []
    for each in claimed:
        said = Understood()
        if isinstance(each.taken, Parcel):
            said = await understand_or_hold(rule, each.taken, doctors or {})
            if item_with_content(db, rule.id, each.taken.digest):
                known.add(each.taken.digest)
        understood.append(said)
    making = making_for(db, rule, understood, keys, now=now, token=token)
    corrections = [
        correction(db, rule, each.entry.name, said)
        for each, said in zip(claimed, understood, strict=True)
    ]
    entering = await asyncio.to_thread(
        _decide, list(zip(claimed, understood, corrections, strict=True)), known, making
    )
    with write(db):
        check_roads(db, rule, making.roads, now)
        for one in entering:
            _enter_within(db, making, one)
    for letter in (letter for one in entering for letter in letters_of(one.fate)):
        FRESH.keep(letter.packed.name, letter.octets, now=now)
    for one in entering:
        size = one.claimed.entry.size
        if one.reason is not None:
            event(log, logging.INFO, "drop.set_aside", rule=rule.id, size=size, reason=one.reason)
        else:
            event(log, logging.INFO, "drop.queued", rule=rule.id, size=size)
    return any(one.state is not ItemState.QUEUED for one in entering)


def _decide(
    each_of: Sequence[tuple[Claimed, Understood, Correction | None]],
    known: set[BlobId],
    making: Making,
) -> list[Entering]:
    """The fate of each, in order; `known` are the contents that the ledger has, and grows."""
    entering = []
    for claimed, said, corrected in each_of:
        fate: Fate
        if isinstance(claimed.taken, Refuse):
            fate = claimed.taken.reason
        elif claimed.taken.digest in known:
            fate = Reason.SAME_CONTENT
        elif claimed.maybe_sent:
            fate = Reason.MAYBE_SENT
        else:
            fate = fate_of(claimed.taken, said, corrected, making)
            if reason_of(fate) is None:
                known.add(claimed.taken.digest)
        is_correction = corrected and corrected.is_known and reason_of(fate) is None
        corrects = corrected.item_id if corrected and is_correction else None
        one = Entering(claimed=claimed, fate=fate, understood=said, corrects=corrects)
        entering.append(one)
    return entering


def _enter_within(db: Connection, making: Making, entering: Entering) -> None:
    claimed, fate, said = entering.claimed, entering.fate, entering.understood
    held = claimed.taken if entering.state is ItemState.HELD else None
    add_item_within(
        db,
        making.rule.id,
        name=claimed.entry.name,
        digest=UNREAD if isinstance(claimed.taken, Refuse) else claimed.taken.digest,
        size=claimed.size,
        claim=claimed.claim,
        state=entering.state,
        reason=entering.reason or "",
        lacks=fate.codes if isinstance(fate, Lacks) else (),
        became=became_within(db, making, said, fate),
        recipients=said.recipients,
        found_in=said.found_in,
        patient=said.patient,
        files=claimed.files,
        control_ids=said.control_ids,
        request=said.request,
        uncompared=said.uncompared,
        corrects=entering.corrects,
        held_as=held.held_as if isinstance(held, Parcel) else b"",
        now=making.now,
    )


def became_within(db: Connection, making: Making, said: Understood, fate: Fate) -> Became:
    """The outbox rows of what leaves, and its set for the DMP. Call inside `write`, with its ledger
    row."""
    if isinstance(fate, Frozen):
        return Became(letter=_queue_within(db, making, said.recipients, fate, urgent=said.urgent))
    if not isinstance(fate, Package):
        return Became()
    letters = [
        _queue_within(db, making, to, letter, urgent=said.urgent)
        for to, letter in ((said.recipients, fate.letter), (said.patient_to, fate.patient_letter))
        if letter is not None
    ]
    dispatch, _ = note_within(db, making.rule.account_id, fate.facts, fate.built)
    first, second = [*letters, None, None][:2]
    return Became(letter=first, patient_letter=second, dispatch=dispatch)


def letters_of(fate: Fate) -> list[Frozen]:
    """What leaves by the outbox."""
    if isinstance(fate, Frozen):
        return [fate]
    return [*filter(None, (fate.letter, fate.patient_letter))] if isinstance(fate, Package) else []


def _queue_within(
    db: Connection, making: Making, to: To, letter: Frozen, *, urgent: bool
) -> SubmissionId:
    leaving = making.roads.leaving[to]
    assert isinstance(leaving, Leaving)
    return queue_within(
        db,
        account_id=leaving.account.id,
        octets=letter.packed,
        message_id=letter.message_id,
        mail_from=leaving.account.address,
        recipients=to,
        subject=letter.subject,
        source="drop",
        send_at=making.now,
        now=making.now,
        routes=leaving.dispatch.routes,
        urgent=urgent,
    )
