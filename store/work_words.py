"""What takes long, in words: how far, how long still, or why it does not go on. Read by everybody:
the screen, `pli --flat` and the command line say the same, and no bar is needed to understand it.
"""

from __future__ import annotations

from collections.abc import Sequence

from store.host import clock
from store.host.i18n import sentence
from store.host.link_words import cost_words, octets_words, seconds_words
from store.model.email import Part, PartState
from store.model.link import LinkPrice
from store.model.work import Unit, Work, WorkKind, WorkState
from store.plain import NOTHING, Plain, plain_words, said

BAR_CELLS = 10
GOING = (WorkState.RUNNING, WorkState.PAUSING)


def subject_words(work: Work) -> str:
    """What it is about: 'document scanner.pdf', 'lettres de cabinet'."""
    return sentence(f"work.of.{work.kind.value}", words=work.words, account=work.account)


def amount_words(work: Work) -> str:
    """'12,4 Mo sur 50,0 Mo', '120 lettres sur 5 000, 3,1 Mo reçus'; '' before all is known."""
    if work.unit is Unit.LETTERS and work.whole is not None:
        done, whole = count_words(work.done), count_words(work.whole)
        words = sentence("work.letters_of", done=done, whole=whole)
        if not work.heard:
            return words
        return sentence("work.heard", words=words, octets=octets_words(work.heard))
    if work.whole is None:
        return sentence("work.so_far", done=octets_words(work.done)) if work.done else ""
    return sentence("work.of", done=octets_words(work.done), whole=octets_words(work.whole))


def count_words(count: int) -> str:
    """'100 000' or '100,000'."""
    return f"{count:,}".replace(",", sentence("work.thousands"))


def state_words(work: Work, *, node_alive: bool, now: int) -> str:
    """How long still, or why it does not go on; '' where it goes on and nobody can tell."""
    if work.state is WorkState.PAUSED:
        return sentence("work.paused")
    if not node_alive:
        return sentence("work.no_node")
    if work.state is WorkState.RUNNING and work.kind is WorkKind.SENDING and work.left == 0:
        return sentence("work.answer_awaited")
    if work.is_silent(now):
        return sentence("work.silent", time=seconds_words(now - work.changed_at))
    if work.state is not WorkState.RUNNING:
        return sentence(f"work.state.{work.state.value}")
    left = work.seconds_left(now)
    return "" if left is None else sentence("work.left", time=seconds_words(left))


def progress_words(work: Work, *, node_alive: bool, now: int) -> Plain:
    """'12,4 Mo sur 50,0 Mo, encore 4 min'."""
    state = state_words(work, node_alive=node_alive, now=now)
    return plain_words(", ".join(filter(None, (amount_words(work), state))))


def percent(work: Work) -> int | None:
    """Whole percents of it that are done; 100 only when all is. None where nobody can tell."""
    if not work.whole:
        return None
    return max(0, min(100, work.done * 100 // work.whole))


def bar(work: Work) -> Plain:
    """'[####------]  43 %', of ASCII alone; as wide where nothing is known."""
    share = percent(work)
    if share is None:
        return Plain(" " * (BAR_CELLS + 8))
    full = share * BAR_CELLS // 100
    return Plain(f"[{'#' * full}{'-' * (BAR_CELLS - full)}] {share:>3} %")


def line_words(work: Work, *, node_alive: bool, now: int) -> Plain:
    """All of it in one line."""
    progress = progress_words(work, node_alive=node_alive, now=now)
    return said("work.line", subject=subject_words(work), progress=progress)


def summary_words(works: Sequence[Work], *, node_alive: bool, now: int) -> Plain:
    """For the corner of every screen: what goes on and when it is over; '' when nothing is long."""
    going = [each for each in works if each.state in GOING] if node_alive else []
    if not going:
        held = sum(each.state is WorkState.PAUSED for each in works)
        return said("work.summary.paused", n=held) if held else NOTHING
    times = [each.seconds_left(now) for each in going]
    share = percent(going[0]) if len(going) == 1 else None
    words = [said("work.summary.going", n=len(going))]
    words += [Plain(f"{share} %")] if share is not None else []
    if all(time is not None for time in times):
        longest = max(time for time in times if time is not None)
        words.append(said("work.left", time=seconds_words(longest)))
    return Plain(", ".join(words))


def part_words(part: Part, price: LinkPrice) -> str:
    """Whether a document can be opened, and what it would cost; '' for one of a whole letter."""
    cost = cost_words(part.to_come, price)
    match part.state:
        case PartState.HERE:
            return ""
        case PartState.COMING if part.work and part.work.state is not WorkState.WAITING:
            # Whether a node runs at all stands in the top line.
            return progress_words(part.work, node_alive=True, now=clock.now())
        case PartState.COMING:
            return sentence("part.coming", held=octets_words(part.held), cost=cost)
        case PartState.REFUSED:
            return sentence("part.refused_alone")
        case PartState.AWAY:
            return sentence("part.away", cost=cost) if part.to_come else sentence("part.not_here")
