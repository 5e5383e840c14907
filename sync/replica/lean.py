"""What a lean line brings next. Pure, and one choice at a time: a wish never waits for a queue.

Lanes, the earlier first; within a lane the newest letter first, but the smallest where its size
is what keeps others waiting:

    asked       the person asked for all of it
    urgent      its sender says it is
    text        nothing of it is here but its line in the list
    small       the rest of a short letter
    document    the rest of a longer one, while it is no longer than the line brings unasked

What is longer waits to be asked for (`pli fetch`): its text and its size are there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from store.model.email import Unwhole
from store.model.ids import EmailId, MailboxId

OVERLAP = 64
"""Octets asked for again where a letter is continued: they tell whether it is still the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lean:
    """How a lean line brings letters. Octets."""

    begin: int = 8 * 1024
    """Of a letter's beginning: its header, its text most often, the names of what comes with it."""
    at_once: int = 64 * 1024
    """Between two commits: some eight seconds of the line. What a cut costs at most."""
    small: int = 32 * 1024
    """Letters up to this are brought whole before any longer one is."""
    most: int = 1024 * 1024
    """Letters beyond this come only when they are asked for, or urgent."""


WIDE = Lean(at_once=4 * 1024 * 1024, small=2**62, most=2**62)
"""How a line that is no longer lean brings what is not whole yet: all of it."""


@dataclass(frozen=True, slots=True)
class Begin:
    """The first `length` octets of each of these, in one command."""

    mailbox_id: MailboxId
    letters: tuple[Unwhole, ...]
    length: int


@dataclass(frozen=True, slots=True)
class Continue:
    """The next octets of one letter: from `offset`, a little before what is held ends."""

    letter: Unwhole
    offset: int
    length: int


class Lane(IntEnum):
    """The order of things."""

    ASKED = 0
    URGENT = 1
    TEXT = 2
    SMALL = 3
    DOCUMENT = 4


def next_job(
    letters: Iterable[Unwhole], lean: Lean, *, skipped: Collection[EmailId] = ()
) -> Begin | Continue | None:
    """What to bring now; None when all is brought that comes. `skipped` are left out."""
    best, lane = None, None
    beginnings: list[Unwhole] = []
    for each in letters:
        if each.email_id in skipped or (its := lane_of(each, lean)) is None:
            continue
        if its is Lane.TEXT:
            beginnings.append(each)
        if lane is None or (its, _within(its, each)) < (lane, _within(lane, best or each)):
            best, lane = each, its
    if best is None:
        return None
    if lane is Lane.TEXT:
        return _begin(best, beginnings, lean)
    if best.held == 0:
        return Begin(best.mailbox_id, (best,), lean.at_once)
    offset = max(0, best.held - OVERLAP)
    return Continue(best, offset, best.held - offset + lean.at_once)


def lane_of(letter: Unwhole, lean: Lean) -> Lane | None:
    """Its lane; None for a letter that waits to be asked for."""
    if letter.wanted_at:
        return Lane.ASKED
    if letter.urgent:
        return Lane.URGENT
    if letter.held == 0:
        return Lane.TEXT
    if letter.size <= lean.small:
        return Lane.SMALL
    return Lane.DOCUMENT if letter.size <= lean.most else None


def is_exempt(job: Begin | Continue, lean: Lean) -> bool:
    """Whether it is brought whatever the budget says: somebody asked for it, or it is urgent."""
    first = job.letters[0] if isinstance(job, Begin) else job.letter
    lane = lane_of(first, lean)
    return lane is not None and lane <= Lane.URGENT


def _within(lane: Lane, letter: Unwhole) -> tuple[int, ...]:
    """Where a letter stands in its lane: smaller is sooner."""
    newest = (-letter.received_at, -letter.email_id)
    match lane:
        case Lane.ASKED:
            return (letter.wanted_at, *newest)
        case Lane.DOCUMENT:
            return (letter.size - letter.held, *newest)
        case _:
            return newest


def _begin(first: Unwhole, beginnings: Sequence[Unwhole], lean: Lean) -> Begin:
    """The newest beginnings of the same mailbox, as many as go into one commit."""
    mine = sorted(
        (each for each in beginnings if each.mailbox_id == first.mailbox_id),
        key=lambda each: _within(Lane.TEXT, each),
    )
    chosen: list[Unwhole] = []
    octets = 0
    for each in mine:
        octets += min(each.size, lean.begin)
        if chosen and octets > lean.at_once:
            break
        chosen.append(each)
    return Begin(first.mailbox_id, tuple(chosen), lean.begin)
