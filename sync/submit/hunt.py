"""When a letter in doubt is looked for, and what follows when nothing was found. Pure.

A look is a whole pass over the account's mailboxes that found neither a copy nor a report. Looks
come 1, 5, 15 and 30 minutes after the doubt began, then hourly: not by the clock alone, for a look
that the line did not allow was none, and the next ones wait for it. So half an hour of looks is
half an hour during which what the server had to show could be seen.

Then a person decides, but for a document of the drop folder: nobody sits before it, and a result
that never arrives is worse than one that arrives twice. Its same octets leave again, once, and
only where silence means something: where a server that took the letter would have shown it, by a
report it was asked for, or a copy. The row and the receipt say so.
"""

from __future__ import annotations

from dataclasses import dataclass

from store.model.submission import Doubt

GAPS_SECONDS = (60, 240, 600, 900)
HOURLY_SECONDS = 3600
MOST_REPEATS = 1
"""A second doubt about the same letter is no accident: a person looks at it."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look in vain leads to."""

    next_look_at: int
    """Unix seconds UTC."""
    repeats: bool = False


def first_look_at(now: int) -> int:
    """When a letter whose doubt begins now is looked for, Unix seconds UTC."""
    return now + GAPS_SECONDS[0]


def is_due(doubt: Doubt, now: int) -> bool:
    """Whether a pass that ends now counts as a look. A clock set back does not put it off."""
    return doubt.next_look_at <= now or doubt.next_look_at > now + HOURLY_SECONDS


def after_look(doubt: Doubt, now: int, *, saw_everything: bool) -> Found:
    """What follows one more look in vain.

    Args:
        saw_everything: False when letters had come of which only the beginning is here.
    """
    made = doubt.looks + 1
    if made < len(GAPS_SECONDS):
        return Found(now + GAPS_SECONDS[made])
    return Found(now + HOURLY_SECONDS, repeats=saw_everything and may_repeat(doubt))


def may_repeat(doubt: Doubt) -> bool:
    """Whether it may leave again though it may have arrived, and nobody was asked."""
    return doubt.source == "drop" and doubt.proof_asked and doubt.repeats < MOST_REPEATS
