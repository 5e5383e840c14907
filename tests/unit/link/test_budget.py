"""What may begin and what must wait: pure, with Hypothesis."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.link import Budget, Limit
from sync.link.budget import (
    Held,
    Lane,
    Spent,
    cost,
    held,
    limited,
    octets_per_month,
)

EVENING = datetime(2026, 11, 26, 19, 30)
MO = 1_000_000
NOTHING = Spent(0, 0)
sizes = st.integers(0, 200 * MO)
limits = st.none() | st.integers(1, 500 * MO)
hours = st.integers(0, 23)
budgets = st.builds(
    Budget,
    octets_per_day=limits,
    octets_per_month=limits,
    money_per_month=limits,
    price_per_megabyte=limits,
) | st.builds(Budget, from_hour=hours, to_hour=hours)
spendings = st.builds(Spent, sizes, sizes)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1))


def may_begin(lane: Lane, size: int, now: datetime, spent: Spent, budget: Budget) -> bool:
    """Whether nothing holds it."""
    return held(lane, size, now, spent, budget) is None


def test_without_a_budget_everything_may_begin() -> None:
    assert all(may_begin(lane, 10**12, EVENING, Spent(10**12, 10**12), Budget()) for lane in Lane)
    assert not limited(Budget(price_per_megabyte=1))


def test_a_day_that_is_spent_is_over_at_midnight() -> None:
    budget = Budget(octets_per_day=5 * MO)
    assert may_begin(Lane.TEXT, 0, EVENING, Spent(5 * MO - 1, 0), budget)
    assert held(Lane.TEXT, 0, EVENING, Spent(5 * MO, 5 * MO), budget) == Held(
        Limit.DAY, datetime(2026, 11, 27)
    )


def test_a_month_that_is_spent_is_over_with_the_month() -> None:
    budget = Budget(octets_per_month=50 * MO)
    new_year = datetime(2026, 12, 31, 23, 59)
    for now, ends in ((EVENING, datetime(2026, 12, 1)), (new_year, datetime(2027, 1, 1))):
        assert held(Lane.TEXT, 1, now, Spent(0, 50 * MO), budget) == Held(Limit.MONTH, ends)


def test_money_is_octets_by_their_price() -> None:
    budget = Budget(money_per_month=10 * MO, price_per_megabyte=250_000)
    assert octets_per_month(budget) == 40 * MO
    assert octets_per_month(Budget(money_per_month=1, octets_per_month=7)) == 7
    assert octets_per_month(Budget(money_per_month=1)) is None
    assert cost(2 * MO, budget) == 500_000
    assert cost(1, budget) == 1, "never for nothing"
    assert cost(1, Budget()) is None


@pytest.mark.parametrize(
    ("hour", "opens"),
    [
        (21, datetime(2026, 11, 26, 22)),
        (22, None),
        (23, None),
        (0, None),
        (5, None),
        (6, datetime(2026, 11, 26, 22)),
    ],
)
def test_night_hours_cross_midnight(hour: int, opens: datetime | None) -> None:
    budget = Budget(from_hour=22, to_hour=6)
    waits = held(Lane.TEXT, 0, EVENING.replace(hour=hour), NOTHING, budget)
    assert waits == (None if opens is None else Held(Limit.HOURS, opens))


def test_hours_that_are_over_for_today_open_tomorrow() -> None:
    waits = held(Lane.TEXT, 0, EVENING, NOTHING, Budget(from_hour=12, to_hour=14))
    assert waits == Held(Limit.HOURS, datetime(2026, 11, 27, 12))


def test_of_several_limits_the_last_to_end_is_said() -> None:
    budget = Budget(octets_per_day=MO, from_hour=2, to_hour=6)
    assert held(Lane.TEXT, 0, EVENING, Spent(MO, 0), budget) == Held(
        Limit.HOURS, datetime(2026, 11, 27, 2)
    )


def test_the_last_of_the_day_is_kept_for_the_text_of_letters() -> None:
    budget, spent = Budget(octets_per_day=10 * MO), Spent(8 * MO, 0)
    assert may_begin(Lane.TEXT, MO, EVENING, spent, budget)
    assert may_begin(Lane.DOCUMENT, MO, EVENING, spent, budget)
    assert not may_begin(Lane.DOCUMENT, MO + 1, EVENING, spent, budget)


@given(sizes, moments, spendings, budgets)
def test_what_is_urgent_always_may(size: int, now: datetime, spent: Spent, budget: Budget) -> None:
    assert may_begin(Lane.URGENT, size, now, spent, budget)


@given(st.sampled_from(list(Lane)), sizes, moments, spendings, budgets)
def test_what_waits_may_begin_when_it_was_told_to(
    lane: Lane, size: int, now: datetime, spent: Spent, budget: Budget
) -> None:
    if (waits := held(lane, size, now, spent, budget)) is None:
        return
    assert now < waits.until <= now + timedelta(days=32)
    later = Spent(0, 0 if waits.limit is Limit.MONTH else spent.this_month)
    if waits.until.month != now.month:
        later = NOTHING
    assert may_begin(lane, size, waits.until, later, budget)


@given(st.sampled_from(list(Lane)), sizes, moments, spendings, spendings, budgets)
def test_having_spent_less_never_forbids(
    lane: Lane, size: int, now: datetime, spent: Spent, more: Spent, budget: Budget
) -> None:
    further = Spent(spent.today + more.today, spent.this_month + more.this_month)
    if may_begin(lane, size, now, further, budget):
        assert may_begin(lane, size, now, spent, budget)
        assert may_begin(lane, size // 2, now, spent, budget)


@given(sizes, moments, spendings, budgets)
def test_a_lane_before_another_may_whatever_the_other_may(
    size: int, now: datetime, spent: Spent, budget: Budget
) -> None:
    may = [may_begin(lane, size, now, spent, budget) for lane in Lane]
    assert may == sorted(may, reverse=True)


@given(moments, budgets)
def test_a_budget_that_limits_nothing_holds_nothing(now: datetime, budget: Budget) -> None:
    if not limited(budget):
        assert may_begin(Lane.DOCUMENT, 10**12, now, Spent(10**12, 10**12), budget)
