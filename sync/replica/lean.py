"""What a lean line brings next. Pure, and one choice at a time: a wish never waits for a queue.

Lanes, the earlier first; within a lane the newest letter first, but the smallest where its size
is what keeps others waiting:

    asked       the person asked for one document of it, or for all of it
    urgent      its sender says it is: critical results first
    text        nothing of it is here but its line in the list
    structure   its text is here, and what comes with it is to be told before it is downloaded
    result      the rest of a letter with a laboratory's result
    small       the rest of a short letter
    document    the rest of a longer one
    image       the rest of one that is mostly pictures

From `result` on only while a letter is no longer than the line brings unasked. What is longer waits
to be asked for (`pli fetch`): its text is there, and the list of its documents. So does the rest of
a letter of which a person asked for one document: it would bring that one a second time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from store.model.email import Unwhole
from store.model.ids import EmailId, MailboxId
from store.model.structure import Kind, WantedPart
from sync.replica.facts import Span

OVERLAP = 64
"""Octets asked for again where a letter is continued: they tell whether it is still the same."""
MOST_ASKED = 3
"""Times the structure of a letter is asked for: some answers end the line."""
MOST_DESCRIBED = 100
"""Letters whose structure is asked for at once."""
SMALLEST_RANGE, RANGES = 8 * 1024, 8
"""A part alone comes in ranges so small, and about so many in one flight."""


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
"""How a line that is no longer lean brings what is not whole yet: all of it, many at a time."""


@dataclass(frozen=True, slots=True)
class Begin:
    """The first `length` octets of each of these, in one command."""

    mailbox_id: MailboxId
    letters: tuple[Unwhole, ...]
    length: int
    describe: tuple[Unwhole, ...] = ()
    """Those of them whose structure is asked for in the same flight."""


@dataclass(frozen=True, slots=True)
class Continue:
    """The next octets of one letter: from `offset`, a little before what is held ends."""

    letter: Unwhole
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Ask:
    """The next octets of one part, in ranges that are each committed, in one flight."""

    part: WantedPart
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """All of each of these, in one command, whatever is held of them."""

    mailbox_id: MailboxId
    letters: tuple[Unwhole, ...]


Job = Begin | Continue | Ask | Whole


class Lane(IntEnum):
    """The order of things."""

    ASKED = 0
    URGENT = 1
    TEXT = 2
    STRUCTURE = 3
    RESULT = 4
    SMALL = 5
    DOCUMENT = 6
    IMAGE = 7


EXEMPT = (Lane.ASKED, Lane.URGENT)
"""Brought whatever a budget says."""


def next_job(
    letters: Iterable[Unwhole],
    lean: Lean,
    *,
    parts: Sequence[WantedPart] = (),
    skipped: Collection[EmailId] = (),
) -> Job | None:
    """What to bring now; None when all is brought that comes. `skipped` are left out.

    parts: asked for alone, in the order of asking: less than a letter, so before any.
    """
    if parts:
        return Ask(parts[0], _spans(parts[0], lean))
    letters, best, lane = tuple(letters), None, None
    alike: list[Unwhole] = []
    for each in letters:
        if each.email_id in skipped or (its := lane_of(each, lean)) is None:
            continue
        if its in (Lane.TEXT, Lane.STRUCTURE):
            alike.append(each)
        if lane is None or (its, _within(its, each)) < (lane, _within(lane, best or each)):
            best, lane = each, its
    if best is None:
        return None
    if lean is WIDE and _comes_whole(best):
        return _whole(best, [e for e in letters if e.email_id not in skipped])
    if lane is Lane.TEXT:
        return _begin(best, alike, lean)
    if lane is Lane.STRUCTURE:
        mine = [e for e in alike if e.mailbox_id == best.mailbox_id and e.held]
        return Begin(best.mailbox_id, (), lean.begin, tuple(mine[:MOST_DESCRIBED]))
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
    if _to_describe(letter, lean):
        return Lane.STRUCTURE
    if letter.size > lean.most or (letter.documents and lean is not WIDE):
        return None
    if letter.kind == Kind.RESULT:
        return Lane.RESULT
    if letter.size <= lean.small:
        return Lane.SMALL
    return Lane.IMAGE if letter.kind == Kind.IMAGE else Lane.DOCUMENT


def _to_describe(letter: Unwhole, lean: Lean) -> bool:
    """Whether it is long enough for a list of its documents, and has none yet."""
    unknown = not letter.structured and letter.structure_asked < MOST_ASKED
    return unknown and letter.size > lean.small


def is_exempt(job: Job, lean: Lean) -> bool:
    """Whether it is brought whatever the budget says: somebody asked for it, or it is urgent."""
    if isinstance(job, Ask):
        return True
    if isinstance(job, Continue):
        first = job.letter
    else:
        first = (*job.letters, *(job.describe if isinstance(job, Begin) else ()))[0]
    lane = lane_of(first, lean)
    return lane in EXEMPT


def _within(lane: Lane, letter: Unwhole) -> tuple[int, ...]:
    """Where a letter stands in its lane: smaller is sooner."""
    newest = (-letter.received_at, -letter.email_id)
    match lane:
        case Lane.ASKED:
            return (letter.wanted_at, *newest)
        case Lane.URGENT:
            return (letter.kind != Kind.RESULT, *newest)
        case Lane.RESULT | Lane.DOCUMENT | Lane.IMAGE:
            return (letter.size - letter.held, *newest)
        case _:
            return newest


def _begin(first: Unwhole, beginnings: Sequence[Unwhole], lean: Lean) -> Begin:
    """The newest beginnings of the same mailbox, as many as go into one commit."""
    mine = sorted(
        (e for e in beginnings if e.mailbox_id == first.mailbox_id and not e.held),
        key=lambda each: _within(Lane.TEXT, each),
    )
    chosen: list[Unwhole] = []
    octets = 0
    for each in mine:
        octets += min(each.size, lean.begin)
        if chosen and octets > lean.at_once:
            break
        chosen.append(each)
    describe = tuple(each for each in chosen if _to_describe(each, lean))
    return Begin(first.mailbox_id, tuple(chosen), lean.begin, describe)


def _comes_whole(letter: Unwhole) -> bool:
    """On a wide line a turn for each letter costs more than what is held of it, unless that is most
    of it."""
    return letter.size <= WIDE.at_once and letter.held * 2 <= letter.size


def _whole(first: Unwhole, letters: Sequence[Unwhole]) -> Whole:
    """As many of the same mailbox as go into one commit; none that a budget keeps rides along."""
    exempt = lane_of(first, WIDE) in EXEMPT
    mine = sorted(
        (
            e
            for e in letters
            if e.mailbox_id == first.mailbox_id
            and e.email_id != first.email_id
            and _comes_whole(e)
            and (lane_of(e, WIDE) in EXEMPT) is exempt
        ),
        key=lambda each: _within(Lane.TEXT, each),
    )
    chosen, octets = [first], first.size
    for each in mine:
        octets += each.size
        if octets > WIDE.at_once:
            break
        chosen.append(each)
    return Whole(first.mailbox_id, tuple(chosen))


def _spans(part: WantedPart, lean: Lean) -> tuple[Span, ...]:
    """The next ranges: the first a little before what is held ends, none far behind the end."""
    piece = min(lean.at_once, max(SMALLEST_RANGE, lean.at_once // RANGES))
    offset = max(0, part.held - OVERLAP)
    spans = [Span(offset, part.held - offset + piece)]
    end = part.size if part.binary and part.size is not None else part.length
    while len(spans) * piece < lean.at_once and sum(spans[-1]) <= end:
        spans.append(Span(sum(spans[-1]), piece))
    return tuple(spans)
