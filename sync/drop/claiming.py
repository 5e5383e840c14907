"""From a sighting to a claimed document in memory: the part that touches the disk, in a thread.

Whatever goes wrong after the claim gives the document back: outside `.claimed/` is where people
and programs look for it.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from store.host.log import event
from store.model.drop_options import Grouping
from sync.drop import claims, files
from sync.drop.document import Unreadable, look_inside, open_file, read_whole
from sync.drop.files import Changed, Root
from sync.drop.grouping import Group, main_of
from sync.drop.kernel import flush
from sync.drop.names import is_main
from sync.drop.parcel import Parcel, is_read, parcel_of
from sync.drop.plan import (
    Entry,
    Inside,
    Kind,
    Policy,
    Refuse,
    Sighting,
    Take,
    Wait,
    decide,
    decide_inside,
)
from sync.drop.reasons import Reason

log = logging.getLogger(__name__)
OCTETS_AT_ONCE = 3 * 1024 * 1024
"""Documents held in memory together, the last of them not counted."""
Taken = Parcel | Refuse
"""To be sent, or to be put away with its reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What now lies in `.claimed/<claim>/`."""

    entry: Entry
    """What it is named by."""
    claim: str
    taken: Taken
    files: int = 1
    """How many were dropped together."""
    maybe_sent: bool = False
    """Claimed before this store was copied: nobody here knows whether it left."""

    @property
    def size(self) -> int:
        """Octets."""
        return self.taken.size if isinstance(self.taken, Parcel) else self.entry.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a listing called settled, and the claim it would get: a name never used before."""

    group: Group
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
        one = Claimed(
            entry=each.group.main.entry,
            claim=each.claim,
            taken=taken,
            files=len(each.group.files),
        )
        batch.claimed.append(one)
        held += one.size if isinstance(taken, Parcel) else 0
    flush(root.claimed)
    return batch


def _take_in_or_wait(root: Root, ready: Ready, now: float, policy: Policy) -> Taken | Wait:
    try:
        return take_in(root, ready.group, claim=ready.claim, now=now, policy=policy)
    except Changed:
        return Wait(reason=Reason.SETTLING, again_in=policy.quiet_seconds)
    except OSError as error:
        if error.errno in files.WHOLE_FOLDER:
            raise
        event(log, logging.INFO, "drop.stuck", errno=error.errno)
        return Wait(reason=Reason.STUCK, again_in=policy.unsure_seconds, remark=True)


def take_in(root: Root, group: Group, *, claim: str, now: float, policy: Policy) -> Taken | Wait:
    """Examine what a listing called settled; claim it unless it has to wait.

    Args:
        claim: the name of a claim that does not exist yet.

    Raises:
        Changed: it is not what was seen any more.
        OSError: of this dispatch, or of the whole folder.
    """
    if isinstance(group.decision, Refuse):
        claims.claim(root, group.claimed_in_order, claim)
        return group.decision
    try:
        with ExitStack() as stack:
            within = stack.enter_context(_subfolder(root.folder, group))
            opened = _Opened(stack, within)
            verdict = opened.examine(group.files, now, policy)
            if isinstance(verdict, Wait):
                return verdict
            claims.claim(root, group.claimed_in_order, claim)
            if isinstance(verdict, Refuse):
                return verdict
            with _given_back_on_failure(root, claim):
                if group.inside:
                    _check_is_still(within, group)
                return opened.read(group.main.entry)
    except BlockingIOError:
        return Wait(reason=Reason.OPEN, again_in=policy.quiet_seconds)


@contextmanager
def _subfolder(folder: int, group: Group) -> Iterator[int]:
    """The directory its files lie in: the watched folder, or a subfolder of it."""
    if not group.inside:
        yield folder
        return
    try:
        within = files.subfolder(folder, group.main.entry)
    except OSError as error:
        if error.errno in files.WHOLE_FOLDER:
            raise
        raise Changed from error
    try:
        yield within
    finally:
        os.close(within)


def _check_is_still(within: int, group: Group) -> None:
    """Nothing has come into a subfolder, or left it, before it was ours."""
    now = {entry.name: entry for entry in files.listing(within)}
    if now != {each.entry.name: each.entry for each in group.inside}:
        raise Changed


class _Opened:
    """The files of one dispatch, open together: read through what was examined."""

    def __init__(self, stack: ExitStack, directory: int) -> None:
        self.stack, self.directory = stack, directory
        self.files: list[tuple[int, Entry]] = []
        self.wanted = 0

    def examine(self, seen: Sequence[Sighting], now: float, policy: Policy) -> Wait | Refuse | Take:
        """Open each, and say what the gravest of them says."""
        waits: list[Wait] = []
        refused: list[Refuse] = []
        for each in seen:
            if not is_read(each.entry.name) and len(seen) > 1:
                continue
            verdict = decide_inside(each, self._look(each.entry), now, policy)
            if isinstance(verdict, Wait):
                waits.append(verdict)
            elif isinstance(verdict, Refuse):
                refused.append(verdict)
        if waits:
            return max(waits, key=lambda wait: wait.again_in)
        if not refused and sum(entry.size for _, entry in self.files) > policy.largest:
            return Refuse(reason=Reason.TOO_LARGE)
        return refused[0] if refused else Take()

    def _look(self, entry: Entry) -> Inside | None:
        self.wanted += 1
        try:
            file = self.stack.enter_context(open_file(self.directory, entry))
        except Unreadable:
            return None
        self.files.append((file, entry))
        return look_inside(file, entry.size)

    def read(self, main: Entry) -> Parcel:
        """All of it.

        Raises:
            Changed: one changed while it was read.
        """
        read = [(entry.name, read_whole(file, entry)) for file, entry in self.files]
        alone = len(read) == 1 and main.kind is not Kind.DIRECTORY
        return parcel_of(main.name, read, alone=alone)


def take_up(
    root: Root, claim: str, policy: Policy, grouping: Grouping = Grouping.ALONE
) -> list[Claimed]:
    """Examine again what was claimed before a crash; what is not fit to leave is given back."""
    taken: list[Claimed] = []
    with claims.claim_directory(root, claim) as held:
        entries = files.listing(held)
        main = main_of(entries, grouping)
        linked = any(entry.links > 1 for entry in entries if entry.kind is not Kind.DIRECTORY)
        ours = main is not None and not linked and not any(map(root.is_private, entries))
        verdict = examine_held(held, main, entries, policy) if ours and main else None
        if verdict is not None and main is not None:
            n = len(entries)
            taken.append(Claimed(entry=main, claim=claim, taken=verdict, files=n))
        elif (kept := claims.give_all_back(root, claim)) and (linked or main is None):
            refused = Refuse(reason=Reason.HARD_LINK if linked else Reason.LEFT_BEHIND)
            taken.append(Claimed(entry=kept[0], claim=claim, taken=refused))
    claims.forget_claim(root, claim)
    flush(root.claimed)
    return taken


def examine_held(held: int, main: Entry, entries: list[Entry], policy: Policy) -> Taken | None:
    """Read what lies in a directory of ours; None when it cannot be read whole as it is."""
    settled = [Sighting(entry=entry, since=-math.inf) for entry in entries]
    if main.kind is not Kind.DIRECTORY:
        for each in settled:
            decision = decide(each, 0.0, policy)
            if isinstance(decision, Refuse):
                return decision
            if not isinstance(decision, Take):
                return None
    try:
        with ExitStack() as stack:
            first = next(each for each in settled if each.entry == main)
            group = Group(main=first, companions=tuple(e for e in settled if e is not first))
            if main.kind is Kind.DIRECTORY:
                within = stack.enter_context(_subfolder(held, Group(main=first, inside=(first,))))
                group = Group(main=first, inside=_inner(within))
            else:
                within = held
            opened = _Opened(stack, within)
            verdict = opened.examine(group.files, 0.0, policy)
            if isinstance(verdict, Refuse):
                return verdict
            return opened.read(main) if isinstance(verdict, Take) else None
    except Changed:
        return None
    except OSError as error:
        if error.errno in files.WHOLE_FOLDER:
            raise
        return None


def _inner(within: int) -> tuple[Sighting, ...]:
    """What lies in a subfolder that was claimed before a crash.

    Raises:
        Changed: something has come into it that is no file: it is given back, and looked at again.
    """
    found = files.listing(within)
    if not found or any(entry.kind is not Kind.FILE or entry.links > 1 for entry in found):
        raise Changed
    documents_first = sorted(found, key=lambda entry: not is_main(entry.name))
    return tuple(Sighting(entry=entry, since=-math.inf) for entry in documents_first)


@contextmanager
def _given_back_on_failure(root: Root, claim: str) -> Iterator[None]:
    try:
        yield
    except (Changed, OSError):
        claims.give_all_back(root, claim)
        raise
