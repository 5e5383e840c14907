"""Which letters nothing came back to: by what became of each, not by who wrote in their thread."""

from __future__ import annotations

import pytest

from store.db.answers import answer_wanted, none_came, want_answer_within
from store.db.attempts import about_to_dot, begin_attempt, end_attempt
from store.db.emails import add_email
from store.db.open import write
from store.db.reports import let_go, note_reports
from store.db.returns import QUIET_SECONDS, sent_as
from store.db.submissions import queue_within
from store.db.views import listed, rows_of
from store.host import clock
from store.model.listing import Order, Shelf, View
from store.model.mailbox import Role
from store.model.receipt import Fate, Outcome, ReceiptKind, Report
from store.model.submission import Recipient, RecipientState, SubmissionState
from tests.tui.practice import ALICE, NOW, letter, practice

BOB, CAROL = "bob@labo.example", "carol@labo.example"


@pytest.fixture
def made(db, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return practice(db)


def sent(made, name, *, at=NOW, refused=()):
    """A letter to Bob and Carol that a server took, its copy in Sent."""
    octets = letter(name, sender=ALICE, to=f"{BOB}, {CAROL}", message_id=name)
    made.deliver(octets, mailbox=made.mailbox(Role.SENT), at=at)
    with write(made.db):
        id_ = queue_within(
            made.db,
            account_id=made.account_id,
            octets=octets,
            message_id=f"{name}@port.example",
            mail_from=ALICE,
            recipients=[BOB, CAROL],
            subject=name,
            source="person",
            send_at=at,
            now=at,
        )
    states = {True: RecipientState.REFUSED, False: RecipientState.ACCEPTED}
    people = [Recipient(email=each, state=states[each in refused], at=at) for each in (BOB, CAROL)]
    attempt = begin_attempt(made.db, id_, now=at)
    about_to_dot(made.db, attempt, [BOB, CAROL], now=at)
    with write(made.db):
        end_attempt(
            made.db,
            attempt,
            state=SubmissionState.ACCEPTED,
            recipients=people,
            code="",
            reply="",
            next_attempt_at=0,
            now=at,
        )
    return id_


def told(made, id_, outcome, *people, kind=ReceiptKind.DSN):
    """A receipt comes, in the thread of the letter."""
    with write(made.db):
        for who in people:
            source = add_email(made.db, made.account_id, f"{id_}{who}{outcome}".encode(), NOW)
            report = Report(email=who, kind=kind, outcome=outcome, is_believed=True, at=NOW)
            note_reports(made.db, id_, source, [report], now=NOW)


def without_return(made):
    rows = listed(made.db, Shelf(view=View.UNACKNOWLEDGED), Order())
    return sorted(row.subject for row in rows_of(made.db, [row.placement_id for row in rows]))


def test_what_came_of_a_letter_decides_whether_it_is_without_return(made):
    old = NOW - QUIET_SECONDS - 120
    names = "silence", "half", "filed", "failed", "relayed", "displayed"
    ids = {name: sent(made, name, at=old) for name in names}
    told(made, ids["half"], Outcome.DELIVERED, BOB)
    told(made, ids["filed"], Outcome.PROCESSED, BOB, CAROL)
    told(made, ids["failed"], Outcome.DELIVERED, BOB)
    told(made, ids["failed"], Outcome.FAILED, CAROL)
    told(made, ids["relayed"], Outcome.RELAYED, BOB, CAROL)
    told(made, ids["displayed"], Outcome.DISPLAYED, BOB, CAROL, kind=ReceiptKind.MDN)
    assert without_return(made) == ["failed", "half", "relayed", "silence"]
    assert let_go(made.db, ids["failed"])
    assert "failed" not in without_return(made)


def test_a_letter_is_given_a_day_and_a_refusal_none(made):
    sent(made, "new")
    assert without_return(made) == []
    sent(made, "refused", refused=[CAROL])
    assert without_return(made) == ["refused"]


def test_a_receipt_in_its_thread_that_says_no_is_no_return_and_a_letter_is(made):
    old = NOW - QUIET_SECONDS - 120
    ids = {name: sent(made, name, at=old) for name in ("told", "written")}
    for name, subject in (("told", "Delayed"), ("written", "Bonjour")):
        octets = letter(subject, sender="x@labo.example", message_id=f"re-{name}")
        named = f"References: <{name}@port.example>\nSubject:".encode()
        made.deliver(octets.replace(b"Subject:", named, 1), at=NOW)
    assert without_return(made) == []
    (delayed,) = made.db.execute("SELECT id FROM email WHERE subject = 'Delayed'").fetchone()
    report = Report(email=BOB, kind=ReceiptKind.DSN, outcome=Outcome.DELAYED, is_believed=True)
    with write(made.db):
        note_reports(made.db, ids["told"], delayed, [report], now=NOW)
    assert without_return(made) == ["told"]


def test_an_answer_that_was_wanted_and_is_late_is_a_return_that_lacks(made):
    id_ = sent(made, "question")
    told(made, id_, Outcome.DISPLAYED, BOB, CAROL, kind=ReceiptKind.MDN)
    with write(made.db):
        want_answer_within(made.db, id_, NOW - 60)
    assert without_return(made) == []
    assert none_came(made.db, answer_wanted(made.db, id_), made.account_id, None, now=NOW)
    assert without_return(made) == ["question"]
    told(made, id_, Outcome.ANSWERED, BOB, kind=ReceiptKind.ANSWER)
    assert without_return(made) == []


def test_what_the_outbox_knows_of_a_letter_is_found_by_the_letter(made):
    id_ = sent(made, "failed")
    told(made, id_, Outcome.FAILED, BOB)
    made.deliver(letter("received"))
    ids = dict(made.db.execute("SELECT subject, id FROM email WHERE subject <> ''"))
    found = sent_as(made.db, ids["failed"])
    assert [each.fate for each in found.recipients] == [Fate.FAILED, Fate.NONE]
    assert sent_as(made.db, ids["received"]) is None
