"""When a letter put off comes back: a few usual times, or a date as a person types it. Pure.

Times are this machine's own: « demain » is the person's tomorrow, at the hour their day begins.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import NamedTuple

from tui.plain import Plain, said

DAY_BEGINS = 8
"""Of the clock, where only a day is said."""
EVENING = 18
DATE = re.compile(
    r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})(?:[/.-](?P<year>\d{4}))?"
    r"(?:\s+(?P<hour>\d{1,2})(?:[:h](?P<minute>\d{2})?)?)?"
)
ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:[\sT]+(?P<hour>\d{1,2})(?:[:h](?P<minute>\d{2})?)?)?"
)


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


def typed(words: str, now: int) -> int | None:
    """A date as typed, `12/11`, `12/11/2026 14:30` or `2026-11-12`; None when it is none to come.

    Without a year it is the next such day.
    """
    found = ISO.fullmatch(words.strip()) or DATE.fullmatch(words.strip())
    if found is None:
        return None
    here = datetime.fromtimestamp(now, UTC).astimezone()
    hour, minute = found["hour"], found["minute"]
    for year in [int(found["year"])] if found["year"] else [here.year, here.year + 1]:
        try:
            at = datetime(  # noqa: DTZ001 - the person's own time, as `astimezone` takes it
                year,
                int(found["month"]),
                int(found["day"]),
                DAY_BEGINS if hour is None else int(hour),
                int(minute or 0),
            )
            stamp = _stamp(at)
        except (ValueError, OverflowError):
            continue
        if stamp > now:
            return stamp
    return None


def _stamp(at: datetime) -> int:
    """Of this machine's clock; a day of 23 hours still begins at eight."""
    return int(at.replace(tzinfo=None).astimezone().timestamp())
