"""What a store that proves to be a copy holds back, thing by thing."""

from __future__ import annotations

from typing import Any

import pytest

from store.db.accounts import account, add_account
from store.db.answers import want_answer_within
from store.db.attempts import about_to_dot, begin_attempt
from store.db.copied import (
    asked_about,
    decide_all,
    hold_what_waits,
    known_place,
    settle_here,
)
from store.db.dispatches import add_dispatch_within
from store.db.drafts import drafts_to_send, drafts_waiting, save_draft, send_draft
from store.db.evidence import doubts
from store.db.handovers import add_handover_within, handover, handovers_open, retry_handover
from store.db.open import Connection, write
from store.db.submissions import cancel, queue_within, retry, submission
from store.errors import Usage
from store.model.account import Endpoint, SentBy
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.handover import HandoverKind, HandoverState
from store.model.ids import AccountId, SubmissionId
from store.model.place import Held
from store.model.submission import RecipientState as R
from store.model.submission import SubmissionState as S
from sync.submit.deadlines import tell_late
from sync.submit.hunt import may_repeat
from tests.steps import looked_through

NOW = 1_700_000_000
THERE = Endpoint(host="mail.test", port=993)


@pytest.fixture
def account_id(db: Connection) -> AccountId:
    names = {"name": "labo", "address": "labo@tilleuls.test", "user": "labo"}
    return add_account(db, imap=THERE, smtp=THERE, **names)


def queued(db: Connection, account_id: AccountId, *people: str) -> SubmissionId:
    with write(db):
        return queued_within(db, account_id, *people)


def queued_within(db: Connection, account_id: AccountId, *people: str) -> SubmissionId:
    n = db.execute("SELECT count(*) FROM email_submission").fetchone()[0]
    return queue_within(
        db,
        account_id=account_id,
        octets=b"Subject: x\r\n\r\n",
        message_id=f"l{n}@tilleuls.test",
        mail_from="labo@tilleuls.test",
        recipients=people or ("bob@sante.test",),
        subject="x",
        source="person",
        send_at=NOW,
        now=NOW,
    )


def set_state(db: Connection, id_: SubmissionId, state: S) -> None:
    db.execute("UPDATE email_submission SET state = ? WHERE id = ?", (state.value, id_))


@pytest.mark.parametrize("state", S)
def test_what_would_leave_by_itself_is_a_question_and_what_has_ended_stays(
    db: Connection, account_id: AccountId, state: S
) -> None:
    id_ = queued(db, account_id)
    set_state(db, id_, state)
    ends = state in (S.ACCEPTED, S.REFUSED, S.CANCELED)
    assert hold_what_waits(db, now=NOW + 9) == Held(letters=not ends)
    row = submission(db, id_)
    assert row.state is (state if ends else S.UNCERTAIN)
    assert row.is_asked is not ends
    assert row.copied_at == (0 if ends else NOW)
    assert asked_about(db) == ([] if ends else [id_])


def test_who_was_served_is_not_asked_about(db: Connection, account_id: AccountId) -> None:
    id_ = queued(db, account_id, "a@sante.test", "b@sante.test", "c@sante.test")
    set_state(db, id_, S.DEFERRED)
    for email, state in (("a", R.ACCEPTED), ("b", R.DEFERRED), ("c", R.REFUSED)):
        db.execute(
            "UPDATE submission_recipient SET state = ? WHERE email = ?",
            (state.value, f"{email}@sante.test"),
        )
    hold_what_waits(db, now=NOW)
    assert [r.state for r in submission(db, id_).recipients] == [
        *(R.ACCEPTED, R.UNCERTAIN, R.REFUSED),
    ]


@pytest.mark.parametrize("sent_by", SentBy)
def test_no_silence_lets_a_document_of_a_copy_leave_again(
    db: Connection, account_id: AccountId, sent_by: SentBy
) -> None:
    id_ = queued(db, account_id, "a@sante.test", "b@sante.test")
    db.execute("UPDATE email_submission SET source = 'drop', sent_by = ?", (sent_by.value,))
    hold_what_waits(db, now=NOW)
    [doubt] = doubts(db, account_id)
    assert doubt.id == id_
    assert not may_repeat(doubt)


def test_an_attempt_that_was_open_is_over(db: Connection, account_id: AccountId) -> None:
    id_ = queued(db, account_id)
    with write(db):
        assert begin_attempt(db, id_, now=NOW)
    hold_what_waits(db, now=NOW)
    assert submission(db, id_).is_asked
    retry(db, id_, now=NOW)  # nobody awaits its answer
    assert submission(db, id_).state is S.QUEUED
    assert not submission(db, id_).copied_at


def test_to_let_go_of_it_works_for_what_a_copy_asks_about_alone(
    db: Connection, account_id: AccountId
) -> None:
    doubtful = queued(db, account_id)
    set_state(db, doubtful, S.UNCERTAIN)
    with pytest.raises(Usage, match="too_late"):
        cancel(db, doubtful, now=NOW)
    hold_what_waits(db, now=NOW)
    cancel(db, doubtful, now=NOW)
    assert submission(db, doubtful).state is S.CANCELED


@pytest.mark.parametrize(("leaves", "state"), [(True, S.QUEUED), (False, S.CANCELED)])
def test_one_answer_for_all_of_them(
    db: Connection, account_id: AccountId, leaves: bool, state: S
) -> None:
    ids = [queued(db, account_id) for _ in range(3)]
    hold_what_waits(db, now=NOW)
    after = queued(db, account_id)
    assert decide_all(db, leaves=leaves, now=NOW) == 3
    assert {submission(db, id_).state for id_ in ids} == {state}
    assert submission(db, after).state is S.QUEUED
    assert not asked_about(db)


def test_a_draft_told_to_leave_waits_for_its_author(db: Connection, account_id: AccountId) -> None:
    draft = Draft(
        sender=EmailAddress(email="labo@tilleuls.test"), to=(), subject="x", body="Bonjour"
    )
    id_ = save_draft(db, account_id, draft, now=NOW)
    send_draft(db, id_, NOW)
    assert hold_what_waits(db, now=NOW) == Held(drafts=1)
    assert not drafts_to_send(db, account_id, NOW)
    assert drafts_waiting(db) == [(id_, NOW, "draft.copied")]
    send_draft(db, id_, NOW)
    assert drafts_to_send(db, account_id, NOW) == [id_]


@pytest.mark.parametrize("copied", [False, True])
def test_a_notice_that_an_answer_is_late_waits_for_its_author_in_a_copy(
    db: Connection, account_id: AccountId, copied: bool
) -> None:
    """The store it was copied from may have told that person already."""
    with write(db):
        id_ = queued_within(db, account_id)
        want_answer_within(db, id_, NOW + 10, "secretariat@tilleuls.test")
        set_state(db, id_, S.ACCEPTED)
    if copied:
        hold_what_waits(db, now=NOW + 5)
    looked_through(db, account_id, NOW + 20)
    assert tell_late(db, account(db, account_id), now=NOW + 20) == 1
    assert len(drafts_to_send(db, account_id, NOW + 30)) == (0 if copied else 1)
    assert [each[2] for each in drafts_waiting(db)] == ["draft.copied" if copied else ""]


@pytest.mark.parametrize("state", HandoverState)
def test_what_was_to_be_put_into_another_folder_is_a_question_too(
    db: Connection, account_id: AccountId, state: HandoverState
) -> None:
    with write(db):
        dispatch = add_dispatch_within(
            db, account_id, digest=b"d", document="{}", to=["dmp"], now=NOW
        )
        files = [("IHE_XDM_1/INDEX.HTM", b"x")]
        facts: dict[str, Any] = {"folder": "/srv/dmp", "files": files, "now": NOW}
        facts["dispatch_id"] = dispatch
        id_ = add_handover_within(db, account_id, HandoverKind.DMP, **facts)
    db.execute("UPDATE handover SET state = ?", (state.value,))
    waits = state in (HandoverState.WAITING, HandoverState.PLACING)
    assert hold_what_waits(db, now=NOW) == Held(handovers=waits)
    held = handover(db, id_)
    assert (held.state, held.reason) == (
        (HandoverState.HELD, "handover.copied") if waits else (state, "")
    )
    if waits:
        assert handovers_open(db) == []
        retry_handover(db, id_, now=NOW)
        assert [each.id for each in handovers_open(db)] == [id_]


def test_dots_are_counted_once_somebody_has_asked_for_the_place(
    db: Connection, account_id: AccountId
) -> None:
    numbers = []
    for _ in range(3):
        with write(db):
            attempt = begin_attempt(db, queued_within(db, account_id), now=NOW)
            assert attempt is not None
            numbers.append(about_to_dot(db, attempt, ["bob@sante.test"], now=NOW))
        settle_here(db, "here")
    assert numbers == [0, 1, 2]
    assert known_place(db) == ("here", 2)
    hold_what_waits(db, now=NOW, place="there", witnessed=7)
    assert known_place(db) == ("there", 7)
    hold_what_waits(db, now=NOW)
    assert known_place(db) == ("there", 7)
