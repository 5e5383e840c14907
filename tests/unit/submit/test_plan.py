"""The outbox's decisions: outcomes, transitions, order, back-off."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import MailError
from store.model.ids import SubmissionId
from store.model.submission import NO_ANSWER, Recipient, RecipientState, SubmissionState, Waiting
from sync.submit import plan, when
from sync.submit.plan import TRANSITIONS, Event, Transmission, judge
from sync.submit.reply import Reply

S, R = SubmissionState, RecipientState
DOC = Path(__file__).parents[3] / "docs" / "outbox.md"
NOW = 1_700_000_000
A, B = "alice@aubepine.test", "bob@bruyere.test"
OK, GO, LATER, NO = Reply(250), Reply(354), Reply(451, "4.3.0 later"), Reply(550, "5.1.1 no")


def said(
    mail: Reply | None = OK,
    a: Reply | None = OK,
    b: Reply | None = OK,
    data: Reply | None = GO,
    final: Reply | None = None,
    *,
    dotted: bool = False,
    broken: str = "",
) -> Transmission:
    asked = {A: a, B: b}
    return Transmission(
        mail=mail,
        recipients={email: reply for email, reply in asked.items() if reply is not None},
        data=data,
        dotted=dotted or final is not None,
        final=final,
        broken=broken,
    )


def after(transmission: Transmission, *states: R, attempt: int = 1) -> plan.Outcome:
    before = states or (R.TODO, R.TODO)
    people = [Recipient(email=e, state=s) for e, s in zip((A, B), before, strict=True)]
    return judge(transmission, people, attempt=attempt, at=NOW)


def states(outcome: plan.Outcome) -> list[R]:
    return [r.state for r in outcome.recipients]


def test_a_250_to_the_dot_accepts_for_all_that_were_accepted() -> None:
    outcome = after(said(final=Reply(250, "2.0.0 queued as 42")))
    assert states(outcome) == [R.ACCEPTED, R.ACCEPTED]
    assert (outcome.event, outcome.code) == (Event.ACCEPT, "")
    assert outcome.reply == "250 2.0.0 queued as 42"


def test_one_refused_recipient_does_not_stop_the_other() -> None:
    outcome = after(said(b=NO, final=OK))
    assert states(outcome) == [R.ACCEPTED, R.REFUSED]
    assert outcome.event is Event.ACCEPT
    assert outcome.reply == "550 5.1.1 no"


def test_a_deferred_recipient_remains_when_the_other_is_served() -> None:
    outcome = after(said(b=LATER, final=OK))
    assert states(outcome) == [R.ACCEPTED, R.DEFERRED]
    assert outcome.event is Event.DEFER


def test_only_who_has_no_last_word_remains() -> None:
    left = {state for state in R if plan.remains(Recipient(email=A, state=state))}
    assert left == {R.TODO, R.DEFERRED}


def test_whoever_was_served_is_never_touched_again() -> None:
    outcome = after(said(a=None, b=NO, data=None), R.ACCEPTED, R.DEFERRED)
    assert states(outcome) == [R.ACCEPTED, R.REFUSED]
    assert outcome.event is Event.ACCEPT


def test_a_refused_sender_is_refused_for_everybody_in_its_own_words() -> None:
    outcome = after(said(mail=Reply(553, "5.7.1 not yours"), a=Reply(503), b=Reply(503), data=NO))
    assert states(outcome) == [R.REFUSED, R.REFUSED]
    assert outcome.reply == "553 5.7.1 not yours"


def test_the_words_kept_are_those_to_the_recipient_not_to_data() -> None:
    outcome = after(said(a=NO, b=NO, data=Reply(554, "5.5.1 no valid recipients")))
    assert (outcome.event, outcome.reply) == (Event.REFUSE, "550 5.1.1 no")


@pytest.mark.parametrize(("final", "event"), [(LATER, Event.DEFER), (NO, Event.REFUSE)])
def test_a_refusal_after_the_dot_is_no_doubt(final: Reply, event: Event) -> None:
    assert after(said(final=final)).event is event


@pytest.mark.parametrize("final", [None, Reply(354)])
def test_a_dot_without_an_answer_is_a_doubt(final: Reply | None) -> None:
    outcome = after(said(b=LATER, dotted=True, final=final, broken=plan.CUT))
    assert states(outcome) == [R.UNCERTAIN, R.DEFERRED]
    assert (outcome.event, outcome.code) == (None, NO_ANSWER)


@pytest.mark.parametrize("code", [plan.CUT, plan.STALLED, plan.GARBLED])
def test_a_cut_before_the_dot_leaves_everybody_as_they_were(code: str) -> None:
    outcome = after(said(b=None, data=None, broken=code))
    assert states(outcome) == [R.TODO, R.TODO]
    assert (outcome.event, outcome.code) == (Event.DEFER, code)


def test_a_refusal_heard_before_the_cut_is_a_fact() -> None:
    assert states(after(said(b=NO, data=None, broken=plan.CUT))) == [R.TODO, R.REFUSED]


def test_a_chunk_refused_is_a_letter_refused() -> None:
    refused = Transmission(mail=OK, recipients={A: OK, B: OK}, data=Reply(552), chunk=True)
    assert states(after(refused)) == [R.REFUSED, R.REFUSED]
    assert not refused.ready_for_dot()


def test_the_dot_needs_a_sender_a_recipient_and_a_letter() -> None:
    assert said().ready_for_dot()
    assert said(a=NO).accepted_at_rcpt() == (B,)
    for not_ready in (
        said(mail=LATER),
        said(mail=None, a=None, b=None, data=None),
        said(a=NO, b=LATER),
        said(data=OK),
        said(data=NO),
        said(data=None),
        said(broken=plan.CUT),
    ):
        assert not not_ready.ready_for_dot()


def test_after_a_421_or_a_letter_half_said_the_connection_is_left() -> None:
    assert said(final=OK).whole()
    assert said(a=NO, b=NO, data=NO).may_go_on()
    assert said(final=LATER).may_go_on()
    assert not said(final=Reply(421)).may_go_on()
    assert not said(mail=Reply(421), a=None, b=None, data=None).may_go_on()
    assert not said(a=NO, b=NO).may_go_on()
    assert not said(final=OK, broken=plan.CUT).may_go_on()


def test_what_we_will_not_even_try_is_refused_but_nobody_served_is_forgotten() -> None:
    people = [Recipient(email=A, state=R.ACCEPTED), Recipient(email=B)]
    assert plan.hopeless(people, "submission.too_large").event is Event.ACCEPT
    assert plan.hopeless(people[1:], "submission.too_large").event is Event.REFUSE


maybe = st.none() | st.builds(Reply, st.sampled_from([220, 250, 354, 421, 451, 550, 552]))
transmissions = st.builds(
    said,
    *([maybe] * 5),
    dotted=st.booleans(),
    broken=st.sampled_from(["", plan.CUT, plan.STALLED]),
)


@given(transmissions, st.tuples(*[st.sampled_from([R.TODO, R.DEFERRED, R.ACCEPTED])] * 2))
def test_nobody_is_accepted_without_a_2xx_to_the_dot_nor_repeated_in_doubt(
    transmission: Transmission, before: tuple[R, R]
) -> None:
    outcome = after(transmission, *before)
    for was, now in zip(before, outcome.recipients, strict=True):
        if now.state is R.ACCEPTED and was is not R.ACCEPTED:
            assert transmission.final is not None
            assert transmission.final.code // 100 == 2
            assert now.email in transmission.accepted_at_rcpt()
        if was is R.ACCEPTED:
            assert now.state is R.ACCEPTED
        if transmission.dotted and plan.remains(now):
            refused_here = transmission.final is not None or now.code is not None
            assert refused_here or now.email not in transmission.accepted_at_rcpt()


@given(transmissions, st.booleans())
def test_every_outcome_is_a_transition_that_exists(
    transmission: Transmission, dot_committed: bool
) -> None:
    outcome = after(transmission)
    before = S.UNCERTAIN if dot_committed else S.SENDING
    if outcome.event is not None:
        assert plan.follow(before, outcome.event) in (S.ACCEPTED, S.REFUSED, S.DEFERRED)


def test_what_cannot_happen_is_our_own_bug() -> None:
    with pytest.raises(MailError, match=r"submission\.impossible"):
        plan.follow(S.ACCEPTED, Event.BEGIN)


def test_only_a_person_or_the_hunt_takes_a_doubt_back_to_the_queue() -> None:
    back = {e for e, to in TRANSITIONS[S.UNCERTAIN].items() if to in (S.QUEUED, S.SENDING)}
    assert back == {Event.RETRY, Event.REPEAT}


def test_what_is_accepted_never_moves_again_nor_what_is_withdrawn_by_itself() -> None:
    assert not TRANSITIONS[S.ACCEPTED]
    assert TRANSITIONS[S.CANCELED] == {Event.RETRY: S.QUEUED}


def test_a_death_before_the_dot_is_not_accepted_and_after_it_is_a_doubt() -> None:
    assert plan.found_at_start("envelope") is S.QUEUED
    assert plan.found_at_start("dot") is S.UNCERTAIN


def test_back_off_grows_to_an_hour_and_stays() -> None:
    waits = [
        when.next_attempt_at(n, NOW, code="submission.deferred", jitter=0) - NOW
        for n in range(1, 9)
    ]
    assert waits == [60, 120, 300, 900, 1800, 3600, 3600, 3600]


def test_a_cut_never_waits_longer_than_five_minutes() -> None:
    waits = [when.next_attempt_at(n, NOW, code=plan.CUT, jitter=0) - NOW for n in (1, 2, 3, 9)]
    assert waits == [60, 120, 300, 300]


@given(st.integers(1, 50), st.floats(0, 1))
def test_jitter_only_ever_adds_and_at_most_a_quarter(attempts: int, jitter: float) -> None:
    bare = when.next_attempt_at(attempts, NOW, code="", jitter=0) - NOW
    drawn = when.next_attempt_at(attempts, NOW, code="", jitter=jitter) - NOW
    assert bare <= drawn <= bare * 1.25


def test_a_letter_we_die_of_again_and_again_rests() -> None:
    assert when.rested_at(1, NOW, jitter=0) == NOW
    assert when.rested_at(3, NOW, jitter=0) == NOW + 300


def waiting(id_: int, **facts: int | str) -> Waiting:
    usual = {"attempts": 0, "source": "person", "send_at": 0}
    usual |= {"next_attempt_at": 0}
    return Waiting(id=SubmissionId(id_), **(usual | facts))  # type: ignore[arg-type]


def test_fresh_letters_of_people_leave_first_and_troubled_ones_last() -> None:
    rows = [
        waiting(1, attempts=4),
        waiting(2, source="drop"),
        waiting(3, send_at=5),
        waiting(4, send_at=4),
        waiting(5, source="drop", attempts=1),
        waiting(6, next_attempt_at=NOW + 1),
        waiting(7, send_at=NOW + 1),
    ]
    assert [w.id for w in when.in_order(rows, NOW)] == [4, 3, 2, 1, 5]


def test_urgent_documents_and_peoples_letters_leave_by_turns() -> None:
    rows = [
        waiting(1, source="drop"),
        *(waiting(n, source="drop", urgent=True) for n in range(2, 6)),
        waiting(6),
        waiting(7, send_at=1),
        waiting(8, attempts=1, source="drop", urgent=True),
        waiting(9, attempts=1),
    ]
    assert [w.id for w in when.in_order(rows, NOW)] == [2, 6, 3, 7, 4, 5, 1, 8, 9]


LETTERS = st.lists(
    st.builds(
        lambda *facts: facts,
        st.integers(0, 2),
        st.sampled_from(["person", "drop"]),
        st.integers(0, 1),
        st.integers(NOW - 5, NOW + 1),
    ),
    max_size=30,
)


@given(LETTERS)
def test_nobodys_letter_waits_for_more_urgent_documents_than_letters_are_before_it(
    facts: list[tuple[int, str, int, int]],
) -> None:
    rows = [
        waiting(n, attempts=tries, source=source, urgent=urgent, send_at=at)
        for n, (tries, source, urgent, at) in enumerate(facts)
    ]
    order = when.in_order(rows, NOW)
    assert sorted(order) == [w for w in rows if w.send_at <= NOW]
    fresh = [w for w in order if not w.attempts]
    assert order[: len(fresh)] == fresh
    for group in (fresh, order[len(fresh) :]):
        kinds = [2 if w.source == "person" else w.urgent for w in group]
        assert 0 not in kinds[: len(kinds) - kinds.count(0)]
        for kind in (0, 1, 2):
            ages = [(w.send_at, w.id) for w, k in zip(group, kinds, strict=True) if k == kind]
            assert ages == sorted(ages)
        for kind, other in ((2, 1), (1, 2)):
            places = [place for place, k in enumerate(kinds) if k == kind]
            for n, place in enumerate(places, 1):
                assert kinds[:place].count(other) <= n


def drawn() -> str:
    """TRANSITIONS as docs/outbox.md shows them."""
    lines = ["| from | what happens | to |", "|---|---|---|"]
    for state, moves in TRANSITIONS.items():
        lines += [f"| {state} | {event} | {to} |" for event, to in moves.items()]
        lines += [] if moves else [f"| {state} | nothing more | - |"]
    return "\n".join(lines)


def test_the_document_draws_the_table_as_it_is() -> None:
    before, rest = DOC.read_text(encoding="utf-8").split("<!-- transitions -->\n", 1)
    shown, after_it = rest.split("<!-- end -->", 1)
    if os.environ.get("UPDATE_GOLDEN"):
        whole = f"{before}<!-- transitions -->\n{drawn()}\n<!-- end -->{after_it}"
        DOC.write_text(whole, encoding="utf-8")
    else:
        assert shown == f"{drawn()}\n", "run the tests once with UPDATE_GOLDEN=1"


YEAR = 31_536_000


@pytest.mark.parametrize(
    ("facts", "due_at"),
    [
        ({"send_at": NOW + YEAR}, NOW + YEAR),
        ({"next_attempt_at": NOW + YEAR}, 0),
        ({"next_attempt_at": NOW + 4500}, NOW + 4500),
    ],
)
def test_a_clock_that_was_wrong_keeps_no_letter_for_years(
    facts: dict[str, int], due_at: int
) -> None:
    assert when.due_at(waiting(1, **facts), NOW) == due_at


def test_no_back_off_is_taken_for_a_wrong_clock() -> None:
    longest = when.next_attempt_at(10**6, NOW, code="", jitter=1) - NOW
    assert longest == when.LONGEST_WAIT
