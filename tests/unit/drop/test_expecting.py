"""Silence, in the hours of the laboratory, whatever the clocks do."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.drop_options import Expectation
from sync.drop.expecting import is_silent, open_seconds

PARIS = ZoneInfo("Europe/Paris")
WEEK = Expectation(files=1, seconds=7200, days=(0, 1, 2, 3, 4, 5), opens=7 * 60, closes=19 * 60)
NIGHT = Expectation(files=1, seconds=3600)


def at(words: str) -> int:
    """A time of the wall clock in Paris."""
    return int(datetime.fromisoformat(words).replace(tzinfo=PARIS).timestamp())


@pytest.mark.parametrize(
    ("last", "now", "silent"),
    [
        ("2026-11-26T10:00", "2026-11-26T11:59", False),
        ("2026-11-26T10:00", "2026-11-26T12:00", True),
        ("2026-11-26T18:30", "2026-11-27T08:29", False),
        ("2026-11-26T18:30", "2026-11-27T08:30", True),
        # Saturday evening to Monday morning: Sunday is nobody's.
        ("2026-11-28T18:59", "2026-11-30T08:58", False),
        ("2026-11-28T19:00", "2026-11-30T09:00", True),
        # The night the clocks change, either way: a working day is twelve hours all the same.
        ("2026-03-28T18:00", "2026-03-30T07:59", False),
        ("2026-10-24T18:00", "2026-10-26T08:00", True),
    ],
)
def test_only_working_hours_count(last: str, now: str, silent: bool) -> None:
    assert is_silent(WEEK, [at(last)], since_at=0, now=at(now), zone=PARIS) is silent


def test_a_day_has_23_to_25_hours() -> None:
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-26", 24)):
        begin = at(f"{day}T00:00")
        after = datetime.fromisoformat(day) + timedelta(days=1)
        assert open_seconds(begin, at(after.isoformat()), NIGHT, PARIS) == hours * 3600


def test_a_new_rule_is_given_its_time() -> None:
    since = at("2026-11-26T10:00")
    assert not is_silent(WEEK, [], since_at=since, now=since + 7199, zone=PARIS)
    assert is_silent(WEEK, [], since_at=since, now=since + 7200, zone=PARIS)
    assert not is_silent(WEEK, [since - 90_000], since_at=since, now=since + 10, zone=PARIS)


def test_several_are_expected() -> None:
    three = Expectation(files=3, seconds=3600)
    now = at("2026-11-26T12:00")
    times = [now - 60, now - 120, now - 3599]
    assert not is_silent(three, times, since_at=0, now=now, zone=PARIS)
    assert is_silent(three, [*times[:2], now - 3600], since_at=0, now=now, zone=PARIS)
    assert is_silent(three, times[:2], since_at=0, now=now, zone=PARIS)


moments = st.integers(at("2026-01-01T00:00"), at("2026-12-31T00:00"))


@given(moments, st.integers(0, 20 * 86400), st.integers(0, 20 * 86400))
def test_time_only_adds_up(start: int, first: int, then: int) -> None:
    middle, end = start + first, start + first + then
    parts = open_seconds(start, middle, WEEK, PARIS) + open_seconds(middle, end, WEEK, PARIS)
    assert open_seconds(start, end, WEEK, PARIS) == parts <= first + then


@given(moments, st.integers(0, 86400))
def test_what_came_just_now_is_never_silence(now: int, ago: int) -> None:
    if ago < WEEK.seconds:
        assert not is_silent(WEEK, [now - ago], since_at=0, now=now, zone=PARIS)
