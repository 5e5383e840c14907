"""Whether something may begin to cross the line now. Pure: no clock, socket or database.

A budget stops things before they begin, never in the middle: half a letter has been paid for too.
What is urgent always may, and so may everything the person asks for; sending, wishes and looking
are never asked about here. All sizes are octets both ways, all times the local wall clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from store.model.link import Budget, Limit

MEGABYTE = 1_000_000
MILLION = 1_000_000


class Lane(StrEnum):
    """What something is to the person, the first first."""

    URGENT = "urgent"
    """A critical result. No budget holds it."""
    TEXT = "text"
    """The text of a letter; a whole letter where they are not fetched apart."""
    DOCUMENT = "document"
    """What is no text: the rest of a letter of which the text is here."""


SHARE = {Lane.TEXT: 1.0, Lane.DOCUMENT: 0.9}
"""Of a limit, what a lane may use up: the rest is kept for the lanes before it."""


class Spent(NamedTuple):
    """Octets so far."""

    today: int
    this_month: int


class Held(NamedTuple):
    """Why not, and when it ends by itself."""

    limit: Limit
    until: datetime


def held(lane: Lane, size: int, now: datetime, spent: Spent, budget: Budget) -> Held | None:
    """What keeps it from beginning; of several limits, the one that ends last. None: it may."""
    if lane is Lane.URGENT:
        return None
    return max(_limits(lane, size, now, spent, budget), key=lambda h: h.until, default=None)


def _limits(lane: Lane, size: int, now: datetime, spent: Spent, budget: Budget) -> Iterator[Held]:
    share = SHARE[lane]
    if not _fits(size, spent.today, budget.octets_per_day, share):
        yield Held(Limit.DAY, _midnight(now))
    if not _fits(size, spent.this_month, octets_per_month(budget), share):
        yield Held(Limit.MONTH, _next_month(now))
    if (opens := _opening(now, budget)) is not None:
        yield Held(Limit.HOURS, opens)


def _fits(size: int, so_far: int, limit: int | None, share: float) -> bool:
    """What is larger than half of a limit counts as half: else it would never come."""
    if limit is None:
        return True
    allowed = max(1, int(limit * share))
    return so_far < allowed and so_far + min(size, allowed // 2) <= allowed


def octets_per_month(budget: Budget) -> int | None:
    """The month's limit, money counted in; None without one."""
    limits = [budget.octets_per_month] if budget.octets_per_month is not None else []
    if budget.money_per_month is not None and budget.price_per_megabyte:
        limits.append(budget.money_per_month * MEGABYTE // budget.price_per_megabyte)
    return min(limits, default=None)


def cost(octets: int, budget: Budget) -> int | None:
    """Money for so many octets, in millionths, rounded up; None when nobody said a price."""
    if budget.price_per_megabyte is None:
        return None
    return -(-octets * budget.price_per_megabyte // MEGABYTE)


def limited(budget: Budget) -> bool:
    """Whether it can ever hold anything."""
    return (
        budget.octets_per_day is not None
        or octets_per_month(budget) is not None
        or budget.from_hour is not None
    )


def _opening(now: datetime, budget: Budget) -> datetime | None:
    """When the hours of `budget` next begin; None while they last, or without any."""
    first, last = budget.from_hour, budget.to_hour
    if first is None or last is None or first == last:
        return None
    inside = first <= now.hour < last if first < last else now.hour >= first or now.hour < last
    if inside:
        return None
    opens = datetime.combine(now.date(), time(first))
    return opens if opens > now else opens + timedelta(days=1)


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.date() + timedelta(days=1), time.min)


def _next_month(now: datetime) -> datetime:
    return datetime.combine(
        (now.date().replace(day=1) + timedelta(days=32)).replace(day=1), time.min
    )
