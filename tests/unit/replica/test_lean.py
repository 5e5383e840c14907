"""What a lean line brings next: lanes, sizes, and never the same octets twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.email import Unwhole
from store.model.ids import EmailId, MailboxId
from store.model.structure import Kind, WantedPart
from sync.replica.facts import Span
from sync.replica.lean import (
    MOST_ASKED,
    OVERLAP,
    SMALLEST_RANGE,
    WIDE,
    Ask,
    Begin,
    Continue,
    Lane,
    Lean,
    Whole,
    is_exempt,
    lane_of,
    next_job,
)

LEAN = Lean(begin=100, at_once=1000, small=500, most=5000)


def letter(number: int = 1, **changed: Any) -> Unwhole:
    """A letter of known parts, nothing of which is here; `number` is its id, UID and age."""
    known = Unwhole(
        *(EmailId(number), MailboxId(1), number, 300, 0, 0, 0, 1_700_000_000 + number), structured=1
    )
    return known._replace(**changed)


def part(**changed: Any) -> WantedPart:
    """A part asked for alone, nothing of which is here."""
    known = WantedPart(EmailId(9), MailboxId(1), 9, "2", 4000, 0, 0, None, 0, 7)
    return known._replace(**changed)


def test_nothing_to_bring_is_nothing_to_do() -> None:
    assert next_job([], LEAN) is None


def test_beginnings_come_together_newest_first_up_to_one_commit() -> None:
    letters = [letter(n, size=100) for n in range(1, 21)]
    job = next_job(letters, LEAN)
    assert isinstance(job, Begin)
    assert [each.uid for each in job.letters] == list(range(20, 10, -1))
    assert job.length == LEAN.begin


def test_beginnings_of_another_mailbox_wait_for_their_own_command() -> None:
    job = next_job([letter(1, mailbox_id=MailboxId(2)), letter(2)], LEAN)
    assert isinstance(job, Begin)
    assert [each.uid for each in job.letters] == [2]


def test_text_comes_before_the_rest_of_any_letter() -> None:
    job = next_job([letter(2, held=100), letter(1)], LEAN)
    assert isinstance(job, Begin)


def test_a_short_letter_is_finished_before_a_longer_newer_one() -> None:
    job = next_job([letter(2, held=100, size=4000), letter(1, held=100)], LEAN)
    assert job == Continue(letter(1, held=100), 100 - OVERLAP, OVERLAP + LEAN.at_once)


def test_of_documents_the_one_that_lacks_least_comes_first() -> None:
    job = next_job([letter(2, held=100, size=4000), letter(1, held=3000, size=4000)], LEAN)
    assert isinstance(job, Continue)
    assert job.letter.uid == 1


def test_what_is_longer_than_the_line_brings_unasked_waits() -> None:
    long = letter(1, held=100, size=5001)
    assert next_job([long], LEAN) is None
    assert isinstance(next_job([long], WIDE), Whole)


def test_on_a_wide_line_many_letters_come_at_once_and_none_rides_past_a_budget() -> None:
    asked = letter(1, wanted_at=7)
    letters = [letter(n) for n in range(2, 200)]
    job = next_job([*letters, asked], WIDE)
    assert job == Whole(MailboxId(1), (asked,))
    assert is_exempt(job, WIDE)
    job = next_job(letters, WIDE)
    assert isinstance(job, Whole)
    assert [each.uid for each in job.letters] == list(range(199, 1, -1))
    assert not is_exempt(job, WIDE)


@pytest.mark.parametrize("changed", [{"size": 9_000_000}, {"size": 9000, "held": 8000}])
def test_on_a_wide_line_what_is_very_long_or_almost_here_goes_on_by_ranges(
    changed: dict[str, int],
) -> None:
    assert not isinstance(next_job([letter(1, **changed)], WIDE), Whole)


def test_on_a_wide_line_one_command_brings_no_more_than_one_commit_holds() -> None:
    letters = [letter(n, size=3_000_000) for n in (1, 2, 3)]
    job = next_job(letters, WIDE)
    assert isinstance(job, Whole)
    assert len(job.letters) == 1


def test_what_is_asked_for_goes_before_everything_whatever_its_size() -> None:
    asked = letter(1, held=100, size=10**9, wanted_at=7)
    job = next_job([letter(3, urgent=1), letter(2), asked], LEAN)
    assert isinstance(job, Continue)
    assert job.letter is asked


def test_what_was_asked_for_first_comes_first() -> None:
    job = next_job([letter(2, held=9, wanted_at=8), letter(1, held=9, wanted_at=7)], LEAN)
    assert isinstance(job, Continue)
    assert job.letter.uid == 1


def test_an_urgent_letter_is_exempt_from_the_limit() -> None:
    assert lane_of(letter(held=100, size=10**9, urgent=1), LEAN) is Lane.URGENT


def test_a_letter_that_was_not_given_is_left_out() -> None:
    assert next_job([letter(1)], LEAN, skipped={EmailId(1)}) is None


letters = st.builds(
    letter,
    st.integers(1, 30),
    size=st.integers(0, 9000),
    held=st.integers(0, 9000),
    urgent=st.integers(0, 1),
    wanted_at=st.integers(0, 5),
    mailbox_id=st.integers(1, 3).map(MailboxId),
)


@given(st.lists(letters, max_size=12, unique_by=lambda each: each.email_id))
def test_every_job_makes_progress_and_asks_no_more_than_one_commit(held: list[Unwhole]) -> None:
    job = next_job(held, LEAN)
    waiting = [each for each in held if lane_of(each, LEAN) is not None]
    if job is None:
        assert not waiting
    elif isinstance(job, Continue):
        assert job.offset + job.length > job.letter.held > 0
        assert job.offset >= 0
        assert job.length <= LEAN.at_once + OVERLAP
    else:
        assert job.letters
        assert {each.mailbox_id for each in job.letters} == {job.mailbox_id}
        assert all(each.held == 0 for each in job.letters)
        octets = sum(min(each.size, job.length) for each in job.letters)
        assert len(job.letters) == 1 or octets <= LEAN.at_once


@pytest.mark.parametrize("size", [1, 99, 100, 101, 1099, 1100, 5000])
def test_a_letter_is_brought_in_ranges_that_meet(size: int) -> None:
    it, brought = letter(size=size), 0
    for _ in range(20):
        job = next_job([it], LEAN)
        if job is None or brought >= size:
            break
        offset = job.offset if isinstance(job, Continue) else 0
        assert offset <= brought
        brought = min(size, offset + job.length)
        it = it._replace(held=brought)
    assert brought == size


def test_a_result_of_40_kb_comes_before_a_photograph_however_new() -> None:
    lean = Lean()
    photograph = letter(2, held=8192, size=900_000, kind=Kind.IMAGE)
    scan = letter(3, held=8192, size=33_000)
    result = letter(1, held=8192, size=40_000, kind=Kind.RESULT)
    order = [lane_of(each, lean) for each in (result, scan, photograph)]
    assert order == [Lane.RESULT, Lane.DOCUMENT, Lane.IMAGE]
    job = next_job([photograph, scan, result], lean)
    assert isinstance(job, Continue)
    assert job.letter is result


def test_of_urgent_letters_a_result_comes_first() -> None:
    job = next_job([letter(2, held=9, urgent=1), letter(1, held=9, urgent=1, kind="result")], LEAN)
    assert isinstance(job, Continue)
    assert job.letter.uid == 1


def test_text_comes_before_any_result() -> None:
    assert isinstance(next_job([letter(2, held=9, kind="result"), letter(1)], LEAN), Begin)


def test_the_parts_of_a_long_letter_are_asked_for_with_its_text() -> None:
    long, short = letter(2, size=501, structured=0), letter(1, size=500, structured=0)
    job = next_job([long, short], LEAN)
    assert isinstance(job, Begin)
    assert (job.letters, job.describe) == ((long, short), (long,))


def test_parts_not_known_yet_are_asked_for_before_the_rest_of_any_letter() -> None:
    unknown = [letter(n, held=100, size=10**9, structured=0) for n in (1, 2)]
    elsewhere = letter(3, held=100, size=600, structured=0, mailbox_id=MailboxId(2))
    job = next_job([*unknown, elsewhere, letter(4, held=100)], LEAN)
    assert job == Begin(MailboxId(2), (), LEAN.begin, (elsewhere,))
    assert next_job(unknown, LEAN) == Begin(MailboxId(1), (), LEAN.begin, tuple(unknown))
    assert lane_of(unknown[0]._replace(structure_asked=MOST_ASKED), LEAN) is None


def test_a_document_asked_for_alone_comes_before_whole_letters_and_asks_no_budget() -> None:
    job = next_job([letter(1, held=9, wanted_at=1)], LEAN, parts=[part()])
    assert job == Ask(part(), (Span(0, 1000),))
    assert is_exempt(job, LEAN)


def test_a_document_alone_comes_in_ranges_that_each_follow_on_the_other() -> None:
    job = next_job([], Lean(), parts=[part(held=20_000, length=10**6)])
    assert isinstance(job, Ask)
    assert job.spans[0] == Span(20_000 - OVERLAP, OVERLAP + SMALLEST_RANGE)
    assert [sum(span) for span in job.spans[:-1]] == [span.offset for span in job.spans[1:]]
    assert sum(job.spans[-1]) - 20_000 == Lean().at_once


def test_of_a_document_nothing_is_asked_for_far_behind_its_end() -> None:
    job = next_job([], Lean(), parts=[part(length=10_000)])
    assert isinstance(job, Ask)
    assert [span.offset for span in job.spans] == [0, 8192]


def test_the_rest_of_a_letter_whose_document_came_alone_waits_on_a_lean_line() -> None:
    opened = letter(held=100, documents=1)
    assert lane_of(opened, LEAN) is None
    assert lane_of(opened._replace(wanted_at=1), LEAN) is Lane.ASKED
    assert lane_of(opened, WIDE) is not None
