"""The outbox in the store: queued once, withdrawn in time, settled by evidence."""

from __future__ import annotations

import pytest

from store.db import attempts, blobs
from store.db.accounts import add_account
from store.db.attempts import Attempt, waiting_since
from store.db.deriving import save_derived
from store.db.emails import add_email
from store.db.evidence import ARRIVED, copies_to_file, copy_filed, settle_by_evidence
from store.db.open import Connection, write
from store.db.reports import aftermath, let_go
from store.db.submissions import (
    SHOWN,
    cancel,
    give_up,
    outbox,
    queue_within,
    retry,
    submission,
)
from store.errors import MailError, Permanent, Usage
from store.host.lock import NodeLock
from store.host.paths import Home
from store.model.account import Endpoint
from store.model.email import DerivedEmail
from store.model.ids import AccountId, SubmissionId
from store.model.submission import RecipientState, SentCopy, SubmissionState
from store.outbox_words import of_recipient
from store.plain import said

S, R = SubmissionState, RecipientState
NOW = 1_700_000_000
A, B = "alice@aubepine.test", "bob@bruyere.test"
OCTETS = b"Message-ID: <m@tilleuls.test>\r\n\r\nBilan\r\n"


@pytest.fixture
def account_id(db: Connection) -> AccountId:
    here = Endpoint(host="mx.test", port=465)
    return add_account(
        db, name="labo", address="labo@tilleuls.test", imap=here, smtp=here, user="labo"
    )


def queue(
    db: Connection, account_id: AccountId, *recipients: str, message_id: str = "m@tilleuls.test"
) -> SubmissionId:
    with write(db):
        return queue_within(
            db,
            account_id=account_id,
            octets=OCTETS,
            message_id=message_id,
            mail_from="labo@tilleuls.test",
            recipients=recipients or (A,),
            subject="Bilan",
            source="person",
            send_at=NOW,
            now=NOW,
        )


@pytest.fixture
def queued(db: Connection, account_id: AccountId) -> SubmissionId:
    return queue(db, account_id, A, B)


def begun(db: Connection, id_: SubmissionId) -> Attempt:
    attempt = begin(db, id_)
    assert attempt is not None
    return attempt


def begin(db: Connection, id_: SubmissionId) -> Attempt | None:
    with write(db):
        return attempts.begin_attempt(db, id_, now=NOW)


def ended(db: Connection, attempt: Attempt, state: S, *recipients: R, code: str = "") -> None:
    row = submission(db, attempt.submission_id)
    with write(db):
        attempts.end_attempt(
            db,
            attempt,
            state=state,
            recipients=[
                type(r)(email=r.email, state=s, code=250, reply="é" * 600, at=NOW)
                for r, s in zip(row.recipients, recipients, strict=True)
            ],
            code=code,
            reply="é" * 600,
            next_attempt_at=NOW + 60,
            now=NOW,
        )


def doubtful(db: Connection, id_: SubmissionId) -> None:
    """The dot left for everybody and no answer came."""
    attempt = begun(db, id_)
    attempts.about_to_dot(db, attempt, [A, B], now=NOW)
    ended(db, attempt, S.UNCERTAIN, R.UNCERTAIN, R.UNCERTAIN, code="submission.no_answer")


def seen_on_server(
    db: Connection,
    account_id: AccountId,
    *,
    uid: int | None = 7,
    message_id: str = "m@tilleuls.test",
) -> None:
    with write(db):
        mailbox = db.execute(
            "INSERT INTO mailbox (account_id, name, wire_name) VALUES (?, 'INBOX', x'49')"
            " RETURNING id",
            (account_id,),
        ).fetchone()[0]
        email_id = add_email(db, account_id, b"Received: x\r\n" + OCTETS, NOW)
        save_derived(db, email_id, DerivedEmail(message_id=message_id), 1)
        db.execute(
            "INSERT INTO placement (email_id, mailbox_id, received_at, uid) VALUES (?, ?, ?, ?)",
            (email_id, mailbox, NOW, uid),
        )


def test_what_is_queued_is_the_octets_and_the_envelope(
    db: Connection, queued: SubmissionId
) -> None:
    row = submission(db, queued)
    assert blobs.get(db, row.blob_id) == OCTETS
    assert [r.email for r in row.recipients] == [A, B]
    assert (row.state, row.size, row.sent_copy) == (S.QUEUED, len(OCTETS), SentCopy.TODO)
    assert row.envid.isalnum()
    assert outbox(db) == [row]


def test_the_same_recipient_twice_is_one(db: Connection, account_id: AccountId) -> None:
    row = submission(db, queue(db, account_id, A, B, A.upper()))
    assert [r.email for r in row.recipients] == [A, B]


def test_a_letter_to_nobody_is_not_queued(db: Connection, account_id: AccountId) -> None:
    with pytest.raises(Permanent, match=r"submission\.no_recipient"), write(db):
        queue_within(
            db,
            account_id=account_id,
            octets=OCTETS,
            message_id="m",
            mail_from="",
            recipients=[],
            subject="",
            source="person",
            send_at=NOW,
            now=NOW,
        )
    assert not db.execute("SELECT count(*) FROM blob").fetchone()[0]


def test_a_letter_waiting_can_be_withdrawn(db: Connection, queued: SubmissionId) -> None:
    cancel(db, queued, now=NOW)
    assert submission(db, queued).state is S.CANCELED
    assert begin(db, queued) is None


def test_a_letter_deferred_before_anybody_had_it_can_be_withdrawn(
    db: Connection, queued: SubmissionId
) -> None:
    ended(db, begun(db, queued), S.DEFERRED, R.DEFERRED, R.DEFERRED)
    cancel(db, queued, now=NOW)
    assert submission(db, queued).state is S.CANCELED


def test_what_somebody_has_or_may_have_cannot_be_withdrawn(
    db: Connection, queued: SubmissionId
) -> None:
    def refused() -> None:
        with pytest.raises(Usage, match=r"outbox\.too_late"):
            cancel(db, queued, now=NOW)

    attempt = begun(db, queued)
    refused()
    ended(db, attempt, S.DEFERRED, R.ACCEPTED, R.DEFERRED)
    refused()
    attempts.about_to_dot(db, begun(db, queued), [B], now=NOW)
    refused()


def test_who_remains_of_a_letter_that_others_have_can_be_given_up(
    db: Connection, queued: SubmissionId
) -> None:
    """A mailbox that is full for weeks; nobody is asked for them again, and it is said of whom."""
    assert not give_up(db, queued, now=NOW), "nobody has it: it is withdrawn"
    ended(db, begun(db, queued), S.DEFERRED, R.ACCEPTED, R.DEFERRED)
    assert give_up(db, queued, now=NOW)
    row = submission(db, queued)
    assert (row.state, row.left_out) == (S.ACCEPTED, 1)
    assert [r.state for r in row.recipients] == [R.ACCEPTED, R.REFUSED]
    assert of_recipient(row.recipients[1], str) == said("recipient.given_up")
    assert begin(db, queued) is None
    assert "left_out" not in aftermath(db), "the person knows"
    assert not give_up(db, queued, now=NOW)


def test_nobody_is_given_up_while_somebody_may_have_it(
    db: Connection, queued: SubmissionId
) -> None:
    ended(db, begun(db, queued), S.DEFERRED, R.ACCEPTED, R.DEFERRED)
    attempts.about_to_dot(db, begun(db, queued), [B], now=NOW)
    assert not give_up(db, queued, now=NOW)


def test_a_doubtful_letter_said_again_cannot_be_withdrawn_as_if_it_had_never_left(
    db: Connection, queued: SubmissionId
) -> None:
    doubtful(db, queued)
    retry(db, queued, now=NOW)
    with pytest.raises(Usage, match=r"outbox\.too_late"):
        cancel(db, queued, now=NOW)


def test_saying_again_keeps_octets_and_whoever_was_served(
    db: Connection, queued: SubmissionId
) -> None:
    before = submission(db, queued)
    ended(db, begun(db, queued), S.DEFERRED, R.ACCEPTED, R.REFUSED)
    retry(db, queued, now=NOW)
    after = submission(db, queued)
    assert (after.state, after.next_attempt_at, after.last_error) == (S.QUEUED, 0, "")
    assert [r.state for r in after.recipients] == [R.ACCEPTED, R.TODO]
    assert (after.blob_id, after.message_id) == (before.blob_id, before.message_id)


def test_a_letter_whose_answer_is_awaited_is_not_said_again(
    db: Connection, queued: SubmissionId
) -> None:
    attempts.about_to_dot(db, begun(db, queued), [A, B], now=NOW)
    with NodeLock(Home(db.path.parent)), pytest.raises(Usage, match=r"outbox\.under_way"):
        retry(db, queued, now=NOW)


def test_a_letter_that_is_accepted_or_waiting_is_not_said_again(
    db: Connection, queued: SubmissionId
) -> None:
    for state in (R.TODO, R.ACCEPTED):
        with pytest.raises(Usage, match=r"outbox\.nothing_to_retry"):
            retry(db, queued, now=NOW)
        if state is R.TODO:
            ended(db, begun(db, queued), S.ACCEPTED, R.ACCEPTED, R.ACCEPTED)


def test_a_withdrawal_is_taken_back_and_the_letter_keeps_its_hour(
    db: Connection, account_id: AccountId
) -> None:
    id_ = queue(db, account_id, A)
    before = submission(db, id_)
    cancel(db, id_, now=NOW)
    assert submission(db, id_).returns
    retry(db, id_, now=NOW)
    assert submission(db, id_) == before


def test_a_document_that_was_withdrawn_is_dropped_again_instead(
    db: Connection, account_id: AccountId
) -> None:
    dropped, copied = queue(db, account_id, A), queue(db, account_id, A, message_id="n@t.test")
    with write(db):
        db.execute("UPDATE email_submission SET source = 'drop' WHERE id = ?", (dropped,))
        db.execute("UPDATE email_submission SET copied_at = 1 WHERE id = ?", (copied,))
    for id_ in (dropped, copied):
        cancel(db, id_, now=NOW)
        assert not submission(db, id_).returns
        with pytest.raises(Usage, match=r"outbox\.nothing_to_retry"):
            retry(db, id_, now=NOW)


def test_a_number_that_names_no_letter_says_so(db: Connection) -> None:
    for wish in (cancel, retry):
        with pytest.raises(Usage, match=r"outbox\.unknown"):
            wish(db, SubmissionId(9), now=NOW)


def test_an_attempt_counts_before_anything_is_said(db: Connection, queued: SubmissionId) -> None:
    attempt = begun(db, queued)
    row = submission(db, queued)
    assert (row.attempts, row.state, attempt.number) == (1, S.SENDING, 1)
    assert begin(db, queued) is None


def test_only_those_the_server_took_are_in_doubt(db: Connection, queued: SubmissionId) -> None:
    attempts.about_to_dot(db, begun(db, queued), [B], now=NOW)
    row = submission(db, queued)
    assert row.state is S.UNCERTAIN
    assert [r.state for r in row.recipients] == [R.TODO, R.UNCERTAIN]


def test_no_dot_without_an_attempt(db: Connection, queued: SubmissionId) -> None:
    stray = Attempt(id=1, submission_id=queued, number=1, phase="envelope")
    with pytest.raises(MailError, match=r"submission\.impossible"):
        attempts.about_to_dot(db, stray, [A], now=NOW)
    assert [r.state for r in submission(db, queued).recipients] == [R.TODO, R.TODO]


def test_a_servers_words_are_kept_up_to_a_length(db: Connection, queued: SubmissionId) -> None:
    ended(db, begun(db, queued), S.ACCEPTED, R.ACCEPTED, R.ACCEPTED)
    row = submission(db, queued)
    assert len(row.last_reply) == len(row.recipients[0].reply) == attempts.LONGEST_REPLY


def test_an_attempt_that_never_ended_is_found(
    db: Connection, account_id: AccountId, queued: SubmissionId
) -> None:
    assert attempts.interrupted(db, account_id) == []
    attempt = begun(db, queued)
    assert attempts.interrupted(db, account_id) == [attempt]
    ended(db, attempt, S.DEFERRED, R.DEFERRED, R.DEFERRED)
    assert attempts.interrupted(db, account_id) == []


def test_a_line_that_is_down_is_said_once_and_frees_what_it_had_cut(
    db: Connection, account_id: AccountId, queued: SubmissionId
) -> None:
    later = queue(db, account_id, message_id="later@tilleuls.test")
    ended(db, begun(db, queued), S.DEFERRED, R.TODO, R.TODO, code="submission.cut")
    ended(db, begun(db, later), S.DEFERRED, R.DEFERRED, code="submission.deferred")
    attempts.line_is_down(db, account_id, "net.unreachable", now=NOW)
    assert (submission(db, queued).last_error, submission(db, queued).next_attempt_at) == (
        "net.unreachable",
        0,
    )
    assert submission(db, later).next_attempt_at == NOW + 60
    changes = db.total_changes
    attempts.line_is_down(db, account_id, "net.unreachable", now=NOW + 1)
    assert db.total_changes == changes


@pytest.mark.parametrize(
    "uid_and_id", [(None, "m@tilleuls.test"), (7, "autre@tilleuls.test"), (7, "m@tilleuls.test")]
)
def test_only_the_letter_itself_on_the_server_is_evidence(
    db: Connection,
    account_id: AccountId,
    queued: SubmissionId,
    uid_and_id: tuple[int | None, str],
) -> None:
    doubtful(db, queued)
    seen_on_server(db, account_id, uid=uid_and_id[0], message_id=uid_and_id[1])
    proves = uid_and_id == (7, "m@tilleuls.test")
    assert settle_by_evidence(db, account_id, now=NOW) == proves
    row = submission(db, queued)
    assert row.state is (S.ACCEPTED if proves else S.UNCERTAIN)
    assert (row.last_error == "") == proves


def test_evidence_in_another_account_is_none(
    db: Connection, account_id: AccountId, queued: SubmissionId
) -> None:
    here = Endpoint(host="mx.test", port=465)
    other = add_account(db, name="b", address=B, imap=here, smtp=here, user="bob")
    doubtful(db, queued)
    seen_on_server(db, other)
    assert settle_by_evidence(db, account_id, now=NOW) == 0
    assert settle_by_evidence(db, other, now=NOW) == 0


def test_evidence_settles_those_in_doubt_and_the_others_are_tried_again(
    db: Connection, account_id: AccountId, queued: SubmissionId
) -> None:
    attempt = begun(db, queued)
    attempts.about_to_dot(db, attempt, [A], now=NOW)
    ended(db, attempt, S.UNCERTAIN, R.UNCERTAIN, R.DEFERRED)
    seen_on_server(db, account_id)
    assert settle_by_evidence(db, account_id, now=NOW) == 1
    row = submission(db, queued)
    assert (row.state, [r.state for r in row.recipients]) == (
        S.DEFERRED,
        [R.ACCEPTED, R.DEFERRED],
    )


@pytest.mark.parametrize(("people", "proves"), [((A, B), False), ((A,), True)])
def test_a_copy_from_an_earlier_doubt_proves_nothing_of_those_it_was_not_for(
    db: Connection, account_id: AccountId, people: tuple[str, ...], proves: bool
) -> None:
    letter = queue(db, account_id, *people, message_id="deux@tilleuls.test")
    first = begun(db, letter)
    attempts.about_to_dot(db, first, [A], now=NOW)
    ended(db, first, S.UNCERTAIN, R.UNCERTAIN, *[R.DEFERRED] * (len(people) - 1))
    retry(db, letter, now=NOW)
    second = begun(db, letter)
    attempts.about_to_dot(db, second, people, now=NOW)
    ended(db, second, S.UNCERTAIN, *[R.UNCERTAIN] * len(people))
    seen_on_server(db, account_id, message_id="deux@tilleuls.test")
    assert settle_by_evidence(db, account_id, now=NOW) == proves
    assert submission(db, letter).state is (S.ACCEPTED if proves else S.UNCERTAIN)


def test_looking_for_evidence_writes_nothing_when_there_is_none(
    db: Connection, account_id: AccountId, queued: SubmissionId
) -> None:
    doubtful(db, queued)
    changes = db.total_changes
    assert settle_by_evidence(db, account_id, now=NOW) == 0
    assert db.total_changes == changes


def test_the_copy_is_filed_once(
    db: Connection, account_id: AccountId, queued: SubmissionId
) -> None:
    assert copies_to_file(db, account_id) == []
    ended(db, begun(db, queued), S.DEFERRED, R.ACCEPTED, R.DEFERRED)
    assert copies_to_file(db, account_id) == [queued]
    with write(db):
        assert [copy_filed(db, queued), copy_filed(db, queued)] == [True, False]
    assert copies_to_file(db, account_id) == []


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (
            "SELECT id FROM email_submission WHERE account_id = 1"
            " AND state IN ('queued', 'deferred', 'sending') AND state <> 'sending'",
            "email_submission_due",
        ),
        (
            "SELECT id FROM email_submission WHERE account_id = 1 AND sent_copy = 'todo'",
            "email_submission_copy",
        ),
        (ARRIVED.replace("?", "1"), "email_submission_state"),
    ],
)
def test_a_pass_over_years_of_letters_reads_only_what_waits(
    db: Connection, statement: str, index: str
) -> None:
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert index in plan[0]
    assert not any(line.startswith("SCAN") for line in plan)


def test_what_wants_a_person_is_shown_however_many_came_after_it(
    db: Connection, account_id: AccountId
) -> None:
    kinds = ("uncertain", "deferred", "refused", "troubled", "nobody", "unanswered", "well")
    ids = {each: queue(db, account_id, message_id=f"{each}@x.test") for each in kinds}
    with write(db):
        for state in ("uncertain", "deferred", "refused"):
            db.execute("UPDATE email_submission SET state = ? WHERE id = ?", (state, ids[state]))
        db.execute(
            "UPDATE submission_recipient SET fate = 'failed' WHERE submission_id = ?",
            (ids["troubled"],),
        )
        db.execute(
            "INSERT INTO submission_report (submission_id, email, kind, outcome, is_believed,"
            " is_automatic, status, error, explanation, said_by, at)"
            " VALUES (?, '', 'letter', 'failed', 1, 1, '', '', '', '', 0)",
            (ids["nobody"],),
        )
        db.execute(
            "INSERT INTO answer_wanted (submission_id, until_at, tell, told_at)"
            " VALUES (?, 0, '', ?)",
            (ids["unanswered"], NOW),
        )
    newest = [queue(db, account_id, message_id=f"{n}@x.test") for n in range(3)]
    old = sorted((each for kind, each in ids.items() if kind != "well"), reverse=True)
    assert [row.id for row in outbox(db, limit=3)] == [*old, *reversed(newest)]
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {SHOWN}", {"limit": 3})]
    assert plan.count("SCAN email_submission") == 1, "the newest are where it begins"


def test_who_was_refused_while_others_were_served_is_counted_until_somebody_has_seen_it(
    db: Connection, account_id: AccountId
) -> None:
    letter = queue(db, account_id, A, B)
    with write(db):
        db.execute("UPDATE submission_recipient SET state = 'refused' WHERE email = ?", (B,))
    assert aftermath(db) == {}, "it is still on its way to the other"
    with write(db):
        db.execute("UPDATE submission_recipient SET state = 'accepted' WHERE email = ?", (A,))
        db.execute("UPDATE email_submission SET state = 'accepted'")
    newest = [queue(db, account_id, message_id=f"{n}@x.test") for n in range(2)]
    assert aftermath(db) == {"left_out": 1}
    assert [row.id for row in outbox(db, limit=2)] == [letter, *reversed(newest)]
    assert let_go(db, letter)
    assert aftermath(db) == {}
    assert letter not in [row.id for row in outbox(db, limit=2)]


def test_a_letter_that_has_waited_for_long_is_counted(
    db: Connection, account_id: AccountId
) -> None:
    queue(db, account_id)
    assert waiting_since(db, NOW) == 0
    assert waiting_since(db, NOW + 1) == 1
    with write(db):
        db.execute("UPDATE email_submission SET state = 'accepted'")
    assert waiting_since(db, NOW + 1) == 0
