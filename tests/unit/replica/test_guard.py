"""When so much is gone that a person is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.model.ids import AccountId, MailboxId, PlacementId
from store.model.loss import Loss
from store.model.mailbox import Mailbox
from sync.replica.guard import is_mass, missed, to_forget
from sync.replica.ops import Forget, Lose
from sync.replica.plan import plan_mailbox
from sync.replica.view import View
from tests.unit.replica.test_merge import held


def ids(*numbers: int) -> frozenset[PlacementId]:
    return frozenset(PlacementId(n) for n in numbers)


MANY = ids(*range(100, 130))
LOSS = Loss(
    unseen=frozenset({PlacementId(6)}),
    mailbox_id=MailboxId(1),
    held=100,
    mailbox_missing=False,
    deleted=ids(1),
    elsewhere=ids(2, 3),
    asked=MANY,
)


@pytest.mark.parametrize(
    ("gone", "of", "mass"),
    [(25, 25, False), (26, 26, True), (26, 250, True), (26, 260, False), (100, 1000, False)],
)
def test_more_than_twenty_five_and_more_than_one_in_ten_is_a_mass(
    gone: int, of: int, mass: bool
) -> None:
    assert is_mass(gone, of) is mass


def test_many_gone_are_lost_and_what_was_deleted_here_is_forgotten() -> None:
    many = [held(id=PlacementId(n), uid=n) for n in range(1, 31)]
    mine = held(id=PlacementId(31), uid=31, deleted=True)
    ops = plan_mailbox([*many, mine], View(gone=set(range(1, 32))), holding=31)
    assert ops == [Lose(tuple(p.id for p in many), 31), Forget((PlacementId(31),))]


def test_what_was_deleted_here_is_not_counted() -> None:
    mine = [held(id=PlacementId(n), uid=n, deleted=True) for n in range(1, 31)]
    ops = plan_mailbox(mine, View(gone=set(range(1, 31))), holding=30)
    assert ops == [Forget(tuple(p.id for p in mine))]


@pytest.mark.parametrize("wish", [{"deleted": True}, {"keywords": frozenset({"$seen"})}, {}])
def test_a_lost_letter_is_left_alone(wish: dict[str, object]) -> None:
    assert plan_mailbox([held(lost=True, **wish)], View(gone={7}), holding=1) == []
    assert plan_mailbox([held(lost=True, uid=None, **wish)], View(), holding=1) == []


def test_what_was_moved_there_or_deleted_here_is_no_longer_asked_about() -> None:
    assert to_forget(LOSS) == ids(1, 2, 3)


def test_few_that_remain_are_forgotten() -> None:
    assert to_forget(replace(LOSS, asked=ids(100))) == ids(1, 2, 3, 100)


def test_a_missing_mailbox_is_asked_about_down_to_its_last_letter() -> None:
    assert to_forget(replace(LOSS, asked=ids(100), mailbox_missing=True)) == ids(2, 3)


def test_an_empty_mailbox_is_not_missed() -> None:
    boxes = [
        Mailbox(id=MailboxId(n), account_id=AccountId(1), name=name, wire_name=name.encode())
        for n, name in enumerate(("INBOX", "Old", "Empty"), 1)
    ]
    counts = {MailboxId(1): 3, MailboxId(2): 2, MailboxId(3): 0}
    assert missed(boxes, counts, {b"INBOX"}) == [MailboxId(2)]
