"""What comes in is read for what it says of what left: matched, believed or not, kept once."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.db.accounts import account
from store.db.answers import want_answer_within
from store.db.drafts import draft, drafts_waiting
from store.db.emails import add_email
from store.db.open import write
from store.db.reports import aftermath, let_go, reports_of
from store.db.submissions import outbox
from store.db.work_wishes import resume
from store.host.clock import local
from store.model.ids import SubmissionId
from store.model.receipt import Fate, ReceiptKind
from store.model.submission import SubmissionState
from store.model.work import READING
from sync.derive import derive_emails
from sync.submit.deadlines import notice_of, tell_late
from sync.submit.looking import ask_for_a_look, look, next_look
from tests.steps import looked_through
from tests.unit.submit.conftest import NOW, Sending

A, B = "alice@aubepine.test", "bob@bruyere.test"


def received(sending: Sending, octets: bytes) -> None:
    """A letter comes in and is derived."""
    with write(sending.db):
        add_email(sending.db, sending.account.id, octets.replace(b"\n", b"\r\n"), NOW)
    derive_emails(sending.db)


def sent(sending: Sending, *people: str) -> SubmissionId:
    """A letter that a server has taken."""
    id_ = sending.queue(*people)
    with write(sending.db):
        sending.db.execute("UPDATE email_submission SET state = 'accepted'")
        sending.db.execute("UPDATE submission_recipient SET state = 'accepted'")
    return id_


def dsn(envid: str, *said: tuple[str, str, str], by: str = "MAILER-DAEMON@mx.test") -> bytes:
    blocks = "".join(
        f"\nOriginal-Recipient: rfc822;{to}\nFinal-Recipient: rfc822; real-{to}\n"
        f"Action: {action}\nStatus: {status}\n"
        for to, action, status in said
    )
    return (
        f"From: {by}\nReturn-Path: <>\nAuto-Submitted: auto-replied\nSubject: report\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nsee below\n"
        "--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.test\nOriginal-Envelope-Id: {envid}\n{blocks}\n--b--\n"
    ).encode()


def mdn(message_id: str, disposition: str, *, by: str, final: str = "", more: str = "") -> bytes:
    return (
        f"From: {by}\nSubject: lu\n"
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nlu\n"
        "--b\nContent-Type: message/disposition-notification\n\n"
        f"Final-Recipient: rfc822;{final or by}\nOriginal-Message-ID: <{message_id}>\n"
        f"Disposition: manual-action/MDN-sent-manually; {disposition}\n{more}\n--b--\n"
    ).encode()


def fates(sending: Sending, id_: SubmissionId) -> list[Fate]:
    return [r.fate for r in sending.row(id_).recipients]


def test_a_report_by_envid_is_told_for_each_recipient(sending: Sending) -> None:
    letter = sent(sending, A, B)
    envid = sending.row(letter).envid
    received(sending, dsn(envid, (A, "delivered", "2.0.0"), (B, "failed", "5.1.1")))
    assert fates(sending, letter) == [Fate.DELIVERED, Fate.FAILED]
    row = sending.row(letter)
    assert (row.state, row.troubled) == (SubmissionState.ACCEPTED, 1)
    assert aftermath(sending.db) == {"troubled": 1}
    assert [r.status for r in reports_of(sending.db, letter)] == ["2.0.0", "5.1.1"]


def test_what_a_person_has_seen_is_not_told_again_until_more_goes_wrong(sending: Sending) -> None:
    letter = sent(sending, A, B)
    envid = sending.row(letter).envid
    assert not let_go(sending.db, letter)
    received(sending, dsn(envid, (A, "failed", "5.1.1")))
    assert let_go(sending.db, letter)
    assert not aftermath(sending.db)
    received(sending, dsn(envid, (B, "failed", "5.1.1")))
    assert aftermath(sending.db) == {"troubled": 1}


@pytest.mark.parametrize(
    ("action", "keywords"), [("delivered", "$seen"), ("relayed", "$seen"), ("failed", "")]
)
def test_good_news_of_a_server_is_no_unread_letter(
    sending: Sending, action: str, keywords: str
) -> None:
    sending.mailbox("inbox")
    letter = sent(sending, A)
    with write(sending.db):
        octets = dsn(sending.row(letter).envid, (A, action, "2.0.0"))
        email_id = add_email(sending.db, sending.account.id, octets, NOW)
        sending.db.execute(
            "INSERT INTO placement (email_id, mailbox_id, received_at, uid)"
            " SELECT ?, id, ?, 7 FROM mailbox",
            (email_id, NOW),
        )
    derive_emails(sending.db)
    assert sending.db.execute("SELECT keywords FROM placement").fetchone()[0] == keywords


def test_a_look_that_is_due_asks_for_a_pass_once(sending: Sending) -> None:
    letter = in_doubt(sending)

    def wanted(at: int) -> int:
        account_now = account(sending.db, sending.account.id)
        ask_for_a_look(sending.db, account_now, now=at)
        return account(sending.db, sending.account.id).sync_wanted_at

    with write(sending.db):
        sending.db.execute("UPDATE email_submission SET next_look_at = ?", (NOW + 60,))
    assert next_look(sending.db, sending.account.id) == NOW + 60
    assert [wanted(NOW + s) for s in (0, 61, 62)] == [0, NOW + 61, NOW + 61]
    assert sending.row(letter).state is SubmissionState.UNCERTAIN


def test_a_letter_nobody_knows_and_one_read_again_change_nothing(sending: Sending) -> None:
    letter = sent(sending, A)
    received(sending, dsn("0" * 32, (A, "failed", "5.1.1")))
    received(sending, mdn("other@tilleuls.test", "displayed", by=A))
    assert fates(sending, letter) == [Fate.NONE]
    received(sending, mdn(sending.row(letter).message_id, "displayed", by=A))
    with write(sending.db):
        sending.db.execute("UPDATE email SET derived_version = 0")
    derive_emails(sending.db)
    assert fates(sending, letter) == [Fate.DISPLAYED]
    assert len(reports_of(sending.db, letter)) == 1


@pytest.mark.parametrize(
    ("disposition", "more", "fate"),
    [
        ("displayed", "", Fate.DISPLAYED),
        ("processed", "", Fate.FILED),
        ("processed/error", "Error: 902^Inconnu^messageErrorCondition| E\n", Fate.UNFILED),
        ("processed/Error: 904^INS^messageErrorCondition| E^Error^x", "", Fate.UNFILED),
        ("deleted", "", Fate.DELETED),
    ],
)
def test_what_the_readers_software_says(
    sending: Sending, disposition: str, more: str, fate: Fate
) -> None:
    letter = sent(sending, A)
    message_id = sending.row(letter).message_id
    received(sending, mdn(message_id, disposition, by="robot@aubepine.test", final=A, more=more))
    assert fates(sending, letter) == [fate]


def test_a_receipt_from_elsewhere_is_kept_and_changes_nothing(sending: Sending) -> None:
    letter = sent(sending, A, B)
    message_id = sending.row(letter).message_id
    received(sending, mdn(message_id, "displayed", by="eve@intrus.test", final=A))
    received(sending, mdn(message_id, "displayed", by=B, final=A))
    assert fates(sending, letter) == [Fate.NONE] * 2
    assert [(r.email, r.is_believed) for r in reports_of(sending.db, letter)] == [(A, False)] * 2


def test_an_ordinary_letter_that_says_it_was_not_filed(sending: Sending) -> None:
    letter = sent(sending, A, B)
    message_id = sending.row(letter).message_id
    head = f"From: {B}\nIn-Reply-To: <{message_id}>\n"
    subject = "Subject: [KO =?utf-8?Q?Int=C3=A9gration_syst=C3=A8me_!?=][903] XDM/1.0/DDM+Bilan\n"
    received(sending, f"{head}{subject}\n903^INS absent^x\n".encode())
    assert fates(sending, letter) == [Fate.NONE, Fate.UNFILED]
    (said,) = reports_of(sending.db, letter)
    assert (said.kind, said.error) == (ReceiptKind.LETTER, "903")


def test_a_bounce_that_names_nobody_is_told_of_the_letter(sending: Sending) -> None:
    alone, several = sent(sending, A), sent(sending, A, B)
    for letter in (alone, several):
        received(
            sending,
            "From: MAILER-DAEMON@mx.test\nReturn-Path: <>\nSubject: Undeliverable mail\n\n"
            f"Sorry.\n\nMessage-ID: <{sending.row(letter).message_id}>\n".encode(),
        )
    assert fates(sending, alone) == [Fate.FAILED]
    assert fates(sending, several) == [Fate.NONE] * 2
    assert aftermath(sending.db) == {"troubled": 2}


def test_an_answer_counts_when_a_recipient_wrote_it_and_no_machine(sending: Sending) -> None:
    letter = sent(sending, A, B)
    named = f"References: <x@y> <{sending.row(letter).message_id}>\n"
    received(sending, f"From: {B}\nAuto-Submitted: auto-replied\n{named}\nabsent\n".encode())
    received(sending, f"From: eve@intrus.test\n{named}\nmoi\n".encode())
    assert fates(sending, letter) == [Fate.NONE] * 2
    received(sending, f"From: Bob <{B.upper()}>\n{named}\nvu\n".encode())
    assert fates(sending, letter) == [Fate.NONE, Fate.ACKNOWLEDGED]


@pytest.mark.parametrize(
    "field",
    [
        "Return-Path: <>",
        "Precedence: bulk",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "X-Auto-Reply: yes",
        "X-Autorespond: absent",
    ],
)
def test_that_somebody_is_away_is_no_answer_of_theirs(sending: Sending, field: str) -> None:
    letter = sent(sending, A)
    named = f"In-Reply-To: <{sending.row(letter).message_id}>"
    received(sending, f"From: {A}\n{field}\n{named}\nSubject: absent\n\nabsent\n".encode())
    assert fates(sending, letter) == [Fate.NONE]
    received(sending, f"From: {A}\nReturn-Path: <{A}>\n{named}\nSubject: vu\n\nvu\n".encode())
    assert fates(sending, letter) == [Fate.ACKNOWLEDGED]


def test_a_refusal_to_file_without_a_code_is_believed_from_there_alone(sending: Sending) -> None:
    letter = sent(sending, A)
    named = f"In-Reply-To: <{sending.row(letter).message_id}>"
    ko = f"Subject: [KO Intégration système !] XDM\nReturn-Path: <>\n{named}\n\nnon\n"
    received(sending, f"From: eve@intrus.test\n{ko}".encode())
    assert fates(sending, letter) == [Fate.NONE]
    received(sending, f"From: service@{A.partition('@')[2]}\n{ko}".encode())
    assert fates(sending, letter) == [Fate.UNFILED]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_a_report_holds_it_stops_no_letter(sending: Sending, data: st.DataObject) -> None:
    letter = sent(sending, A, B) if not outbox(sending.db) else outbox(sending.db)[-1].id
    good = dsn(sending.row(letter).envid, (A, "failed", "5.1.1"))
    if data.draw(st.booleans()):
        good = mdn(sending.row(letter).message_id, "processed/Error: 902^x^y", by=A)
    at = data.draw(st.integers(0, len(good)))
    noise = data.draw(st.binary(max_size=12))
    received(sending, good[:at] + noise + good[at + len(noise) :])
    unread = "SELECT count(*) FROM email WHERE derived_version = 0 OR warnings = 'mime.unreadable'"
    assert sending.db.execute(unread).fetchone()[0] == 0
    assert sending.row(letter).state is SubmissionState.ACCEPTED


def in_doubt(sending: Sending) -> SubmissionId:
    id_ = sending.queue(A)
    with write(sending.db):
        sending.db.execute("UPDATE email_submission SET state = 'uncertain'")
        sending.db.execute("UPDATE submission_recipient SET state = 'uncertain'")
        sending.db.execute(
            "INSERT INTO submission_attempt (submission_id, phase, started_at, ended_at)"
            " VALUES (?, 'dot', ?, ?)",
            (id_, NOW, NOW),
        )
    return id_


@pytest.mark.parametrize("action", ["delivered", "failed", "relayed"])
def test_a_report_ends_a_doubt(sending: Sending, action: str) -> None:
    letter = in_doubt(sending)
    received(sending, dsn(sending.row(letter).envid, (A, action, "2.0.0")))
    assert look(sending.db, sending.account.id, now=NOW, is_whole=True, saw_everything=True) == 1
    assert sending.row(letter).settled_by == "report"


def test_while_reading_is_paused_what_nobody_has_read_is_no_silence(sending: Sending) -> None:
    letter = in_doubt(sending)
    with write(sending.db):
        sending.db.execute(
            "UPDATE email_submission SET source = 'drop', proof_asked = 1, looks = 9,"
            " next_look_at = ?",
            (NOW,),
        )
        octets = dsn(sending.row(letter).envid, (A, "delivered", "2.0.0"))
        add_email(sending.db, sending.account.id, octets, NOW)
        sending.db.execute(
            "INSERT INTO work_pause (name, wished_at, newest_email_id) VALUES (?, ?, 1)",
            (READING, NOW),
        )
    derive_emails(sending.db)
    look(sending.db, sending.account.id, now=NOW, is_whole=True, saw_everything=True)
    assert sending.row(letter).state is SubmissionState.UNCERTAIN, "not sent again"
    resume(sending.db, READING, NOW)
    derive_emails(sending.db)
    assert look(sending.db, sending.account.id, now=NOW, is_whole=True, saw_everything=True) == 1
    assert sending.row(letter).state is SubmissionState.ACCEPTED


def with_one_served_before(sending: Sending) -> SubmissionId:
    """A has it since an earlier attempt; B is in doubt."""
    id_ = sending.queue(A, B)
    with write(sending.db):
        sending.db.execute("UPDATE email_submission SET state = 'uncertain', source = 'drop'")
        sending.db.execute("UPDATE submission_recipient SET state = 'accepted' WHERE position = 0")
        sending.db.execute("UPDATE submission_recipient SET state = 'uncertain' WHERE position = 1")
        sending.db.execute(
            "INSERT INTO submission_attempt (submission_id, phase, started_at, ended_at)"
            " VALUES (?1, 'done', ?2, ?2), (?1, 'dot', ?2, ?2)",
            (id_, NOW),
        )
    return id_


@pytest.mark.parametrize(("about", "settled"), [(A, 0), (B, 1)])
def test_a_report_that_names_who_is_in_doubt_ends_it_whoever_has_it_already(
    sending: Sending, about: str, settled: int
) -> None:
    letter = with_one_served_before(sending)
    received(sending, dsn(sending.row(letter).envid, (about, "delivered", "2.0.0")))
    seen = look(sending.db, sending.account.id, now=NOW, is_whole=True, saw_everything=True)
    assert seen == settled
    row = sending.row(letter)
    assert row.state is (SubmissionState.ACCEPTED if settled else SubmissionState.UNCERTAIN)
    assert row.settled_by == ("report" if settled else "")


def test_a_doubt_that_ends_for_one_of_two_touches_the_letter(sending: Sending) -> None:
    """By which the folder for results learns it (store/db/drop_telling.py)."""
    letter = with_one_served_before(sending)
    with write(sending.db):
        sending.db.execute(
            "INSERT INTO submission_recipient (submission_id, position, email, state)"
            " VALUES (?, 2, 'carole@bruyere.test', 'uncertain')",
            (letter,),
        )
    received(sending, dsn(sending.row(letter).envid, (B, "delivered", "2.0.0")))
    look(sending.db, sending.account.id, now=NOW + 9, is_whole=True, saw_everything=True)
    row = sending.row(letter)
    assert (row.state, row.updated_at) == (SubmissionState.UNCERTAIN, NOW + 9)


def test_an_answer_of_who_may_have_been_shown_the_letter_ends_no_doubt(sending: Sending) -> None:
    letter = with_one_served_before(sending)
    name = sending.row(letter).message_id
    received(sending, f"From: {B}\nSubject: re\nIn-Reply-To: <{name}>\n\nvu\n".encode())
    assert look(sending.db, sending.account.id, now=NOW, is_whole=True, saw_everything=True) == 0


def test_a_notice_says_that_a_letter_left_only_when_a_server_took_it(sending: Sending) -> None:
    not_there = in_doubt(sending)
    assert "partie le" not in notice_of(sending.account, [sending.row(not_there)], B).body
    there = sent(sending, A)
    with write(sending.db):
        sending.db.execute(
            "UPDATE submission_recipient SET at = ? WHERE submission_id = ?", (NOW + 7200, there)
        )
    said = notice_of(sending.account, [sending.row(there)], B).body
    assert "partie le" in said
    assert f"{local(NOW + 7200):%d/%m/%Y %H:%M}" in said


def test_a_letter_that_became_two_messages_is_late_once_or_answered_once(
    sending: Sending,
) -> None:
    pairs = [(sent(sending, A), sent(sending, B)) for _ in range(2)]
    with write(sending.db):
        for n, pair in enumerate(pairs):
            for each in pair:
                sending.db.execute(
                    "UPDATE email_submission SET letter = ? WHERE id = ?", (f"lettre{n}", each)
                )
                want_answer_within(sending.db, each, NOW + 60, "chef@labo.test")
    answered, late = pairs
    name = sending.row(answered[1]).message_id
    received(sending, f"From: {B}\nSubject: re\nIn-Reply-To: <{name}>\n\nvu\n".encode())
    looked_through(sending.db, sending.account.id, NOW + 60)
    assert tell_late(sending.db, sending.account, now=NOW + 60) == 1
    [told] = [draft(sending.db, each)[1] for each, *_ in drafts_waiting(sending.db)]
    assert f"{A}, {B}" in told.body
    assert tell_late(sending.db, sending.account, now=NOW + 61) == 0
    assert aftermath(sending.db) == {"unanswered": 1}
    assert let_go(sending.db, late[1])
    assert aftermath(sending.db) == {}


def forged(name: str, *, envid: str = "") -> bytes:
    """ "Delivered", by somebody who was shown the letter, and with it its Message-ID."""
    returned = f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{name}>\n\n--b--\n"
    return dsn(envid, (A, "delivered", "2.0.0"), by="eve@x.test").replace(
        b"--b--\n", returned.encode()
    )


def test_who_was_shown_a_letter_can_say_of_nobody_that_it_was_delivered(sending: Sending) -> None:
    """A server that reports a success was asked to by a name that no letter shows (RFC 3461)."""
    letter = sent(sending, A)
    name = sending.row(letter).message_id
    guess = hashlib.sha256(name.encode()).hexdigest()[:32]
    for envid in ("", guess):
        received(sending, forged(name, envid=envid))
    (about,) = sending.row(letter).recipients
    assert about.fate is Fate.NONE
    assert {each.is_believed for each in reports_of(sending.db, letter)} == {False}
    doubtful = in_doubt(sending)
    received(sending, forged(sending.row(doubtful).message_id))
    assert look(sending.db, sending.account.id, now=NOW, is_whole=True, saw_everything=True) == 0
    assert sending.row(doubtful).state is SubmissionState.UNCERTAIN


def test_a_forged_receipt_ends_no_doubt(sending: Sending) -> None:
    letter = in_doubt(sending)
    received(sending, mdn(sending.row(letter).message_id, "displayed", by="eve@x.test", final=A))
    assert look(sending.db, sending.account.id, now=NOW, is_whole=True, saw_everything=True) == 0
    assert sending.row(letter).state is SubmissionState.UNCERTAIN
    assert sending.row(letter).looks == 1
