"""When a letter leaves: who is next, and how long after trouble. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from store.model.submission import Waiting
from sync.submit.plan import CUT, STALLED

BACK_OFF_SECONDS = (60, 120, 300, 900, 1800, 3600)
CUT_BACK_OFF_SECONDS = BACK_OFF_SECONDS[:3]
"""A cut is the line's fault far more often than the letter's: never longer than five minutes."""
LONGEST_WAIT = BACK_OFF_SECONDS[-1] * 5 // 4
"""Seconds, what is added by chance included."""
DEATHS_FORGIVEN = 3
"""So many times a letter during whose attempt we died leaves at once; then it backs off."""


def next_attempt_at(attempts: int, now: int, *, code: str, jitter: float) -> int:
    """When a deferred letter leaves again, Unix seconds UTC.

    Args:
        attempts: how many have been made, at least 1.
        code: the `Outcome.code`.
        jitter: from 0 to 1, drawn by the caller: up to a quarter is added, so that a hundred
            letters deferred together do not all come back together.
    """
    delays = CUT_BACK_OFF_SECONDS if code in (CUT, STALLED) else BACK_OFF_SECONDS
    delay = delays[min(max(attempts, 1), len(delays)) - 1]
    return now + delay + int(delay * jitter / 4)


def rested_at(attempts: int, now: int, *, jitter: float) -> int:
    """When a letter during whose attempt we died leaves again: at once, unless it is a habit."""
    if attempts < DEATHS_FORGIVEN:
        return now
    return next_attempt_at(attempts, now, code=CUT, jitter=jitter)


def in_order(waiting: Iterable[Waiting], now: int) -> list[Waiting]:
    """What leaves now, in which order: fresh letters before those that gave trouble; people's
    letters and urgent documents by turns, then the other documents; of each kind, as queued.

    A letter that cannot leave is thus never in the way of one that can. And a laboratory to which
    everything is urgent keeps nobody waiting: by age alone, a letter written now would be behind
    the ten thousand documents of this morning.
    """
    due = sorted((w for w in waiting if due_at(w, now) <= now), key=lambda w: (w.send_at, w.id))
    before: Counter[tuple[bool, bool]] = Counter()

    def place(w: Waiting) -> tuple[bool, bool, int]:
        troubled, is_document = w.attempts > 0, w.source == "drop"
        if is_document and not w.urgent:
            return troubled, True, 0
        before[troubled, is_document] += 1
        return troubled, False, before[troubled, is_document]

    return sorted(due, key=place)


def due_at(waiting: Waiting, now: int) -> int:
    """Not before this, Unix seconds UTC.

    A clock without battery may have been years ahead when the letter was put off. It does not wait
    for those years; nor does one that was queued then (store/db/ahead.py).
    """
    again_at = waiting.next_attempt_at if waiting.next_attempt_at <= now + LONGEST_WAIT else 0
    return max(waiting.send_at, again_at)
