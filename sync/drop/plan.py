"""What to do with each thing found in a watched folder: wait, take, refuse, or leave alone.

Pure: a listing, what was seen before, and a time go in; decisions come out. A document is taken
once nothing about it has changed between two looks at least `quiet_seconds` apart, no program has
it open for writing, and a PDF has its end. Whoever writes it need not help: analysers, scanners
and people copying files do not announce that they have finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from store.errors import MailError
from store.model.drop import ItemState
from store.model.drop_options import LARGEST
from store.model.submission import SubmissionState
from sync.drop import names
from sync.drop.reasons import Reason


class Kind(StrEnum):
    """What a directory entry is, links not followed."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    SPECIAL = "special"
    """FIFO, socket or device: opening one can block for ever, or do harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name in the folder as a look saw it. Equal entries mean that nothing was changed."""

    name: bytes
    kind: Kind
    size: int
    """Octets."""
    mtime_ns: int
    inode: int
    links: int = 1
    uid: int = -1
    """Its owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An entry, and since when it has looked exactly so. Any clock that never goes back."""

    entry: Entry
    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What opening a file told."""

    writer: bool | None
    """A program has it open for writing; None when the system cannot say."""
    head: bytes
    """First octets, at most HEAD_OCTETS."""
    tail: bytes
    """Last octets, at most TAIL_OCTETS."""


HEAD_OCTETS = 1024
TAIL_OCTETS = 2048


QUIET_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How patient we are. Seconds and octets."""

    quiet_seconds: float = QUIET_SECONDS
    unsure_seconds: float = 10.0
    """Quiet asked for when the system cannot tell whether a program is still writing."""
    patience_seconds: float = 600.0
    """How long an unfinished document may stay unchanged before it is called broken."""
    largest: int = LARGEST
    writer: int | None = None
    """The only user whose files are taken; None for anybody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """Not for us. With a reason, it is worth a remark to the person."""

    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Look again in so many seconds. `remark` when it lasts so long that a person should know."""

    reason: Reason
    again_in: float
    remark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """It will never leave as it is."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """It is finished and may leave."""


Decision = Ignore | Wait | Refuse | Take


def remember(
    before: Mapping[bytes, Sighting], listing: Iterable[Entry], now: float
) -> dict[bytes, Sighting]:
    """Sightings after this look: what changed starts again, what is gone is forgotten."""
    return {
        entry.name: seen
        if (seen := before.get(entry.name)) is not None and seen.entry == entry
        else Sighting(entry=entry, since=now)
        for entry in listing
    }


def decide(sighting: Sighting, now: float, policy: Policy) -> Decision:
    """What a listing alone tells. `Take` means: open it, then ask `decide_inside`."""
    entry = sighting.entry
    if entry.kind is Kind.DIRECTORY:
        ours = entry.name in (names.CLAIMED, names.SENT, names.FAILED)
        return Ignore(reason=None if ours or entry.name.startswith(b".") else Reason.DIRECTORY)
    if names.is_litter(entry.name):
        return Ignore()
    if (missing := policy.quiet_seconds - (now - sighting.since)) > 0:
        return Wait(reason=Reason.SETTLING, again_in=missing)
    if entry.kind is Kind.SYMLINK:
        return Refuse(reason=Reason.SYMLINK)
    if entry.kind is Kind.SPECIAL:
        return Refuse(reason=Reason.SPECIAL)
    if policy.writer is not None and entry.uid != policy.writer:
        return Refuse(reason=Reason.WRONG_WRITER)
    return Take()


def decide_inside(
    sighting: Sighting, inside: Inside | None, now: float, policy: Policy
) -> Wait | Refuse | Take:
    """What a settled regular file's inside tells. `inside` is None when it could not be opened."""
    entry, age = sighting.entry, now - sighting.since
    if inside is None:
        return _patiently(Reason.UNREADABLE, age, policy)
    if inside.writer:
        return Wait(
            reason=Reason.OPEN,
            again_in=policy.quiet_seconds,
            remark=age > policy.patience_seconds,
        )
    if inside.writer is None and age < policy.unsure_seconds:
        return Wait(reason=Reason.SETTLING, again_in=policy.unsure_seconds - age)
    if (reason := _never(entry)) is not None:
        return Refuse(reason=reason)
    if entry.size > policy.largest:
        return Refuse(reason=Reason.TOO_LARGE)
    if entry.size == 0:
        return _patiently(Reason.EMPTY, age, policy)
    if names.is_pdf(entry.name, inside.head):
        if b"%PDF-" not in inside.head:
            return _patiently(Reason.NOT_PDF, age, policy)
        if b"%%EOF" not in inside.tail:
            return _patiently(Reason.TRUNCATED, age, policy)
    return Take()


def _never(entry: Entry) -> Reason | None:
    if entry.links > 1:
        # Its other name can change it, or be a file the sender was never meant to read.
        return Reason.HARD_LINK
    return Reason.NAME_UNSAFE if names.is_unsafe(entry.name) else None


def _patiently(reason: Reason, age: float, policy: Policy) -> Wait | Refuse:
    if age >= policy.patience_seconds:
        return Refuse(reason=reason)
    left = policy.patience_seconds - age
    return Wait(reason=reason, again_in=max(min(policy.quiet_seconds, left), 0.0))


def orphans(claims: Iterable[str], ledger: Iterable[str], mark: str) -> list[str]:
    """Claims of this store that its ledger knows nothing of: a crash came before the commit.

    Another store may watch the same folder; its claims begin with another mark.
    """
    known = set(ledger)
    return sorted(c for c in claims if c.startswith(f"{mark}-") and c not in known)


def outcome(state: SubmissionState, *, some_refused: bool) -> tuple[ItemState, Reason | None]:
    """Where a queued document goes once its letter has come to an end.

    An uncertain letter has not: its document stays claimed, and the outbox shows it.
    """
    match state:
        case SubmissionState.ACCEPTED:
            return ItemState.SENT, Reason.PARTLY_REFUSED if some_refused else None
        case SubmissionState.REFUSED:
            return ItemState.FAILED, Reason.SERVER_REFUSED
        case SubmissionState.CANCELED:
            return ItemState.FAILED, Reason.CANCELED
        case _:
            raise MailError("drop.not_ended", state=state)


def outcome_of_all(
    states: Sequence[SubmissionState], *, some_refused: bool
) -> tuple[ItemState, Reason | None]:
    """The same of a document that became several letters, or a letter and the DMP's set.

    What left for anybody has left: of the rest a person is told.
    """
    if len(states) == 1:
        return outcome(states[0], some_refused=some_refused)
    gone = [state for state in states if state is SubmissionState.ACCEPTED]
    if not gone:
        refused = SubmissionState.REFUSED in states
        return outcome(SubmissionState.REFUSED if refused else states[0], some_refused=False)
    if len(gone) < len(states):
        return ItemState.SENT, Reason.PARTLY_SENT
    return ItemState.SENT, Reason.PARTLY_REFUSED if some_refused else None
