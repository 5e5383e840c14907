"""How fast, and how long still: never a promise that a number cannot keep."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from store.model.work import (
    ENOUGH_MEASURES,
    LONGEST_SECONDS,
    SILENT_SECONDS,
    Pace,
    Work,
    WorkKind,
    WorkState,
    seconds_left,
)

lefts = st.integers(0, 2**40)
rates = st.floats(0, 1e9, allow_nan=False)
measures = st.integers(0, 50)
steps = st.lists(st.tuples(st.integers(-50, 5_000_000), st.floats(0, 90)), max_size=40)


@given(st.none() | st.integers(-(2**40), 2**40), st.floats(-1e9, 1e9), measures)
def test_a_time_left_is_never_negative(left: int | None, rate: float, measures: int) -> None:
    seconds = seconds_left(left, rate, measures)
    assert seconds is None or 0 <= seconds <= LONGEST_SECONDS


@given(lefts, lefts, rates, measures)
def test_of_two_the_one_that_lacks_more_is_not_told_to_be_over_sooner(
    one: int, other: int, rate: float, measures: int
) -> None:
    less, more = (seconds_left(left, rate, measures) for left in sorted((one, other)))
    if more is not None:
        assert less is not None
        assert less <= more


@given(lefts, rates, st.integers(0, ENOUGH_MEASURES - 1))
def test_too_few_measures_tell_nothing(left: int, rate: float, measures: int) -> None:
    assert seconds_left(left, rate, measures) is None


@given(lefts, measures)
def test_what_does_not_move_is_never_over(left: int, measures: int) -> None:
    assert seconds_left(left, 0.0, measures) is None
    assert seconds_left(None, 1.0, measures) is None


@given(steps)
def test_a_pace_lies_between_the_slowest_and_the_fastest_that_was_measured(
    steps: list[tuple[int, float]],
) -> None:
    pace, at, seen = Pace(done=0, at=0.0), 0.0, list[float]()
    for by, seconds in steps:
        before, at = pace, at + seconds
        pace = pace.after(max(0, before.done + by), at)
        if pace.done < before.done:
            assert pace.measures == 0, "begun anew, measured anew"
            seen.clear()
        elif pace.measures > before.measures:
            seen.append((pace.done - before.done) / (pace.at - before.at))
        assert pace.measures == len(seen)
        assert pace.rate >= 0
        if seen:
            assert min(seen) - 1e-6 <= pace.rate <= max(seen) * (1 + 1e-9) + 1e-6


@given(st.integers(1, 10_000_000), st.floats(0.5, 20))
def test_a_steady_line_is_told_as_it_is(octets: int, seconds: float) -> None:
    pace = Pace(done=0, at=0.0)
    for n in range(1, ENOUGH_MEASURES + 1):
        pace = pace.after(n * octets, n * seconds)
    told = seconds_left(10 * octets, pace.rate, pace.measures)
    assert told is not None
    assert abs(told - 10 * seconds) <= 1.5


def test_a_pause_of_the_line_counts_once_something_comes() -> None:
    pace = Pace(done=0, at=0.0).after(1000, 1.0)
    assert pace.after(1000, 60.0) == pace
    assert pace.after(2000, 61.0).rate < 500


def test_no_time_is_told_of_what_is_silent_paused_or_cut() -> None:
    def work(state: WorkState, changed_at: int = 100) -> Work:
        return Work(
            name="part:1/2",
            kind=WorkKind.PART,
            state=state,
            done=50,
            whole=100,
            rate=1.0,
            measures=ENOUGH_MEASURES,
            changed_at=changed_at,
        )

    assert work(WorkState.RUNNING).seconds_left(110) == 50
    assert work(WorkState.RUNNING).seconds_left(100 + SILENT_SECONDS + 1) is None
    for state in set(WorkState) - {WorkState.RUNNING}:
        assert work(state).seconds_left(110) is None
