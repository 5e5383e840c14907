"""The letter around a document says what the rules want, of one patient, to the right one."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import MailError, NeedsUser
from store.model.document import HealthDocument, Rendition
from store.model.draft import Attachment, Draft
from store.model.email import EmailAddress
from store.model.ids import BlobId
from sync.documents import mss_letter as module
from sync.documents.facts import Fact, Missing
from sync.documents.mss_letter import MssLetter, Sender, Wishes, label_of, mss_letter
from sync.mime.build import build
from sync.mime.read import derive
from tests.unit.documents.invented import (
    BIOLOGIST,
    CORRECTION,
    DOCUMENT,
    INS,
    PATIENT,
    PDF_OCTETS,
    PLI,
    SUBMISSION,
    UUIDS,
    entry,
)

LAB = Sender(email="eloise@labo.example", person=BIOLOGIST)
SITE = Sender(
    email="auto@labo.example",
    organization="Labo C",
    service="Biologie",
    is_applicative=True,
    reply_to=EmailAddress(name="Secrétariat", email="accueil@labo.example"),
)
ALICE = EmailAddress(name="Alice", email="alice@cabinet.example")
QUALIFIED = Wishes(ins_is_qualified=True, nil="PLI000001", body="Bonjour,\nÀ vous.")


def letter(
    document: HealthDocument = DOCUMENT,
    *,
    sender: Sender = LAB,
    to: tuple[EmailAddress, ...] = (ALICE,),
    wishes: Wishes = QUALIFIED,
) -> MssLetter:
    replaced = (UUIDS[3],) if document.replaces else ()
    one = entry(document, replaced_uuids=replaced)
    return mss_letter([one], SUBMISSION, PLI, sender=sender, to=to, wishes=wishes)


def written(made: MssLetter) -> bytes:
    draft = Draft(
        sender=made.sender,
        to=made.to,
        subject=made.subject,
        body=made.body,
        attachments=tuple(
            Attachment(
                name=f.name, media_type=f.media_type, blob_id=BlobId(bytes(32)), size=len(f.octets)
            )
            for f in made.files
        ),
    )
    return build(
        draft,
        message_id="un@labo.example",
        date_at=1795514000,
        boundary="0123abc",
        attachments=[f.octets for f in made.files],
        fields=made.fields,
    )


def test_it_says_what_the_rules_want() -> None:
    made = letter()
    assert made.subject == (
        "XDM/1.0/DDM+Compte rendu d'examens biologiques LEROUX-ESSAI ANAÏS 14/03/1985"
    )
    assert made.sender.name == "Dr_Éloïse_PÉRIDOT_Laboratoire des Essais"
    assert dict(made.fields) == {
        "Disposition-Notification-To": (EmailAddress(email="eloise@labo.example"),),
        "X-MSS-CODECDA": "11502-2",
        "X-MSS-INS": "O",
        "X-MSS-NIL": "PLI000001",
    }
    assert [f.name for f in made.files] == [
        "IHE_XDM.zip",
        "20261124_CR d'examens biologiques_LEROUX-ESSAI_ANAÏS.pdf",
    ]
    assert made.files[1].octets == PDF_OCTETS
    assert (made.patient, made.unsaid) == (INS, ())


def test_it_is_a_letter_that_two_readers_understand() -> None:
    raw = written(letter(wishes=replace(QUALIFIED, closes=True)))
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["X-MSS-MES"] == "FIN"
    assert message["Disposition-Notification-To"] == "eloise@labo.example"
    assert message["Subject"].startswith("XDM/1.0/DDM+Compte rendu")
    names = [part.get_filename() for part in message.iter_attachments()]
    assert names[1] == "20261124_CR d'examens biologiques_LEROUX-ESSAI_ANAÏS.pdf"
    assert b"filename*0*=utf-8''20261124_CR" in raw
    read = derive(raw)
    assert (read.warnings, read.body) == ((), "Bonjour,\nÀ vous.")
    assert [part.media_type for part in read.parts][1:] == ["application/zip", "application/pdf"]


def test_the_ins_is_said_qualified_only_when_all_of_it_is() -> None:
    unsure = [
        (DOCUMENT, replace(QUALIFIED, ins_is_qualified=False)),
        (replace(DOCUMENT, patient=replace(PATIENT, birth_name="")), QUALIFIED),
        (replace(DOCUMENT, patient=replace(PATIENT, birth_day="1985")), QUALIFIED),
        (replace(DOCUMENT, patient=replace(PATIENT, ins_root="1.2.3")), QUALIFIED),
        (replace(DOCUMENT, patient=replace(PATIENT, ins=INS[:-2] + "99")), QUALIFIED),
    ]
    for document, wishes in unsure:
        made = letter(document, wishes=wishes)
        assert dict(made.fields)["X-MSS-INS"] == "N"
        assert made.patient == ""


def test_a_product_without_a_reference_says_none_and_tells_so() -> None:
    made = letter(wishes=replace(QUALIFIED, nil=""))
    assert "X-MSS-NIL" not in dict(made.fields)
    assert made.unsaid == (Fact.NIL,)


def test_an_applicative_mailbox_names_a_person_to_answer() -> None:
    made = letter(sender=SITE)
    assert made.sender.name == "Labo C – Biologie"
    assert dict(made.fields)["Reply-To"] == (SITE.reply_to,)
    assert b"Reply-To: =?utf-8?" in written(made)
    with pytest.raises(Missing) as raised:
        letter(sender=replace(SITE, reply_to=None))
    assert raised.value.facts == (Fact.ANSWER_ADDRESS,)


def test_a_label_says_no_more_than_is_known() -> None:
    known = replace(BIOLOGIST, prefix="", organization="")
    assert label_of(replace(LAB, person=known)) == "Éloïse_PÉRIDOT"
    parted = replace(known, given_name="Anne_Marie", organization=" _ ")
    assert label_of(replace(LAB, person=parted)) == "Anne Marie_PÉRIDOT"
    with pytest.raises(Missing) as raised:
        letter(sender=replace(LAB, person=replace(BIOLOGIST, given_name="")))
    assert raised.value.facts == (Fact.SENDER_NAME,)


def test_a_correction_says_so_in_its_subject() -> None:
    assert letter(CORRECTION).subject.startswith("XDM/1.0/DDM+[Annule et remplace] Compte rendu")


def test_a_document_without_a_pdf_is_no_mss_letter() -> None:
    text = Rendition(media_type="text/plain", octets=b"TSH 7,95")
    with pytest.raises(Missing) as raised:
        letter(replace(DOCUMENT, renditions=(text,)))
    assert raised.value.facts == (Fact.PDF,)


def test_nobody_to_write_to_is_named() -> None:
    with pytest.raises(Missing) as raised:
        letter(to=())
    assert raised.value.facts == (Fact.RECIPIENT,)


def test_two_patients_never_share_a_letter() -> None:
    other = entry(replace(DOCUMENT, patient=replace(PATIENT, birth_name="AUTRE")), 1)
    with pytest.raises(NeedsUser) as raised:
        mss_letter([entry(), other], SUBMISSION, PLI, sender=LAB, to=[ALICE], wishes=QUALIFIED)
    assert raised.value.code == "document.two_patients"


def test_two_documents_of_a_day_have_two_names() -> None:
    both = [entry(), entry(DOCUMENT, 1)]
    made = mss_letter(both, SUBMISSION, PLI, sender=LAB, to=[ALICE], wishes=QUALIFIED)
    assert len({f.name for f in made.files}) == 3


def test_a_patient_is_written_to_at_their_own_address_and_with_a_qualified_ins() -> None:
    own = EmailAddress(email=f"{INS}@patient.mssante.fr")
    assert letter(to=(own,)).patient == INS
    wrong = [
        ((EmailAddress(email=f"2{INS}@patient.mssante.fr"),), QUALIFIED),
        ((own, EmailAddress(email="x@PATIENT.mssante.fr")), QUALIFIED),
        ((own,), replace(QUALIFIED, ins_is_qualified=False)),
    ]
    for to, wishes in wrong:
        with pytest.raises(NeedsUser) as raised:
            letter(to=to, wishes=wishes)
        assert raised.value.code == "document.patient_address"


def test_what_mon_espace_sante_would_send_back_does_not_leave(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    own = EmailAddress(email=f"{INS}@patient.mssante.fr")
    size = len(written(letter(to=(own,))))
    monkeypatch.setattr(module, "HEADER_ROOM", 2000)
    monkeypatch.setattr(module, "MOST_TO_PATIENT", size - 1)
    with pytest.raises(NeedsUser) as raised:
        letter(to=(own,))
    assert raised.value.code == "document.too_large_for_patient"
    assert letter().patient == INS


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(), max_size=30), st.text(st.characters(), max_size=12))
def test_no_word_breaks_the_letter(noise: str, more: str) -> None:
    """It is built whole, or refused with a sentence; it never says one field too many."""
    patient = replace(PATIENT, birth_name=noise + "N", given_names=(more + "P",))
    document = replace(DOCUMENT, title=noise + "T", patient=patient)
    wishes = replace(QUALIFIED, nil="A" + more, order_number=noise, body=noise)
    try:
        raw = written(letter(document, wishes=wishes))
    except MailError as error:
        refused = error.code
        assert refused == "send.bad_header"
        return
    header = raw.split(b"\r\n\r\n", 1)[0].decode("ascii")
    names = [line.split(":")[0] for line in header.split("\r\n") if not line.startswith(" ")]
    assert names == [
        *("Date", "From", "To", "Subject", "Message-ID", "Disposition-Notification-To"),
        *("X-MSS-CODECDA", "X-MSS-INS", "X-MSS-NIL", "MIME-Version", "Content-Type"),
    ]
    assert derive(raw).warnings == ()
