"""Between the final dot and the server's answer nothing is wrong yet, and nothing says it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from store import reasons
from store.db.attempts import (
    Attempt,
    about_to_dot,
    begin_attempt,
    end_attempt,
    end_interrupted,
    interrupted,
)
from store.db.copied import asked_about, decide_all, hold_what_waits
from store.db.glance import NOT_ENDED, under_way
from store.db.status import status
from store.db.submission_rows import ANSWER_AWAITED, ANSWER_SECONDS
from store.db.submissions import cancel, retry
from store.errors import Usage
from store.host.clock import now
from store.host.invocation import Invocation
from store.host.lock import NodeLock
from store.host.paths import Home
from store.model.ids import SubmissionId
from store.model.submission import NO_ANSWER, RecipientState, SubmissionState
from store.outbox_words import after, notes, of_recipient
from store.plain import said
from store.route_words import withdrawn
from sync.commands import send
from sync.commands.as_node import as_node
from tests.unit.submit.conftest import NOW, Sending


@pytest.fixture
def node(sending: Sending) -> Iterator[None]:
    """A process that sends."""
    with NodeLock(Home(sending.db.path.parent)):
        yield


def dotted(sending: Sending, *, seconds_ago: int = 0) -> SubmissionId:
    """A letter whose dot left then, by an attempt that has not ended."""
    letter, at = sending.queue(), now() - seconds_ago
    attempt = begin_attempt(sending.db, letter, now=at)
    assert attempt is not None
    about_to_dot(sending.db, attempt, [r.email for r in sending.row(letter).recipients], now=at)
    return letter


def when(at: int) -> str:
    return str(at)


@pytest.mark.usefixtures("node")
def test_a_letter_whose_answer_is_on_its_way_is_leaving(sending: Sending) -> None:
    row = sending.row(dotted(sending))
    assert (row.state, row.shown_state) == (SubmissionState.UNCERTAIN, SubmissionState.SENDING)
    assert reasons.of_state(row) == said("outbox.sending")
    assert reasons.of_state_explained(row) == said("outbox.answer_awaited")
    assert list(notes(row, after(sending.db, row.id), when, now=now())) == []
    words = of_recipient(row.recipients[0], when, awaited=row.answer_awaited)
    assert words == said("recipient.awaited")
    assert {"sending": 1}.items() <= under_way(sending.db).items()
    assert {"sending": 1}.items() <= status(sending.db).outbox.items()
    assert "uncertain" not in under_way(sending.db) | status(sending.db).outbox
    with pytest.raises(Usage, match=r"outbox\.under_way"):
        retry(sending.db, row.id, now=now())


@pytest.mark.usefixtures("node")
def test_it_is_in_doubt_when_the_answer_has_not_come(sending: Sending) -> None:
    row = sending.row(dotted(sending, seconds_ago=ANSWER_SECONDS))
    assert row.shown_state is SubmissionState.UNCERTAIN
    assert reasons.of_state_explained(row) == said("outbox.uncertain.explained")
    assert of_recipient(row.recipients[0], when) == said("recipient.uncertain")
    assert {"uncertain": 1}.items() <= under_way(sending.db).items()


@pytest.mark.usefixtures("node")
def test_pli_send_does_not_call_it_a_doubt_while_the_node_waits(
    sending: Sending, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(send, "node_runs", lambda _: True)
    invocation = cast(Invocation, SimpleNamespace(chosen_home=lambda: None))

    def told(letter: SubmissionId) -> tuple[int, Any]:
        code = send.leave_and_tell(sending.db, invocation, [letter], as_json=False)
        return code, capsys.readouterr().err.strip()

    assert told(dotted(sending)) == (0, said("outbox.answer_awaited"))
    late = dotted(sending, seconds_ago=ANSWER_SECONDS)
    assert told(late) == (1, said("outbox.uncertain.explained"))


def test_counting_reads_no_letter_but_those_in_doubt(sending: Sending) -> None:
    """A laboratory's morning has a thousand that wait, and the screen counts after every commit."""
    counted = f"SELECT state, count(*) FROM email_submission WHERE {NOT_ENDED} GROUP BY state"
    awaited = f"SELECT count(*) FROM email_submission WHERE {ANSWER_AWAITED}"
    for statement, covers in ((counted, True), (awaited, False)):
        plan = [row[3] for row in sending.db.execute(f"EXPLAIN QUERY PLAN {statement}")]
        assert "email_submission_state" in plan[0]
        assert ("COVERING INDEX" in plan[0]) == covers


@pytest.mark.parametrize("became", ["deferred", "accepted", "refused"])
def test_what_was_held_while_its_answer_was_on_its_way_does_not_leave_again_by_itself(
    sending: Sending, became: str
) -> None:
    letter = sending.queue()
    attempt = begin_attempt(sending.db, letter, now=NOW)
    assert attempt is not None
    (to,) = sending.row(letter).recipients
    about_to_dot(sending.db, attempt, [to.email], now=NOW)
    hold_what_waits(sending.db, now=NOW)
    end_attempt(
        sending.db,
        attempt,
        state=SubmissionState(became),
        recipients=[replace(to, state=RecipientState(became), code=451, at=NOW)],
        code="smtp.later",
        reply="later",
        next_attempt_at=NOW,
        now=NOW,
    )
    row = sending.row(letter)
    assert row.is_asked == (became == "deferred")
    assert row.state.value == ("uncertain" if row.is_asked else became)
    assert row.recipients[0].state.value == row.state.value


def test_nobody_waits_for_the_answer_once_the_node_was_killed(sending: Sending) -> None:
    """Then it is a doubt at once, and a person need not start a node to say "again"."""
    row = sending.row(dotted(sending))
    assert row.shown_state is SubmissionState.UNCERTAIN
    assert reasons.of_state_explained(row) == said("outbox.uncertain.explained")
    assert under_way(sending.db)["uncertain"] == 1
    retry(sending.db, row.id, now=now())
    assert sending.row(row.id).state is SubmissionState.QUEUED
    assert interrupted(sending.db, sending.account.id) == []


@pytest.mark.parametrize("at_the_dot", [True, False])
def test_whoever_takes_the_lock_says_what_the_killed_one_left_whatever_its_own_account(
    sending: Sending, at_the_dot: bool
) -> None:
    """Another account's `pli sync` holds it, and makes no attempt of this one's."""
    if at_the_dot:
        letter = dotted(sending)
    else:
        letter = sending.queue()
        begin_attempt(sending.db, letter, now=now())
    with as_node(sending.db, Home(sending.db.path.parent)):
        row = sending.row(letter)
        after = SubmissionState.UNCERTAIN if at_the_dot else SubmissionState.QUEUED
        assert row.shown_state is after
        if at_the_dot:
            retry(sending.db, letter, now=now())
        else:
            cancel(sending.db, letter, now=now())


def held_with_the_answer_awaited(sending: Sending) -> tuple[SubmissionId, Attempt]:
    letter = sending.queue()
    attempt = begin_attempt(sending.db, letter, now=now())
    assert attempt is not None
    about_to_dot(sending.db, attempt, [r.email for r in sending.row(letter).recipients], now=now())
    hold_what_waits(sending.db, now=now())
    return letter, attempt


@pytest.mark.usefixtures("node")
def test_what_was_held_while_its_answer_is_on_its_way_is_decided_once_it_has_come(
    sending: Sending,
) -> None:
    """A person who said "leave it", or "send it", would have been wrong a second later."""
    letter, _ = held_with_the_answer_awaited(sending)
    for decide in (cancel, retry):
        with pytest.raises(Usage, match=r"outbox\.under_way"):
            decide(sending.db, letter, now=now())
    waits = sending.queue()
    hold_what_waits(sending.db, now=now())
    assert asked_about(sending.db) == [waits]
    assert decide_all(sending.db, leaves=False, now=now()) == 1
    row = sending.row(letter)
    assert (row.shown_state, row.is_asked) == (SubmissionState.SENDING, False)


def test_what_was_held_is_asked_about_once_the_node_was_killed(sending: Sending) -> None:
    letter, _ = held_with_the_answer_awaited(sending)
    assert asked_about(sending.db) == [letter]
    assert decide_all(sending.db, leaves=False, now=now()) == 1
    row = sending.row(letter)
    assert row.state is SubmissionState.CANCELED
    assert withdrawn(row, [row]) == said("outbox.held_left_one")  # it may have left


def test_a_person_who_says_it_first_is_not_contradicted_by_what_was_read_before(
    sending: Sending,
) -> None:
    letter = dotted(sending, seconds_ago=3600)
    (dead,) = interrupted(sending.db, None)
    retry(sending.db, letter, now=sending.now)
    end_interrupted(
        sending.db,
        dead,
        state=SubmissionState.UNCERTAIN,
        code=NO_ANSWER,
        next_attempt_at=0,
        now=sending.now,
    )
    assert sending.row(letter).state is SubmissionState.QUEUED
