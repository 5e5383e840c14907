"""What a CI-SIS message asks for, and what its receipts answer."""

from __future__ import annotations

import base64

import pytest

from store.model.document import Status
from sync.documents.hl7 import Exchange, read
from sync.documents.hl7_orders import Orders
from sync.documents.hl7_receipts import Fault, Step
from tests.unit.documents import lab_files
from tests.unit.documents.lab_files import CDA, DOCTOR, PATIENT, SENDER, cisis, message, zam


def one(octets: bytes) -> Exchange:
    (found,) = read(octets)
    return found


def asked(octets: bytes) -> Orders:
    found = one(octets).orders
    assert found is not None
    return found


def test_the_whole_of_a_message() -> None:
    found = one(cisis())
    assert (found.kind, found.profile) == ("ORU^R01", "2.1^CISIS_CDA_HL7_V2")
    (document,) = found.documents
    assert document.observations == ()
    assert [each.octets for each in document.renditions] == [CDA]
    assert (document.status, found.warnings) == (Status.FINAL, ())
    wishes = found.orders
    assert wishes is not None
    assert (
        wishes.to_dmp
        is wishes.to_professionals
        is wishes.to_patient
        is wishes.reading_wanted
        is True
    )
    assert wishes.hidden_from_patient is wishes.secret_connection is False
    assert wishes.sender is not None
    assert (wishes.sender.family_name, wishes.sender.organization) == ("MORVAN", "Labo")
    assert [who.emails for who in wishes.recipients] == [("loic.kermadec@medecin.mssante.example",)]
    assert [who.emails for who in wishes.patients] == [("284022900000077@patient.mssante.fr",)]
    assert wishes.reply_to == "retour@labo.mssante.example"


@pytest.mark.parametrize(
    ("chosen", "legal"),
    [
        ({}, True),
        ({"DESTDMP": "N"}, True),
        ({"MODIF_CONF_CODE": "Y", "ACK_RECEPTION": "N"}, True),
        ({"MASQUE_PS": "Y"}, False),
        ({"INVISIBLE_PATIENT": "Y"}, False),
        ({"INVISIBLE_REP_LEGAUX": "Y"}, False),
        ({"CONNEXION_SECRETE": "Y"}, False),
        ({"DESTMSSANTEPAT": "N", "INVISIBLE_PATIENT": "Y"}, True),
        ({"DESTMSSANTEPAT": "N", "INVISIBLE_PATIENT": "Y", "MASQUE_PS": "Y"}, True),
        ({"DESTMSSANTEPAT": "N"}, False),
        ({"DESTMSSANTEPS": "N", "DESTDMP": "N"}, True),
        ({"DESTMSSANTEPS": "N", "DESTDMP": "N", "INVISIBLE_REP_LEGAUX": "Y"}, True),
        ({"DESTMSSANTEPS": "N"}, False),
        ({"DESTMSSANTEPS": "N", "DESTMSSANTEPAT": "N"}, False),
        ({"MASQUE_PS": ""}, False),
    ],
)
def test_three_combinations_of_recipients_are_legal(chosen: dict[str, str], legal: bool) -> None:
    assert ("hl7.destinations" not in one(cisis(**chosen)).warnings) is legal


def test_for_the_dmp_alone_no_rule_of_mail_is_broken() -> None:
    octets = cisis(people=[SENDER], DESTMSSANTEPS="N", DESTMSSANTEPAT="N")
    assert one(octets).warnings == ()


def test_a_copy_to_somebody_in_a_message_of_no_profile_breaks_no_rule_of_it() -> None:
    found = one(message(lab_files.PID, lab_files.OBR, *lab_files.PLAIN, DOCTOR))
    assert found.orders is not None
    assert (len(found.orders.recipients), found.warnings) == (1, ())


def test_a_recipient_without_an_address_is_told() -> None:
    assert one(cisis(people=[SENDER, PATIENT])).warnings == ("hl7.no_recipient",)


def test_an_address_that_a_program_put_one_place_too_far_is_found() -> None:
    wishes = asked(cisis(people=[DOCTOR.replace("||^^X.400", "|||^^X.400"), PATIENT]))
    assert wishes.recipients[0].emails == ("loic.kermadec@medecin.mssante.example",)


def test_the_words_of_the_mail_and_the_end_of_a_conversation() -> None:
    words = base64.b64encode("Cher confrère".encode()).decode()
    body = f"OBX|13|ED|CORPSMAIL_PS^^MetaDMPMSS||^TEXT^^Base64^{words}||||||F"
    fin = "OBX|14|CE|DESTMSSANTEPAT^^MetaDMPMSS||Y||||||F"
    found = one(cisis(more=(body, fin, "NTE|1|||FIN")))
    assert found.orders is not None
    assert found.orders.for_professionals == "Cher confrère"
    assert found.orders.ends_conversation
    assert [each.octets for each in found.documents[0].renditions] == [CDA]


def test_the_mail_that_a_practice_system_is_handed_is_words_and_no_file() -> None:
    words = "Bonjour, voici le résultat".encode("cp1252")
    mail = lab_files.ed(words, name="1^XDM/1.0/DDM+CR LEFÈVRE Zoé")
    octets = message(
        lab_files.PID,
        lab_files.OBR,
        mail,
        lab_files.ed(CDA),
        kind="MDM^T02^MDM_T02",
        profile="1.1^CISIS_CDA_HL7_LPS",
    )
    (document,) = one(octets).documents
    assert document.text == "Bonjour, voici le résultat"
    assert [each.media_type for each in document.renditions] == ["text/xml"]


@pytest.mark.parametrize(
    ("kind", "control", "state", "status", "differs"),
    [
        ("ORU^R01^ORU_R01", "NW", "F", Status.FINAL, False),
        ("ORU^R01^ORU_R01", "RO", "C", Status.CORRECTED, False),
        ("ORU^R01^ORU_R01", "CA", "D", Status.DELETED, False),
        ("MDM^T02^MDM_T02", "NW", "F", Status.FINAL, False),
        ("MDM^T10^MDM_T02", "RO", "C", Status.CORRECTED, False),
        ("MDM^T04^MDM_T02", "CA", "D", Status.DELETED, False),
        ("MDM^T02^MDM_T02", "RO", "C", Status.CORRECTED, True),
        ("ORU^R01^ORU_R01", "NW", "D", Status.DELETED, True),
    ],
)
def test_new_replaced_or_deleted(
    kind: str, control: str, state: str, status: Status, differs: bool
) -> None:
    (document,) = one(cisis(kind=kind, control=control, state=state)).documents
    assert document.status is status
    assert ("hl7.action_differs" in document.warnings) is differs


def test_a_message_without_wishes_has_none() -> None:
    assert one(lab_files.HL7["plain, CR"]).orders is None


def test_the_receipts_of_the_dmp_of_a_server_and_of_a_reader() -> None:
    dmp = one(
        zam(
            "Z01",
            "ACK_RECEPTION_DMP",
            "N",
            "ERR|||207^Application error|E|DMPClosed^DMP fermé^DMPERRORCODE",
        )
    ).receipt
    assert dmp is not None
    assert (dmp.step, dmp.of_message, dmp.succeeded) == (Step.DMP, "M-77", False)
    assert dmp.faults == (
        Fault(code="DMPClosed", words="DMP fermé", table="DMPERRORCODE", severity="E"),
    )
    to = "OBX|2|XTN|DESTINATAIRE_MSS^^AckMetierZAM|899700218896|^^X.400^loic@medecin.example||||||F"
    sent = one(zam("Z02", "ACK_RECEPTION_MSS", "Y", to)).receipt
    assert sent is not None
    assert (sent.step, sent.succeeded, sent.address, sent.number) == (
        *(Step.DELIVERED, True, "loic@medecin.example", "899700218896"),
    )
    by = "OBX|2|XTN|LECTEUR_MSS^^AckMetierZAM||^^X.400^loic@medecin.example||||||F"
    read_by = one(zam("Z03", "ACK_LECTURE_MSS", "?", by)).receipt
    assert read_by is not None
    assert (read_by.step, read_by.succeeded) == (Step.READ, None)


def test_a_receipt_is_no_document_and_asks_for_nothing() -> None:
    found = one(lab_files.HL7["a receipt"])
    assert (found.documents, found.orders) == ((), None)


def test_the_answer_of_the_system_itself() -> None:
    refused = one(
        message(
            "MSA|AE|M-77",
            "ERR||MSH^1^12|203^Unsupported^messageErrorCondition|E",
            kind="ACK^R01^ACK",
        )
    )
    assert refused.receipt is not None
    assert (refused.receipt.step, refused.receipt.succeeded) == (Step.TAKEN, False)
    assert refused.receipt.faults[0].code == "203"
