"""Which profile a line gets, and that it keeps it: pure, with Hypothesis."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.account import Account, Endpoint, Profile
from store.model.ids import AccountId
from sync.link.profile import LINES, MARGIN, UNMEASURED, Measured, choose, line_of, profile_of

REAL = [profile for profile in Profile if profile is not Profile.AUTO]
rates = st.integers(200, 50_000_000)
trips = st.integers(1, 3_000)
measures = st.builds(Measured, trips | st.none(), rates | st.none())


def account(profile: Profile, auto: Profile) -> Account:
    at = Endpoint(host="mail.example", port=993)
    return Account(
        id=AccountId(1),
        name="cabinet",
        address="alice@example.test",
        imap=at,
        smtp=at,
        user="alice",
        profile=profile,
        auto_profile=auto,
    )


@pytest.mark.parametrize(
    ("measured", "profile"),
    [
        (Measured(8, 12_000_000), Profile.FIBRE),
        (Measured(35, 250_000), Profile.ADSL),
        (Measured(150, 90_000), Profile.ADSL),
        (Measured(150, 40_000), Profile.MOBILE),
        (Measured(400, 15_000), Profile.MOBILE),
        (Measured(600, 8_000), Profile.SATELLITE),
        (Measured(600, 2_000_000), Profile.SATELLITE),
        (Measured(20, 300), Profile.SATELLITE),
        (Measured(600, None), Profile.SATELLITE),
        (Measured(3, None), Profile.ADSL),
        (Measured(None, 20_000), Profile.MOBILE),
        (Measured(), Profile.ADSL),
    ],
)
def test_a_new_line_gets_the_profile_of_what_was_measured(
    measured: Measured, profile: Profile
) -> None:
    assert choose(UNMEASURED, measured) is profile


@given(st.sampled_from(REAL))
def test_nothing_measured_changes_nothing(current: Profile) -> None:
    assert choose(current, Measured()) is current


@given(st.sampled_from(REAL), measures)
def test_the_same_measure_twice_changes_the_profile_once(
    current: Profile, measured: Measured
) -> None:
    settled = choose(current, measured)
    assert choose(settled, measured) is settled


@given(
    trips,
    rates,
    st.lists(st.tuples(st.floats(0.81, 1.24), st.floats(0.81, 1.24)), min_size=1, max_size=40),
)
def test_a_line_that_wavers_never_comes_back_to_a_profile_it_left(
    trip: int, rate: int, noise: list[tuple[float, float]]
) -> None:
    assert MARGIN**2 > 1.24 / 0.81
    current = UNMEASURED
    been: list[Profile] = []
    for slower, faster in noise:
        trip_now = max(1, int(trip * slower)) if trip > 100 else trip
        current = choose(current, Measured(trip_now, int(rate * faster)))
        been.append(current)
    changes = [before for before, after in pairwise(been) if before is not after]
    assert len(changes) == len(set(changes)), been
    assert not changes or been[-1] not in changes, been


@given(st.sampled_from(REAL), trips, rates, st.floats(1, 100), st.floats(1, 100))
def test_a_better_line_never_gets_a_poorer_profile(
    current: Profile, trip: int, rate: int, quicker: float, faster: float
) -> None:
    order = list(LINES)
    worse = choose(current, Measured(trip, rate))
    better = choose(current, Measured(max(1, int(trip / quicker)), int(rate * faster)))
    assert order.index(better) <= order.index(worse)


def test_a_much_better_line_rises_and_a_much_worse_one_falls() -> None:
    assert choose(Profile.SATELLITE, Measured(10, 5_000_000)) is Profile.FIBRE
    assert choose(Profile.FIBRE, Measured(700, 8_000)) is Profile.SATELLITE


def test_the_profile_in_force_is_the_persons_or_the_measured_one() -> None:
    assert line_of(account(Profile.MOBILE, Profile.FIBRE)) is Profile.MOBILE
    assert line_of(account(Profile.AUTO, Profile.FIBRE)) is Profile.FIBRE
    assert profile_of(account(Profile.AUTO, Profile.SATELLITE)) is LINES[Profile.SATELLITE]


def test_every_profile_is_in_the_table_from_the_richest_to_the_poorest() -> None:
    assert list(LINES) == REAL
    for richer, poorer in pairwise(LINES.values()):
        assert richer.window_emails > poorer.window_emails
        assert richer.attachment_octets_at_once > poorer.attachment_octets_at_once
        assert richer.poll_seconds <= poorer.poll_seconds
        assert richer.silence_seconds <= poorer.silence_seconds
        assert poorer.list_first or not richer.list_first


def test_a_range_of_an_attachment_never_cuts_a_base64_group() -> None:
    assert all(line.attachment_octets_at_once % 4 == 0 for line in LINES.values())


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        LINES[Profile.FIBRE].window_emails = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        LINES[Profile.AUTO] = LINES[Profile.FIBRE]  # type: ignore[index]
