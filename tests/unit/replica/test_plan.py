"""The plan, one row of docs/sync.md's table at a time."""

from __future__ import annotations

import pytest

from store.errors import Transient
from store.model.email import ANSWERED, FLAGGED, SEEN, Keywords
from store.model.ids import PlacementId
from sync.replica.ops import (
    Append,
    Expunge,
    Fetch,
    Forget,
    Keep,
    Move,
    Rebase,
    Shown,
    StoreKeywords,
    Withdraw,
)
from sync.replica.plan import BATCH, WINDOW, plan_mailbox
from sync.replica.view import Certified, View
from tests.unit.replica.test_merge import ARCHIVE, SENT, held

ID = PlacementId(1)
NONE: Keywords = frozenset()
S, F, A = frozenset({SEEN}), frozenset({FLAGGED}), frozenset({ANSWERED})


def test_what_agrees_needs_nothing() -> None:
    assert plan_mailbox([held(base=S, keywords=S)], View({7: S})) == []


def test_what_a_delta_does_not_mention_shows_what_it_showed() -> None:
    assert plan_mailbox([held(base=S, keywords=S)], View()) == []


def test_unknown_letters_are_fetched_newest_first_in_windows() -> None:
    first, second = plan_mailbox([], View(unknown=set(range(1, WINDOW + 11))))
    assert first == Fetch(tuple(range(WINDOW + 10, 10, -1)))
    assert second == Fetch(tuple(range(10, 0, -1)))


def test_a_uid_that_may_be_our_own_upload_is_not_fetched() -> None:
    assert plan_mailbox([], View(unknown={3, 4, 5}), withhold_from=4) == [Fetch((3,))]


def test_a_letter_gone_from_the_server_is_forgotten() -> None:
    assert plan_mailbox([held(keywords=F)], View(gone={7})) == [Forget((ID,))]


def test_a_letter_created_here_is_uploaded() -> None:
    assert plan_mailbox([held(uid=None)], View()) == [Append((ID,))]


def test_a_letter_created_and_deleted_here_is_withdrawn() -> None:
    assert plan_mailbox([held(uid=None, deleted=True)], View()) == [Withdraw((ID,))]


def test_a_deleted_letter_is_expunged() -> None:
    assert plan_mailbox([held(deleted=True)], View({7: NONE})) == [Expunge((ID,))]


def test_a_deleted_letter_flagged_elsewhere_is_kept() -> None:
    assert plan_mailbox([held(deleted=True)], View({7: F})) == [Keep((Shown(ID, F),))]


def test_a_deleted_letter_read_elsewhere_is_rebased_and_expunged() -> None:
    ops = plan_mailbox([held(deleted=True)], View({7: S}))
    assert ops == [Rebase((Shown(ID, S),)), Expunge((ID,))]


def test_a_wish_to_move_is_a_move() -> None:
    assert plan_mailbox([held(wish_mailbox_id=ARCHIVE)], View()) == [Move(ARCHIVE, (ID,))]


def test_a_keyword_of_ours_is_told_and_one_of_theirs_taken_over() -> None:
    ops = plan_mailbox([held(keywords=F)], View({7: A}))
    assert ops == [StoreKeywords(F, NONE, (Shown(ID, A),))]


def test_a_keyword_of_theirs_alone_is_only_taken_over() -> None:
    assert plan_mailbox([held()], View({7: A})) == [Rebase((Shown(ID, A),))]


def test_an_answer_lost_is_noted_when_the_server_shows_it_was_done() -> None:
    ops = plan_mailbox([held(keywords=F, sent=F)], View({7: F}))
    assert ops == [Rebase((Shown(ID, F),))]


def test_one_command_tells_the_same_change_of_many_letters() -> None:
    many = [held(id=PlacementId(n), uid=n, keywords=S) for n in range(1, BATCH + 2)]
    ops = plan_mailbox(many, View())
    assert [len(op.shown) for op in ops if isinstance(op, StoreKeywords)] == [BATCH, 1]


def test_moves_are_grouped_by_where_they_go() -> None:
    wished = (ARCHIVE, SENT, ARCHIVE)
    many = [held(id=PlacementId(n), uid=n, wish_mailbox_id=to) for n, to in enumerate(wished, 1)]
    ops = plan_mailbox(many, View())
    assert ops == [Move(ARCHIVE, (PlacementId(1), PlacementId(3))), Move(SENT, (PlacementId(2),))]


def test_keywords_are_told_before_their_letter_moves() -> None:
    ops = plan_mailbox([held(keywords=S, wish_mailbox_id=ARCHIVE)], View())
    assert [type(op) for op in ops] == [StoreKeywords, Move]


def test_wishes_come_before_downloads() -> None:
    ops = plan_mailbox([held(uid=None), held(id=PlacementId(2), deleted=True)], View(unknown={9}))
    assert isinstance(ops[-1], Fetch)


@pytest.mark.parametrize(
    "limbo",
    [
        held(uid=None, moving=3),
        held(moving=3, moving_to=ARCHIVE, wish_mailbox_id=ARCHIVE),
        held(uid=None, unlinked=True, deleted=True),
    ],
)
def test_a_letter_nobody_knows_where_is_left_alone(limbo: object) -> None:
    assert plan_mailbox([limbo], View({7: F}, gone={7})) == []  # type: ignore[list-item]


def test_a_list_shorter_than_the_mailbox_is_no_evidence() -> None:
    with pytest.raises(Transient, match=r"imap\.short_listing"):
        Certified({1, 2}, exists=3, uidnext=4)


def test_a_letter_that_came_after_the_list_began_is_not_missing_from_it() -> None:
    assert Certified({1}, exists=1, uidnext=3).gone({1, 2, 3}) == {2}


def test_a_server_that_does_not_say_uidnext_certifies_every_uid() -> None:
    assert Certified({1}, exists=1, uidnext=0).gone({1, 2}) == {2}
