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

from store.db.drop_ledger import add_item_within, item_with_content, item_with_name
from store.db.open import Connection, write
from store.db.submissions import queue_within
from store.errors import MailError
from store.host.log import event
from store.model.drop import DropRule, ItemState
from store.model.ids import BlobId, DropItemId, SubmissionId
from store.model.route import Envelope
from sync.drop.claiming import Claimed
from sync.drop.doctors import Doctors
from sync.drop.identity import may_be_one
from sync.drop.letter import Frozen, Leaving, Told, letter_for
from sync.drop.parcel import Parcel
from sync.drop.plan import Reason, Refuse
from sync.drop.roads import Roads, To, check_roads, roads_to
from sync.drop.understand import Understood, understand
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
    fate: Frozen | Reason
    """The letter it leaves in, or why it does not."""
    understood: Understood
    corrects: DropItemId | None = None

    @property
    def state(self) -> ItemState:
        """Where it stands once entered."""
        if isinstance(self.fate, Frozen):
            return ItemState.QUEUED
        return ItemState.FAILED if self.fate in FAILED else ItemState.HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The earlier document of the same name, for the same people, about the same patient."""

    item_id: DropItemId
    at: int
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What every letter of one look has in common."""

    rule: DropRule
    roads: Roads
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
            said = await _understood(rule, each.taken, doctors or {})
            if item_with_content(db, rule.id, each.taken.digest):
                known.add(each.taken.digest)
        understood.append(said)
    roads = roads_to(db, rule, (said.recipients for said in understood), keys, now)
    making = Making(rule=rule, roads=roads, now=now, token=token)
    corrections = [
        correction(db, rule, each.entry.name, said)
        for each, said in zip(claimed, understood, strict=True)
    ]
    entering = await asyncio.to_thread(
        _decide, list(zip(claimed, understood, corrections, strict=True)), known, making
    )
    with write(db):
        check_roads(db, rule, roads, now)
        for one in entering:
            _enter_within(db, making, one)
    for one in entering:
        size = one.claimed.entry.size
        if isinstance(one.fate, Reason):
            event(log, logging.INFO, "drop.set_aside", rule=rule.id, size=size, reason=one.fate)
        else:
            event(log, logging.INFO, "drop.queued", rule=rule.id, size=size)
    return any(one.state is not ItemState.QUEUED for one in entering)


async def _understood(rule: DropRule, parcel: Parcel, doctors: Doctors) -> Understood:
    """What a parcel says. One that we stumble over is held: it must not stop the others."""
    try:
        return await understand(rule, parcel, doctors)
    except MailError:
        raise
    except Exception as error:
        event(log, logging.ERROR, "drop.not_understood", rule=rule.id, error=error)
        return Understood(problem=Reason.COMPANION_BAD)


def correction(db: Connection, rule: DropRule, name: bytes, said: Understood) -> Correction | None:
    """What a document of this name replaces: it went to the same people, about nobody else."""
    earlier = item_with_name(db, rule.id, name)
    if earlier is None or said.problem or not said.recipients:
        return None
    item, message_id = earlier
    same_people = set(item.recipients or rule.to) == set(said.recipients)
    if not same_people or (
        item.patient and said.patient and not may_be_one(item.patient, said.patient)
    ):
        return None
    return Correction(item_id=item.id, at=item.seen_at, message_id=message_id)


def _decide(
    each_of: Sequence[tuple[Claimed, Understood, Correction | None]],
    known: set[BlobId],
    making: Making,
) -> list[Entering]:
    """The fate of each, in order; `known` are the contents that the ledger has, and grows."""
    entering = []
    for claimed, said, corrected in each_of:
        fate: Frozen | Reason
        if isinstance(claimed.taken, Refuse):
            fate = claimed.taken.reason
        elif claimed.taken.digest in known:
            fate = Reason.SAME_CONTENT
        else:
            fate = fate_of(claimed.taken, said, corrected, making)
            if isinstance(fate, Frozen):
                known.add(claimed.taken.digest)
        corrects = corrected.item_id if corrected and isinstance(fate, Frozen) else None
        one = Entering(claimed=claimed, fate=fate, understood=said, corrects=corrects)
        entering.append(one)
    return entering


def fate_of(
    parcel: Parcel, said: Understood, corrected: Correction | None, making: Making
) -> Frozen | Reason:
    """The letter a parcel leaves in, or why it does not."""
    if said.problem:
        return said.problem
    if not said.recipients:
        return Reason.NO_RECIPIENT
    leaving = making.roads.leaving[said.recipients]
    if isinstance(leaving, Reason):
        return leaving
    told = Told(
        to=said.recipients,
        urgent=said.urgent,
        identity=making.rule.options.identity,
        replaces_at=corrected.at if corrected else None,
        replaces_id=corrected.message_id if corrected else "",
    )
    try:
        return letter_for(parcel, leaving, told, now=making.now, token=making.token)
    except Exception as error:  # one document must not stop the others
        event(log, logging.ERROR, "drop.not_built", rule=making.rule.id, error=error)
        plain = leaving.dispatch.envelope is Envelope.PLAIN
        return Reason.NOT_BUILT if plain else Reason.NOT_SEALED


def _enter_within(db: Connection, making: Making, entering: Entering) -> None:
    claimed, fate, said = entering.claimed, entering.fate, entering.understood
    queued = None
    if isinstance(fate, Frozen):
        queued = queue_letter_within(db, making, said.recipients, fate)
    add_item_within(
        db,
        making.rule.id,
        name=claimed.entry.name,
        digest=UNREAD if isinstance(claimed.taken, Refuse) else claimed.taken.digest,
        size=claimed.size,
        claim=claimed.claim,
        state=entering.state,
        reason=fate if isinstance(fate, Reason) else "",
        submission_id=queued,
        recipients=said.recipients,
        found_in=said.found_in,
        patient=said.patient,
        files=claimed.files,
        control_ids=said.control_ids,
        corrects=entering.corrects,
        now=making.now,
    )


def queue_letter_within(db: Connection, making: Making, to: To, letter: Frozen) -> SubmissionId:
    """The outbox row of a letter. Call inside `write`, with its ledger row."""
    leaving = making.roads.leaving[to]
    assert isinstance(leaving, Leaving)
    return queue_within(
        db,
        account_id=leaving.account.id,
        octets=letter.octets,
        message_id=letter.message_id,
        mail_from=leaving.account.address,
        recipients=to,
        subject=letter.subject,
        source="drop",
        send_at=making.now,
        now=making.now,
        routes=leaving.dispatch.routes,
    )
