"""What a receiving system answers is legal, readable, and never starts a loop."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import NeedsUser, Permanent
from store.model.receipt import Outcome, ReceiptKind
from sync.documents.mdn import Answered, FilingError, build_mdn, may_answer_by_itself
from sync.documents.receipts import read_receipts

SUBJECT = "XDM/1.0/DDM+Échographie LEROUX-ESSAI ANAÏS 14/03/1985"
ORIGINAL = (
    b"From: eloise@labo.example\r\nMessage-ID: <un@labo.example>\r\nSubject: x\r\n\r\nBonjour\r\n"
)
RECEIVED = Answered(
    message_id="un@labo.example",
    subject=SUBJECT,
    asks_to="<eloise@labo.example>",
    return_path="<Eloise@labo.example>",
    recipient="service@hopital.example",
    original_recipient="accueil@hopital.example",
    octets=ORIGINAL,
)


def answer(
    error: FilingError | None = None,
    answered: Answered = RECEIVED,
    boundary: str = "0123abc",
    by_person: bool = False,
) -> bytes:
    return build_mdn(
        answered,
        error,
        message_id="deux@hopital.example",
        date_at=1795514000,
        boundary=boundary,
        by_person=by_person,
    )


def parsed(octets: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(octets, policy=email.policy.default)  # type: ignore[return-value]


def test_filed_is_said_as_the_rfc_wants() -> None:
    message = parsed(answer())
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "disposition-notification"
    assert message["Subject"] == SUBJECT
    assert message["To"] == "eloise@labo.example"
    assert message["In-Reply-To"] == "<un@labo.example>"
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "message/disposition-notification", "message/rfc822"]
    (said,) = list(message.iter_parts())[1].get_payload()
    assert dict(said.items()) == {
        "Original-Recipient": "rfc822;accueil@hopital.example",
        "Final-Recipient": "rfc822;service@hopital.example",
        "Original-Message-ID": "<un@labo.example>",
        "Disposition": "automatic-action/MDN-sent-automatically; processed",
    }
    original = list(message.iter_parts())[2].get_payload(0)
    assert original["Message-ID"] == "<un@labo.example>"


@pytest.mark.parametrize("error", list(FilingError))
def test_not_filed_says_why_to_person_and_machine(error: FilingError) -> None:
    octets = answer(error)
    message = parsed(octets)
    assert message["Subject"] == f"[KO Intégration système !][{error}] {SUBJECT}"
    text, statement, _ = message.iter_parts()
    assert error in text.get_content()
    (said,) = statement.get_payload()
    assert said["Disposition"].endswith("; processed/error")
    assert said["Error"].startswith(f"{error}^")
    (read,) = read_receipts(octets)
    assert (read.kind, read.outcome) == (ReceiptKind.MDN, Outcome.REFUSED)
    assert (read.error, read.message_id) == (error, "un@labo.example")
    assert (read.recipient, read.is_automatic) == ("accueil@hopital.example", True)


def test_a_receipt_that_would_go_elsewhere_waits_for_a_person() -> None:
    elsewhere = replace(RECEIVED, asks_to="piege@ailleurs.example")
    assert may_answer_by_itself(RECEIVED)
    assert not may_answer_by_itself(elsewhere)
    with pytest.raises(NeedsUser) as raised:
        answer(answered=elsewhere)
    assert raised.value.code == "document.receipt_elsewhere"
    (said,) = list(parsed(answer(answered=elsewhere, by_person=True)).iter_parts())[1].get_payload()
    assert said["Disposition"].startswith("manual-action/MDN-sent-manually;")


def test_nobody_is_answered_who_did_not_ask() -> None:
    for by_person in (False, True):
        with pytest.raises(NeedsUser) as raised:
            answer(answered=replace(RECEIVED, asks_to=""), by_person=by_person)
        assert raised.value.code == "document.receipt_not_asked"


def test_a_letter_in_eight_bits_is_sent_back_as_it_came() -> None:
    eight = ORIGINAL.replace(b"Bonjour", "Été".encode())
    octets = answer(answered=replace(RECEIVED, octets=eight))
    assert b"Content-Transfer-Encoding: 8bit\r\n" in octets.split(b"\r\n\r\n")[0] + b"\r\n"
    assert eight in octets


def test_a_letter_that_cannot_be_enclosed_is_left_out() -> None:
    long = replace(RECEIVED, octets=ORIGINAL + b"x" * 1200 + b"\r\n")
    assert len(list(parsed(answer(answered=long)).iter_parts())) == 2


def test_a_boundary_that_the_letter_holds_is_refused() -> None:
    with pytest.raises(Permanent):
        answer(answered=replace(RECEIVED, octets=ORIGINAL + b"--abc"), boundary="abc")


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(), max_size=30), st.binary(max_size=60))
def test_no_subject_and_no_letter_break_the_answer(subject: str, body: bytes) -> None:
    received = replace(RECEIVED, subject=subject, octets=ORIGINAL + body)
    try:
        octets = answer(FilingError.NO_INS, received, boundary="zzzzzzzzzzzzzzzzzzzz")
    except Permanent as error:
        refused = error.code
        assert refused == "send.bad_header"
        return
    (read,) = read_receipts(octets)
    assert (read.error, read.outcome) == ("903", Outcome.REFUSED)
