"""From a sighting to a claimed document in memory: the part that touches the disk, in a thread.

Whatever goes wrong after the claim gives the document back: outside `.claimed/` is where people
and programs look for it.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from store.host.log import event
from store.model.ids import BlobId
from sync.drop import files, names
from sync.drop.document import Unreadable, look_inside, open_file, read_whole
from sync.drop.files import Changed, Root
from sync.drop.kernel import flush
from sync.drop.letter import Document
from sync.drop.plan import (
    HEAD_OCTETS,
    Entry,
    Policy,
    Reason,
    Refuse,
    Sighting,
    Take,
    Wait,
    decide,
    decide_inside,
)

log = logging.getLogger(__name__)
OCTETS_AT_ONCE = 8 * 1024 * 1024
"""Documents held in memory together, the last of them not counted."""
Taken = Document | Refuse
"""To be sent, or to be put away with its reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What now lies in `.claimed/<claim>/`."""

    entry: Entry
    claim: str
    taken: Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a listing called settled, and the claim it would get: a name never used before."""

    sighting: Sighting
    decision: Take | Refuse
    claim: str


@dataclass(slots=True)
class Batch:
    """What became of the first `looked` of those that were ready."""

    looked: int = 0
    claimed: list[Claimed] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)


def take_in_batch(root: Root, ready: Iterable[Ready], *, now: float, policy: Policy) -> Batch:
    """Claim and read documents, as many as should be in memory at once, and flush the claims.

    Together, because a flush costs the same for one as for many.

    Raises:
        OSError: of the whole folder.
    """
    batch, held = Batch(), 0
    for each in ready:
        if held >= OCTETS_AT_ONCE:
            break
        batch.looked += 1
        taken = _take_in_or_wait(root, each, now, policy)
        if isinstance(taken, Wait):
            batch.waits.append(taken)
            continue
        entry = each.sighting.entry
        batch.claimed.append(Claimed(entry=entry, claim=each.claim, taken=taken))
        held += len(taken.octets) if isinstance(taken, Document) else 0
    flush(root.claimed)
    return batch


def _take_in_or_wait(root: Root, ready: Ready, now: float, policy: Policy) -> Taken | Wait:
    try:
        return take_in(
            root, ready.sighting, ready.decision, claim=ready.claim, now=now, policy=policy
        )
    except Changed:
        return Wait(reason=Reason.SETTLING, again_in=policy.quiet_seconds)
    except OSError as error:
        if error.errno in files.WHOLE_FOLDER:
            raise
        event(log, logging.INFO, "drop.stuck", errno=error.errno)
        return Wait(reason=Reason.STUCK, again_in=policy.unsure_seconds, remark=True)


def take_in(
    root: Root,
    sighting: Sighting,
    decision: Take | Refuse,
    *,
    claim: str,
    now: float,
    policy: Policy,
) -> Taken | Wait:
    """Examine what a listing called settled; claim it unless it has to wait.

    Args:
        claim: the name of a claim that does not exist yet.

    Raises:
        Changed: it is not what was seen any more.
        OSError: of this document, or of the whole folder.
    """
    if isinstance(decision, Refuse):
        files.claim(root, sighting.entry, claim)
        return decision
    try:
        with open_file(root.folder, sighting.entry) as file:
            inside = look_inside(file, sighting.entry.size)
            verdict = decide_inside(sighting, inside, now, policy)
            if isinstance(verdict, Wait):
                return verdict
            files.claim(root, sighting.entry, claim)
            if isinstance(verdict, Refuse):
                return verdict
            with _given_back_on_failure(root, claim, sighting.entry):
                return _read(file, sighting.entry)
    except BlockingIOError:
        return Wait(reason=Reason.OPEN, again_in=policy.quiet_seconds)
    except Unreadable:
        verdict = decide_inside(sighting, None, now, policy)
        if isinstance(verdict, Refuse):
            files.claim(root, sighting.entry, claim)
            return verdict
        assert isinstance(verdict, Wait)
        return verdict


def take_up(root: Root, claim: str, policy: Policy) -> list[Claimed]:
    """Examine again what was claimed before a crash; what is not fit to leave is given back."""
    taken: list[Claimed] = []
    with files.claim_directory(root, claim) as held:
        for entry in files.listing(held):
            ours = entry.links == 1 and not root.is_private(entry)
            verdict = _examine_held(held, entry, policy) if ours else None
            if verdict is not None:
                taken.append(Claimed(entry=entry, claim=claim, taken=verdict))
            elif not files.give_back(root, claim, entry.name) and entry.links > 1:
                linked = Refuse(reason=Reason.HARD_LINK)
                taken.append(Claimed(entry=entry, claim=claim, taken=linked))
    files.forget_claim(root, claim)
    flush(root.claimed)
    return taken


def _examine_held(held: int, entry: Entry, policy: Policy) -> Taken | None:
    settled = Sighting(entry=entry, since=-math.inf)
    decision = decide(settled, 0.0, policy)
    if isinstance(decision, Refuse):
        return decision
    if not isinstance(decision, Take):
        return None
    try:
        with open_file(held, entry) as file:
            verdict = decide_inside(settled, look_inside(file, entry.size), 0.0, policy)
            if isinstance(verdict, Refuse):
                return verdict
            return _read(file, entry) if isinstance(verdict, Take) else None
    except Unreadable:
        return Refuse(reason=Reason.UNREADABLE)
    except Changed:
        return None
    except OSError as error:
        if error.errno in files.WHOLE_FOLDER:
            raise
        return None


def _read(file: int, entry: Entry) -> Document:
    octets = read_whole(file, entry)
    return Document(
        name=entry.name,
        octets=octets,
        digest=BlobId(hashlib.sha256(octets).digest()),
        media_type=names.media_type(entry.name, octets[:HEAD_OCTETS]),
    )


@contextmanager
def _given_back_on_failure(root: Root, claim: str, entry: Entry) -> Iterator[None]:
    try:
        yield
    except (Changed, OSError):
        files.give_back(root, claim, entry.name)
        raise
