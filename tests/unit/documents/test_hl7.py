"""HL7 v2: results of plain messages, whatever their framing, encoding and ends of line."""

from __future__ import annotations

import base64
from decimal import Decimal

import pytest

from store.errors import Permanent
from store.model.document import Abnormality, Format, Identifier, Sex, Status
from sync.documents.hl7 import documents, read
from tests.unit.documents.lab_files import CDA, HL7, OBR, PID, PLAIN, cisis, ed, message

PLAINS = [name for name, octets in HL7.items() if b"Glucose" in octets]


@pytest.mark.parametrize("name", PLAINS)
def test_each_deviation_is_read(name: str) -> None:
    found = documents(HL7[name])
    assert len(found) == (2 if name in ("two patients", "a batch") else 1)
    patient = found[0].patient
    assert patient is not None
    assert (patient.ins, patient.ins_root) == ("284022900000077", "1.2.250.1.213.1.4.8")
    assert (patient.birth_name, patient.used_name) == ("LE GOFF", "LEFÈVRE")
    assert (patient.given_names, patient.sex) == (("Zoé", "Anne"), Sex.FEMALE)
    assert (patient.birth_day, patient.birth_place) == ("1984-02-03", "29232")
    assert patient.address == "12 rue de l'Église\n29000 QUIMPER"
    assert patient.identifiers == (Identifier(root="1.2.250.1.999", extension="IPP7"),)
    assert [len(each.observations) for each in found] == [4] * len(found)
    assert ("hl7.charset_differs" in found[0].warnings) == name.startswith("declared")


def test_the_words_are_a_table() -> None:
    (found,) = documents(HL7["plain, CR"])
    assert found.format is Format.HL7_V2
    assert found.text.splitlines() == [
        "Bilan",
        "Glucose       7.330  mmol/L  +  4.11 - 5.88",
        "    À jeun",
        "Troponine     <0.01  ug/L       <0.014",
        "Sérologie   Négatif                          (corrigé)",
        "Conclusion",
        "    Ligne 1",
        "    Ligne 2 & suite",
    ]


def test_each_type_of_value() -> None:
    sugar, troponin, serology, conclusion = documents(HL7["plain, CR"])[0].observations
    assert (sugar.code, sugar.code_system) == ("14749-6", "2.16.840.1.113883.6.1")
    assert (sugar.number, sugar.low, sugar.high) == (Decimal("7.330"), "4.11", "5.88")
    assert (sugar.abnormality, sugar.comment) == (Abnormality.HIGH, "À jeun")
    assert sugar.observed_at is not None
    assert sugar.observed_at.at == 1795507200
    assert (troponin.comparator, troponin.number, troponin.reference) == (
        "<",
        Decimal("0.01"),
        "<0.014",
    )
    assert (serology.value, serology.status) == ("Négatif", Status.CORRECTED)
    assert conclusion.value == "Ligne 1\nLigne 2 & suite"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", "a|b^c&d~e\\f"),
        (r"\H\gras\N\\.br\suite", "gras\nsuite"),
        (r"caf\XC3A9\ ", "café"),
        (r"C:\dossier\x", r"C:\dossier\x"),
        (r"seul\ ", "seul\\"),
        (r"\Z12\ ", r"\Z12\ ".strip()),
    ],
)
def test_escapes(raw: str, words: str) -> None:
    (found,) = documents(message(PID, OBR, f"OBX|1|ST|X^Y^L||{raw}||||||F"))
    assert found.observations[0].value == words


@pytest.mark.parametrize(
    ("value", "words", "number"),
    [("^1^:^128", "1:128", None), ("^10^-^20", "10-20", None), (">=^5", ">=5", Decimal(5))],
)
def test_structured_numbers(value: str, words: str, number: Decimal | None) -> None:
    (found,) = documents(message(PID, OBR, f"OBX|1|SN|X^Y^L||{value}||||||F"))
    assert (found.observations[0].value, found.observations[0].number) == (words, number)


def test_the_code_of_loinc_is_preferred_to_the_laboratorys_own() -> None:
    (found,) = documents(message(PID, OBR, "OBX|1|NM|GLU^Sucre^L^14749-6^Glucose^LN||7||||||F"))
    result = found.observations[0]
    assert (result.code, result.label) == ("14749-6", "Sucre")


def test_a_type_of_which_nobody_says_the_number_stays_words() -> None:
    (found,) = documents(message(PID, OBR, "OBX|1|ST|L^Leucocytes^L||2.920|/mm3|||||F"))
    assert found.observations[0].number is None


def test_every_file_of_an_obx_is_carried() -> None:
    one, two = (base64.b64encode(each).decode() for each in (b"%PDF-1.4 un", b"%PDF-1.4 deux"))
    both = f"OBX|1|ED|X^CR^L||^AP^PDF^Base64^{one}~^AP^PDF^Base64^{two}||||||F"
    (found,) = documents(message(PID, OBR, both))
    assert [each.octets for each in found.renditions] == [b"%PDF-1.4 un", b"%PDF-1.4 deux"]


@pytest.mark.parametrize("kind", ["ST", "TX", "FT"])
def test_a_pdf_written_as_words_is_a_file_and_no_result(kind: str) -> None:
    pdf = b"%PDF-1.4 " + bytes(range(256)) * 4
    words = base64.b64encode(pdf).decode()
    (found,) = documents(message(PID, OBR, f"OBX|1|{kind}|X^CR^L||{words}||||||F"))
    assert [(each.media_type, each.octets) for each in found.renditions] == [
        ("application/pdf", pdf)
    ]
    assert (found.observations, found.warnings) == ((), ())


def test_a_file_wrapped_over_lines_is_whole() -> None:
    carried = ed(CDA * 3)
    wrapped = carried[:120] + "\r" + carried[120:160] + "\r\n" + carried[160:]
    (found,) = documents(message(PID, OBR, wrapped))
    assert [(each.media_type, each.octets) for each in found.renditions] == [("text/xml", CDA * 3)]


def test_a_pdf_and_a_cda_of_one_message_are_one_document() -> None:
    (found,) = documents(message(PID, OBR, ed(CDA), ed(b"%PDF-1.4\n", name="11502-2^CR^LN")))
    assert [each.media_type for each in found.renditions] == ["text/xml", "application/pdf"]
    assert (found.code, found.title) == ("11502-2", "CR d'examens")


def test_a_file_that_is_not_there_or_unreadable_is_told() -> None:
    (found,) = documents(
        message(
            PID,
            OBR,
            *PLAIN[:1],
            "OBX|2|ED|X^Y^LN||^TEXT^XML^Base64^||||||F",
            "OBX|3|RP|Z^Z^L||\\\\srv\\f^^^||||||F",
        )
    )
    assert {"hl7.file_unreadable", "hl7.file_elsewhere"} <= set(found.warnings)


def test_the_document_a_message_replaces() -> None:
    (found,) = documents(cisis(kind="MDM^T10^MDM_T02", control="RO", state="C"))
    assert found.status is Status.CORRECTED
    assert found.identifier == Identifier(root="", extension="1.2.250.9.58132")
    assert found.replaces == (Identifier(root="1.2.250.9", extension="58131"),)


def test_nobody_is_told_when_nobody_is_named() -> None:
    (found,) = documents(message(OBR, *PLAIN))
    assert found.patient is None
    assert "hl7.no_patient" in found.warnings


def test_two_patients_without_a_name_are_not_one() -> None:
    assert len(documents(message("PID|||", OBR, *PLAIN, "PID|||", OBR, *PLAIN))) == 2


def test_a_key_of_an_ins_that_is_wrong_is_told() -> None:
    (found,) = documents(message(PID.replace("284022900000077", "284022900000076"), OBR, *PLAIN))
    assert "identifier.ins_key" in found.warnings


def test_what_is_no_message_is_refused() -> None:
    for octets, code in (
        (b"", "hl7.not_one"),
        (b"MSH", "hl7.not_one"),
        (message(PID), "hl7.no_document"),
    ):
        with pytest.raises(Permanent) as refused:
            documents(octets)
        assert refused.value.code == code


def test_every_message_of_a_batch_is_read() -> None:
    assert [each.control_id for each in read(HL7["a batch"])] == ["M-77", "M-77"]
