"""The estimator against lines whose truth is known, with noise, busy servers and failures."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from store.model.account import Profile
from store.model.link import LinkStep, Step
from sync.link.estimate import CONNECT_TRIPS, LARGE_OCTETS, RECENT, estimate
from sync.link.profile import UNMEASURED, Measured, choose


@dataclass(frozen=True)
class Line:
    """The truth: octets per second each way, and seconds per round trip."""

    trip_ms: float
    down: float
    up: float

    def step(
        self, kind: Step, *, up: int = 60, down: int = 300, turns: int = 1, busy_ms: float = 0
    ) -> LinkStep:
        trips = CONNECT_TRIPS if kind is Step.CONNECT else turns
        took = trips * self.trip_ms + (up / self.up + down / self.down) * 1000 + busy_ms
        return LinkStep(
            step=kind,
            began_at=0,
            milliseconds=round(took),
            octets_up=up,
            octets_down=down,
            turns=turns,
        )


VSAT = Line(600, 8_000, 4_000)
lines = st.builds(
    Line, st.floats(5, 2_000), st.floats(2_000, 5_000_000), st.floats(2_000, 5_000_000)
)
smalls = st.lists(
    st.tuples(st.sampled_from([Step.LOGIN, Step.LIST, Step.LOOK, Step.PUSH]), st.integers(50, 900)),
    min_size=4,
    max_size=12,
)
larges = st.lists(st.integers(LARGE_OCTETS * 2, 3_000_000), min_size=5, max_size=15)


def test_nothing_recorded_is_nothing_measured() -> None:
    assert estimate([]) == Measured()


def test_a_greeting_that_was_not_waited_for_is_no_round_trip() -> None:
    waited = VSAT.step(Step.CONNECT, up=0, down=0, turns=0)
    spoke_first = replace(waited, milliseconds=waited.milliseconds - 600)
    assert estimate([spoke_first]).round_trip_milliseconds == 600


def test_a_satellite_line_is_measured_as_one() -> None:
    seen = [
        VSAT.step(Step.CONNECT, up=0, down=120, turns=0),
        VSAT.step(Step.LOGIN),
        VSAT.step(Step.LIST, down=1_000),
        VSAT.step(Step.FETCH, down=200_000),
        VSAT.step(Step.UPLOAD, up=100_000, turns=2),
    ]
    measured = estimate(seen)
    assert measured.round_trip_milliseconds is not None
    assert 550 <= measured.round_trip_milliseconds <= 660
    assert 7_500 <= (measured.octets_per_second_down or 0) <= 8_500
    assert 3_700 <= (measured.octets_per_second_up or 0) <= 4_300
    assert choose(UNMEASURED, measured) is Profile.SATELLITE


def test_the_first_connection_already_tells_the_round_trip() -> None:
    logged_in = [VSAT.step(Step.LOGIN), VSAT.step(Step.CONNECT, up=0, down=120, turns=0)]
    measured = estimate(logged_in)
    assert measured.octets_per_second_down is None
    assert choose(UNMEASURED, measured) is Profile.SATELLITE


@given(lines, smalls, larges, st.data())
def test_the_truth_is_found_within_a_quarter_whatever_a_third_of_the_steps_met(
    line: Line, small: list[tuple[Step, int]], large: list[int], data: st.DataObject
) -> None:
    seen = [line.step(kind, down=down) for kind, down in small]
    seen += [line.step(Step.FETCH, down=line_octets(line, octets)) for octets in large]
    most = min(len(small), len(large)) // 3
    for at in data.draw(st.sets(st.sampled_from(range(len(seen))), max_size=most)):
        busy = data.draw(st.integers(0, 600_000))
        seen[at] = replace(seen[at], milliseconds=seen[at].milliseconds + busy)
    measured = estimate(data.draw(st.permutations(seen)))
    assert measured.octets_per_second_down is not None
    assert 0.75 * line.down <= measured.octets_per_second_down <= 1.25 * line.down
    # What goes up is not told apart in a small step, what goes down only as well as the rate is.
    slack = 60 / line.up * 1000 + 0.25 * 960 / line.down * 1000 + 2
    assert measured.round_trip_milliseconds is not None
    assert 0.75 * line.trip_ms - slack <= measured.round_trip_milliseconds
    assert measured.round_trip_milliseconds <= 1.25 * line.trip_ms + slack


def line_octets(line: Line, octets: int) -> int:
    """A window that takes at least eight round trips, as windows do."""
    return max(octets, int(line.down * line.trip_ms / 1000 * 8))


@given(lines, smalls)
def test_what_failed_and_what_waited_is_not_measured(
    line: Line, small: list[tuple[Step, int]]
) -> None:
    seen = [line.step(kind, down=down) for kind, down in small]
    cut = replace(line.step(Step.FETCH, down=900_000, busy_ms=60_000), result="net.lost")
    waited = line.step(Step.IDLE, down=50_000, busy_ms=240_000)
    assert estimate([cut, waited, *seen]) == estimate(seen)


def test_an_answer_asked_for_with_the_login_is_no_round_trip_of_its_own() -> None:
    """AUTHENTICATE and LIST leave together; the list is there when it is looked at."""
    there = LinkStep(step=Step.LIST, began_at=0, milliseconds=3, octets_down=900)
    seen = [VSAT.step(Step.LOGIN), there] * 5
    assert 550 < (estimate(seen).round_trip_milliseconds or 0) < 700


def test_only_what_is_recent_counts() -> None:
    before, now = Line(20, 1_000_000, 1_000_000), VSAT
    newest = [now.step(Step.FETCH, down=100_000) for _ in range(RECENT)]
    newest += [now.step(Step.LOGIN) for _ in range(RECENT)]
    older = [before.step(Step.FETCH, down=100_000), before.step(Step.LOGIN)] * 50
    assert estimate([*newest, *older]) == estimate(newest)


@given(
    st.lists(
        st.builds(
            LinkStep,
            step=st.sampled_from(Step),
            began_at=st.just(0),
            milliseconds=st.integers(0, 10**8),
            octets_up=st.integers(0, 10**9),
            octets_down=st.integers(0, 10**9),
            turns=st.integers(0, 1000),
            result=st.sampled_from(["", "net.lost"]),
        )
    )
)
def test_whatever_was_recorded_gives_an_answer(seen: list[LinkStep]) -> None:
    measured = estimate(seen)
    assert all(value is None or value >= 1 for value in measured)
    choose(UNMEASURED, measured)
