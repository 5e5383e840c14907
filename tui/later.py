"""When a letter put off comes back: the usual times. Others are typed, store/asking/dates.py. Pure.

Times are this machine's own: « demain » is the person's tomorrow, at the hour their day begins.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import NamedTuple

from tui.plain import Plain, said

DAY_BEGINS = 8
"""Of the clock, where only a day is said."""
EVENING = 18


class Later(Enum):
    """An answer that is no time."""

    NOW = "now"


class Choice(NamedTuple):
    """A time, and how it is called."""

    words: Plain
    at: int | Later


def choices(now: int) -> list[Choice]:
    """The usual times, the nearest first; the evening only while it is to come."""
    here = datetime.fromtimestamp(now, UTC).astimezone()
    morning = here.replace(hour=DAY_BEGINS, minute=0, second=0, microsecond=0)
    evening = morning.replace(hour=EVENING)
    monday = 7 - here.weekday()
    found = [Choice(said("tui.later.evening"), _stamp(evening))] if here < evening else []
    return [
        *found,
        Choice(said("tui.later.tomorrow"), _stamp(morning + timedelta(days=1))),
        Choice(said("tui.later.next_week"), _stamp(morning + timedelta(days=monday))),
        Choice(said("tui.later.next_month"), _stamp(morning + timedelta(days=30))),
        Choice(said("tui.later.now"), Later.NOW),
    ]


def _stamp(at: datetime) -> int:
    """Of this machine's clock; a day of 23 hours still begins at eight."""
    return int(at.replace(tzinfo=None).astimezone().timestamp())
