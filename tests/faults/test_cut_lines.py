"""A whole pass, cut, lied to and slowed at every step."""

from __future__ import annotations

import pytest

from tests.faults.acts import fault
from tests.faults.conftest import Begin
from tests.faults.points import NAMES, POINTS, TABLE, WAITING, Point
from tests.faults.run import Faulted

fired: set[str] = set()
LEAST_POINTS = 280


async def test_an_undisturbed_pass_ends_as_all_others_must(begin: Begin) -> None:
    case = await begin(names=True)
    assert await case.ends() == ""
    case.person.assert_nothing_is_claimed()
    case.person.assert_ended_well()
    await case.person.assert_nothing_is_left()
    assert set(case.proxy.said) <= TABLE.keys(), "a step nobody makes go wrong"


@pytest.mark.logs(
    "replica.refused",
    "replica.unsettled",
    "mailbox.refused",
    "letter.refused",
    "mailbox.wish_refused",
)
@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
async def test_a_pass_that_went_wrong_claims_nothing_and_the_next_one_ends_as_if_it_had_not(
    begin: Begin, point: Point
) -> None:
    case = await begin(
        tls=point.tls,
        masked=point.masked,
        profile=point.profile,
        names=point.step in NAMES,
    )
    if point.before is not None:
        await goes_wrong(case, point.before)
    await goes_wrong(case, point)
    case.person.assert_nothing_is_claimed()
    assert await case.ends() == ""
    case.person.assert_ended_well()
    await case.person.assert_nothing_is_left()


async def goes_wrong(case: Faulted, point: Point) -> None:
    """One pass, with that fault in it."""
    case.proxy.arm(point.command, fault(point.command, point.fault))
    ended = await case.ends(waiting=point.step in WAITING)
    if point.step == "logout":  # nobody waits for its answer
        await case.proxy.ended()
    assert case.proxy.disarm(), "it never fired"
    fired.add(point.name)
    assert ended == point.ends


def test_every_named_point_has_fired(request: pytest.FixtureRequest) -> None:
    cases = {each.callspec.id for each in request.session.items if hasattr(each, "callspec")}
    assert {point.name for point in POINTS} & cases <= fired
    assert len({point.name for point in POINTS}) == len(POINTS) >= LEAST_POINTS
