"""Twice the letters take twice the steps to plan, never four times: counted, not timed."""

from __future__ import annotations

import pytest

from store.model.email import SEEN, Keywords, Placement
from store.model.ids import EmailId, MailboxId, PlacementId
from sync.replica.ops import Op
from sync.replica.plan import plan_mailbox
from sync.replica.view import Certified, View
from tests.steps import steps

MANY = 20_000
TWICE_IS_AT_MOST = 2.1
"""Steps at twice the letters, over steps: 2.0 is linear, and a sort of numbers adds none."""
MOST_STEPS_PER_LETTER = 80
"""Measured 44 for quiet letters and 59 for changed ones, making the letters included (3.11)."""


def plan_many(many: int, mine: Keywords) -> list[Op]:
    """The ops of a mailbox where the server shows `many` letters as read and we hold them all."""
    shown = {uid: frozenset({SEEN}) for uid in range(1, many + 1)}
    letters = [
        Placement(
            id=PlacementId(uid),
            email_id=EmailId(uid),
            mailbox_id=MailboxId(1),
            uid=uid,
            base=mine,
            keywords=mine,
        )
        for uid in shown
    ]
    listed = Certified(shown.keys(), many, many + 1)
    view = View(shown, listed.gone(set(shown)), listed.unknown(set(shown)))
    return plan_mailbox(letters, view)


@pytest.mark.parametrize("mine", [frozenset({SEEN}), frozenset()])
def test_twice_the_letters_are_planned_in_twice_the_steps(mine: Keywords) -> None:
    once = steps(lambda: plan_many(MANY // 2, mine))
    twice = steps(lambda: plan_many(MANY, mine))
    assert twice < TWICE_IS_AT_MOST * once
    assert twice < MOST_STEPS_PER_LETTER * MANY


def test_letters_that_changed_are_planned_in_groups() -> None:
    assert plan_many(MANY, frozenset({SEEN})) == []
    assert len(plan_many(MANY, frozenset())) == MANY // 500


def test_a_first_sync_is_planned_in_steps_that_grow_with_the_letters() -> None:
    def first(many: int) -> list[Op]:
        return plan_mailbox([], View(unknown=range(1, many + 1)))

    assert len(first(MANY)) == MANY // 250
    assert steps(lambda: first(2 * MANY)) < TWICE_IS_AT_MOST * steps(lambda: first(MANY))
