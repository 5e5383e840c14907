"""The merge of keywords and what becomes of a placement, as laws."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from store.model.email import FLAGGED, SEEN, Keywords, Placement
from store.model.ids import EmailId, MailboxId, PlacementId
from sync.replica import merge

INBOX, ARCHIVE, SENT = MailboxId(1), MailboxId(2), MailboxId(3)
keywords = st.frozensets(st.sampled_from([SEEN, FLAGGED, "$answered", "lu"]))
S, F = frozenset({SEEN}), frozenset({FLAGGED})


def held(**changes: object) -> Placement:
    agreed = Placement(id=PlacementId(1), email_id=EmailId(1), mailbox_id=INBOX, uid=7)
    return replace(agreed, **changes)  # type: ignore[arg-type]


@given(base=keywords, mine=keywords, theirs=keywords)
def test_neither_side_is_favoured(base: Keywords, mine: Keywords, theirs: Keywords) -> None:
    assert merge.merge_keywords(base, mine, theirs) == merge.merge_keywords(base, theirs, mine)


@given(base=keywords, mine=keywords)
def test_a_side_that_changed_nothing_decides_nothing(base: Keywords, mine: Keywords) -> None:
    assert merge.merge_keywords(base, mine, base) == mine


@given(base=keywords, both=keywords)
def test_what_both_sides_say_stays(base: Keywords, both: Keywords) -> None:
    assert merge.merge_keywords(base, both, both) == both


@given(base=keywords, mine=keywords, theirs=keywords)
def test_after_saying_and_hearing_both_sides_have_the_same(
    base: Keywords, mine: Keywords, theirs: Keywords
) -> None:
    before = held(base=base, keywords=mine)
    after = merge.merged(before, theirs)
    then = merge.keywords_heard(merge.keywords_said(before, theirs, after))
    assert (then.base, then.keywords, then.sent) == (after, after, None)


@given(base=keywords, mine=keywords, theirs=keywords, later=keywords)
def test_said_done_unheard_and_changed_again_the_last_word_counts(
    base: Keywords, mine: Keywords, theirs: Keywords, later: Keywords
) -> None:
    before = held(base=base, keywords=mine)
    after = merge.merged(before, theirs)
    died = replace(merge.keywords_said(before, theirs, after), keywords=later)
    assert merge.merged(died, after) == later


def test_what_we_were_telling_is_no_edit_of_theirs() -> None:
    assert merge.ancestor(held(base=frozenset(), sent=S), S | F) == S


def test_a_plan_the_person_overtook_is_not_said() -> None:
    then = merge.keywords_said(held(keywords=F), frozenset(), after=S)
    assert (then.sent, then.keywords) == (None, F)


def test_a_move_is_not_said_once_another_is_wished() -> None:
    now = held(wish_mailbox_id=SENT)
    assert merge.move_said(now, ARCHIVE, 1) is now


def test_a_move_is_not_said_of_a_letter_deleted_meanwhile() -> None:
    now = held(wish_mailbox_id=ARCHIVE, deleted=True)
    assert merge.move_said(now, ARCHIVE, 1) is now


def test_a_move_heard_is_a_new_place_and_no_wish() -> None:
    then = merge.moved(merge.move_said(held(wish_mailbox_id=ARCHIVE), ARCHIVE, 4), 5)
    assert (then.mailbox_id, then.uid, then.wish_mailbox_id) == (ARCHIVE, 5, None)
    assert (then.moving, then.moving_to, then.unlinked) == (None, None, False)


def test_a_move_to_a_uid_nobody_knows_is_looked_for_there() -> None:
    then = merge.moved(merge.move_said(held(wish_mailbox_id=ARCHIVE), ARCHIVE, 4), None)
    assert (then.mailbox_id, then.uid, then.unlinked) == (ARCHIVE, None, True)


def test_an_upload_is_not_said_of_a_letter_deleted_or_looked_for() -> None:
    for now in (held(uid=None, deleted=True), held(uid=None, unlinked=True), held()):
        assert merge.append_said(now, 1) is now


def test_what_was_said_is_not_withdrawn_in_silence() -> None:
    now = held(uid=None, deleted=True, moving=3)
    assert merge.withdrawn(now) is now
    assert merge.withdrawn(replace(now, moving=None)) is None
