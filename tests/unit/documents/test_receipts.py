"""Receipts are understood as they come, badly written too, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.receipt import Outcome, Receipt, ReceiptKind
from sync.documents.receipts import MOST_READ, MOST_RECIPIENTS, read_receipts

WHY = "902^Identifiant de patient inconnu^messageErrorCondition| E^Error^errorSeverity"
OLD = f"Disposition:automatic-action/MDN-sent-automatically; processed/Error: {WHY}"
NEW = (
    "Disposition: automatic-action/MDN-sent-automatically; processed/error\n"
    "Error: 902^Identifiant de patient inconnu^messageErrorCondition| E^Error^errorSeverity"
)
FILED = "Disposition: automatic-action/MDN-sent-automatically; processed"
HEAD = (
    "From: service@hopital.example\nTo: eloise@labo.example\n"
    "Subject: XDM/1.0/DDM+CR LEROUX-ESSAI ANAIS\nMIME-Version: 1.0\n"
)


def mdn(
    disposition: str,
    *,
    declared: str = "RAA14128.7",
    written: str = "--RAA14128.7",
    kind: str = "Content-Type: message/disposition-notification\n\n",
    number: str = "<un@labo.example>",
    head: str = HEAD,
) -> bytes:
    return (
        f"{head}Content-Type: multipart/report; report-type=disposition-notification;\n"
        f' boundary="{declared}"\n\n'
        f"{written}\nContent-Type: text/plain; charset=UTF-8\n\nLe document.\n\n"
        f"{written}\n{kind}Original-Recipient: rfc822;accueil@hopital.example\n"
        "Final-Recipient: rfc822; service@hopital.example\n"
        f"Original-Message-ID: {number}\n{disposition}\n\n"
        f"{written}\nContent-Type: message/rfc822\n\n"
        "Message-ID: <un@labo.example>\nSubject: x\n\nDisposition: displayed\n\n"
        f"{written}--\n"
    ).encode()


def only(octets: bytes) -> Receipt:
    (receipt,) = read_receipts(octets)
    return receipt


@pytest.mark.parametrize(
    ("disposition", "outcome", "error"),
    [
        (FILED, Outcome.PROCESSED, ""),
        (OLD, Outcome.REFUSED, "902"),
        (NEW, Outcome.REFUSED, "902"),
        ("Disposition: manual-action/MDN-sent-manually; displayed", Outcome.DISPLAYED, ""),
        ("Disposition: manual-action/MDN-sent-manually; deleted", Outcome.DELETED, ""),
        ("Disposition: automatic-action/MDN-sent-automatically; Failed", Outcome.FAILED, ""),
        ("Disposition: what; ever", Outcome.UNKNOWN, ""),
        (
            "Disposition: automatic-action/MDN-sent-automatically; processed/error",
            Outcome.REFUSED,
            "",
        ),
    ],
)
def test_the_forms_of_a_receipt(disposition: str, outcome: Outcome, error: str) -> None:
    for octets in (mdn(disposition), mdn(disposition).replace(b"\n", b"\r\n")):
        receipt = only(octets)
        assert (receipt.kind, receipt.outcome, receipt.error) == (ReceiptKind.MDN, outcome, error)
        assert receipt.message_id == "un@labo.example"
        assert receipt.recipient == "accueil@hopital.example"
        assert receipt.final_recipient == "service@hopital.example"
        assert receipt.is_automatic is ("automatic-action" in disposition)
    if error:
        assert receipt.explanation == "Identifiant de patient inconnu"


@pytest.mark.parametrize(
    "octets",
    [
        mdn(NEW, declared="—RAA14128.7", written="—-RAA14128.7"),
        mdn(NEW, declared="RAA14128.7", written="—RAA14128.7"),
        mdn(NEW, written="- -RAA14128.7".replace(" ", "")),
        mdn(NEW, declared="—RAA14128.7").replace("—".encode(), "—".encode("cp1252")),
        mdn(NEW, kind=""),
        mdn(NEW, kind="\n"),
        mdn(NEW, number="<un@labo.example >"),
        mdn(NEW, number="< un@labo.example>"),
        mdn(NEW, number=""),
        mdn(OLD.replace("\n", "\n ")),
        mdn(FILED, head=HEAD.replace("Subject: ", "Subject: [KO Intégration système !][902] ")),
        mdn(NEW).replace(b"RAA14128.7--\n", b""),
    ],
)
def test_what_the_samples_do_wrong_is_understood(octets: bytes) -> None:
    receipt = only(octets)
    assert (receipt.outcome, receipt.error) == (Outcome.REFUSED, "902")
    assert receipt.message_id == "un@labo.example"


def test_a_part_that_is_encoded_is_decoded_however_its_field_is_spelt() -> None:
    for name in ("Content-Transfer-Encoding", "Content-Transfert-Encoding"):
        kind = f"Content-Type: message/disposition-notification\n{name}: quoted-printable\n\n"
        said = mdn(FILED.replace("processed", "pro=63essed"), kind=kind)
        assert only(said).outcome is Outcome.PROCESSED


def dsn(*recipients: str, shared: str = "Original-Envelope-Id: P12-3\n") -> bytes:
    blocks = "\n".join(recipients)
    return (
        "From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b/1"\n\n'
        "--b/1\n\nThis is the mail system.\n\n--b/1\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example\n{shared}\n{blocks}\n"
        "--b/1\nContent-Type: text/rfc822-headers\n\nSubject: x\n"
        "Message-Id: <un@labo.example>\n\n--b/1--\n"
    ).encode()


def recipient(name: str, action: str, status: str, more: str = "") -> str:
    return f"Final-Recipient: rfc822; {name}\n{more}Action: {action}\nStatus: {status}\n"


def test_a_dsn_says_what_became_of_each_recipient() -> None:
    diagnosed = (
        "Original-Recipient: rfc822;bob@b.example\nDiagnostic-Code: smtp; 550 5.1.1 <x>:\n no\n"
    )
    octets = dsn(
        recipient("bob@mx.example", "failed", "5.1.1", diagnosed),
        recipient("zoe@z.example", "Delivered", "2.0.0"),
        recipient("u@u.example", "delayed (again)", "4.4.1 (line)"),
        recipient("r@r.example", "relayed", "2.0.0"),
    )
    said = [(r.recipient, r.outcome, r.status) for r in read_receipts(octets)]
    assert said == [
        ("bob@b.example", Outcome.FAILED, "5.1.1"),
        ("zoe@z.example", Outcome.DELIVERED, "2.0.0"),
        ("u@u.example", Outcome.DELAYED, "4.4.1"),
        ("r@r.example", Outcome.RELAYED, "2.0.0"),
    ]
    first = read_receipts(octets)[0]
    assert (first.kind, first.envelope_id, first.message_id) == (
        ReceiptKind.DSN,
        "P12-3",
        "un@labo.example",
    )
    assert first.explanation == "550 5.1.1 <x>: no"


def test_a_dsn_with_one_block_says_it_too() -> None:
    one = dsn("", shared=recipient("bob@b.example", "failed", "5.0.0"))
    assert [r.recipient for r in read_receipts(one)] == ["bob@b.example"]


def test_a_refusal_by_ordinary_letter_is_one() -> None:
    octets = (
        "Subject: =?utf-8?q?[KO_Int=C3=A9gration_syst=C3=A8me_!][904]_X?=\n"
        "In-Reply-To: <un@labo.example>\nContent-Type: multipart/mixed; boundary=z\n\n"
        "--z\n\nErreur 904^INS différent^messageErrorCondition\n--z--\n"
    ).encode()
    assert only(octets) == Receipt(
        kind=ReceiptKind.LETTER,
        outcome=Outcome.REFUSED,
        message_id="un@labo.example",
        error="904",
        explanation="INS différent",
    )


@pytest.mark.parametrize(
    ("subject", "error"),
    [
        ("[KO Intégration système !] XDM/1.0/DDM+CR LEROUX-ESSAI ANAIS", ""),
        ("[KO INTEGRATION SYSTEME !]", ""),
        ("[ KO Intégration système ! ] [ 904 ] XDM", "904"),
        ("[KO Intégration système !][904^INS différent] XDM", "904"),
    ],
)
def test_a_refusal_however_its_subject_is_written_is_one(subject: str, error: str) -> None:
    letter = f"Subject: {subject}\nReferences: <un@labo.example>\n\nnon\n".encode()
    assert (only(letter).outcome, only(letter).error) == (Outcome.REFUSED, error)
    assert only(letter).message_id == "un@labo.example"
    filed = only(mdn(FILED, head=HEAD.replace("Subject: ", f"Subject: {subject} ")))
    assert (filed.outcome, filed.error) == (Outcome.REFUSED, error)


@pytest.mark.parametrize(
    "subject",
    [
        "failure notice",
        "Returned mail: see transcript for details",
        "Delivery Status Notification (Failure)",
        "Avis de non-remise",
        "Échec de la remise de votre message",
        "Notification d'état de remise (échec)",
    ],
)
def test_a_server_that_gives_a_letter_back_in_its_own_words_is_understood(subject: str) -> None:
    head = f"Return-Path: <>\nSubject: {subject}\nX-Failed-Recipients: bob@b.example, u@u.example\n"
    said = read_receipts(f"{head}\n--\n\nMessage-ID: <un@labo.example>\n".encode())
    assert [(r.outcome, r.recipient, r.message_id) for r in said] == [
        (Outcome.FAILED, "bob@b.example", "un@labo.example"),
        (Outcome.FAILED, "u@u.example", "un@labo.example"),
    ]


def test_a_report_whose_statement_is_lost_is_still_a_letter_given_back() -> None:
    whole = dsn(recipient("bob@b.example", "failed", "5.1.1"))
    lost = whole.replace(b"Content-Type: message/delivery-status", b"Content-Type: text/plain")
    assert read_receipts(lost) == ()
    receipt = only(b"Return-Path: <>\n" + lost)
    assert (receipt.kind, receipt.outcome) == (ReceiptKind.LETTER, Outcome.FAILED)
    assert receipt.message_id == "un@labo.example"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("5.1.1", Outcome.FAILED),
        ("4.4.1 (line)", Outcome.DELAYED),
        ("2.0.0", Outcome.DELIVERED),
    ],
)
def test_a_dsn_that_names_no_action_is_read_by_its_status(status: str, outcome: Outcome) -> None:
    for action in ("", "Action: what\n"):
        block = f"Final-Recipient: rfc822; bob@b.example\n{action}Status: {status}\n"
        receipt = only(dsn(block))
        assert (receipt.outcome, receipt.recipient) == (outcome, "bob@b.example")
        assert (receipt.envelope_id, receipt.status) == ("P12-3", status[:5])


def test_a_bounce_of_mon_espace_sante_is_one_when_a_machine_sent_it() -> None:
    said = (
        b"Return-Path: <>\nSubject: Message non =?utf-8?q?distribu=C3=A9?=\n\nBonjour\n\n"
        b"Message-ID: <un@labo.example>\n"
    )
    receipt = only(said)
    assert (receipt.kind, receipt.outcome) == (ReceiptKind.LETTER, Outcome.FAILED)
    assert receipt.message_id == "un@labo.example"
    assert read_receipts(said.replace(b"Return-Path: <>\n", b"")) == ()


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"Subject: [KO] imprimante\nIn-Reply-To: <un@labo.example>\n\nbonjour\n",
        b"Subject: Bonjour\n\nDisposition: automatic-action/MDN-sent-automatically; processed\n",
        mdn(FILED).replace(b"multipart/report", b"multipart/mixed"),
        mdn("X: y"),
    ],
)
def test_what_is_no_receipt_is_none(octets: bytes) -> None:
    assert read_receipts(octets) == ()


def test_what_is_sent_back_is_not_read_as_the_receipt() -> None:
    inner = mdn(OLD).replace(b"RAA14128.7", b"other")
    outer = mdn(FILED).replace(b"Subject: x\n\nDisposition: displayed\n", inner)
    assert [r.outcome for r in read_receipts(outer)] == [Outcome.PROCESSED]


def test_a_receipt_that_never_ends_is_read_to_a_limit() -> None:
    many = dsn(*[recipient("a@b.example", "failed", "5.0.0")] * (MOST_RECIPIENTS + 50))
    assert len(read_receipts(many)) == MOST_RECIPIENTS
    assert len(read_receipts(mdn(FILED) + b"x" * MOST_READ)) == 1


@given(st.binary(max_size=400))
def test_no_octets_make_it_stumble(noise: bytes) -> None:
    read_receipts(noise)
    whole = mdn(NEW)
    read_receipts(whole[: len(noise)] + noise + whole[len(noise) :])
    read_receipts(whole[:400] + noise + whole[400:])


@pytest.mark.parametrize("number", ["<un@labo.example >", "< un@labo.example>", "un@labo.example"])
def test_a_number_with_blanks_in_it_is_the_number(number: str) -> None:
    alone = mdn(FILED, number=number).replace(b"Message-ID: <un@labo.example>\nS", b"S")
    assert only(alone).message_id == "un@labo.example"
