"""A hundred thousand letters are planned in well under a second of our time."""

from __future__ import annotations

import time

import pytest

from store.model.email import SEEN, Keywords, Placement
from store.model.ids import EmailId, MailboxId, PlacementId
from sync.replica.ops import Op
from sync.replica.plan import plan_mailbox
from sync.replica.view import Certified, View

MANY = 100_000
SHOWN = {uid: frozenset({SEEN}) for uid in range(1, MANY + 1)}


def planned(mine: Keywords) -> tuple[list[Op], float]:
    """The ops of a mailbox where the server shows SHOWN, and the seconds they took to plan."""
    letters = [
        Placement(
            id=PlacementId(uid),
            email_id=EmailId(uid),
            mailbox_id=MailboxId(1),
            uid=uid,
            base=mine,
            keywords=mine,
        )
        for uid in SHOWN
    ]
    began = time.process_time()
    listed = Certified(SHOWN.keys(), MANY, MANY + 1)
    view = View(SHOWN, listed.gone(set(SHOWN)), listed.unknown(set(SHOWN)))
    ops = plan_mailbox(letters, view)
    return ops, time.process_time() - began


@pytest.mark.parametrize(("mine", "ops"), [(frozenset({SEEN}), 0), (frozenset(), MANY // 500)])
def test_a_hundred_thousand_letters_are_planned_within_a_second(mine: Keywords, ops: int) -> None:
    done, seconds = planned(mine)
    assert len(done) == ops
    assert seconds < 1.0


def test_a_first_sync_of_a_hundred_thousand_is_planned_within_a_second() -> None:
    began = time.process_time()
    ops = plan_mailbox([], View(unknown=SHOWN.keys()))
    assert time.process_time() - began < 1.0
    assert len(ops) == MANY // 250
