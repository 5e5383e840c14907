"""Whether a folder is silent in hours when something should have come. Pure.

"At least one file per 2 h, Monday to Saturday, 7 to 19" counts only the time the laboratory is at
work: nothing is missing on Sunday, and on Monday at 8 one hour has passed since Saturday at 19. A
day that is changed by summer time has 23 or 25 hours, and is counted as the clock on the wall goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from store.model.drop_options import Expectation

LOOKED_BACK = timedelta(days=40)
"""Longer than any silence that is still to be measured."""
DAY = 24 * 60


def open_seconds(since: int, until: int, expects: Expectation, zone: tzinfo | None) -> int:
    """How long the laboratory was at work between two times, Unix seconds.

    Args:
        zone: where it is; None for the machine's own.
    """
    first = max(since, until - int(LOOKED_BACK.total_seconds()))
    if until <= first:
        return 0
    begin = datetime.fromtimestamp(first, UTC).astimezone(zone).date() - timedelta(days=1)
    end = datetime.fromtimestamp(until, UTC).astimezone(zone).date()
    total = 0
    for n in range((end - begin).days + 1):
        day = begin + timedelta(days=n)
        if day.weekday() not in expects.days:
            continue
        opens, closes = (
            _at(datetime(day.year, day.month, day.day, tzinfo=zone), minutes, zone)
            for minutes in (expects.opens, expects.closes)
        )
        total += max(0, min(closes, until) - max(opens, first))
    return total


def _at(midnight: datetime, minutes: int, zone: tzinfo | None) -> int:
    """A time of the clock on the wall, Unix seconds."""
    days, rest = divmod(minutes, DAY)
    day = midnight.date() + timedelta(days=days)
    hour, minute = divmod(rest, 60)
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).timestamp())


def is_silent(
    expects: Expectation,
    last_seen: Sequence[int],
    *,
    since_at: int,
    now: int,
    zone: tzinfo | None = None,
) -> bool:
    """Whether fewer files came than expected, for so long.

    Args:
        last_seen: when the last ones came, the last first: as many as are expected, or all.
        since_at: since when it is expected; nothing was missing before.
    """
    if since_at > now:
        since_at = 0  # the clock was ahead then
    enough = len(last_seen) >= expects.files
    reference = last_seen[expects.files - 1] if enough else since_at
    return open_seconds(max(reference, since_at), now, expects, zone) >= expects.seconds
