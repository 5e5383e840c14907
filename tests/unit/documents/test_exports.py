"""What a practice's software takes from a folder: a message or a pair, and its answer read back."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.model.document import Abnormality, HealthDocument, Status
from store.model.email import EmailAddress
from sync.documents.export_hl7 import (
    Acknowledgement,
    Carrier,
    Route,
    Verdict,
    Visibility,
    build_mdm,
    read_acknowledgement,
)
from sync.documents.export_hprim import Party, build_hprim, pair_names, party_of
from sync.documents.facts import Fact, Missing
from sync.documents.hl7_text import escaped, unescaped
from tests.unit.documents.invented import (
    BIOLOGIST,
    CORRECTION,
    CRP,
    DOCUMENT,
    IN_CODES,
    INS,
    OUR_OID,
    PATIENT,
    TSH,
    cda,
)
from tests.unit.documents.validity import valid_cda

ROUTE = Route(
    sending_application="PLI",
    sending_facility="CABINET",
    receiving_application="LGC",
    receiving_facility="CABINET",
)
CARRIER = Carrier(
    message_id="un@labo.example",
    subject="XDM/1.0/DDM+CR | ^ LEROUX-ESSAI",
    body="Bonjour",
    sender=EmailAddress(email="eloise@labo.example"),
    recipients=(EmailAddress(email="alice@cabinet.example"),),
    reply_to=EmailAddress(email="accueil@labo.example"),
)
SEEN = Visibility(
    hidden_from_professionals=False,
    hidden_from_patient=True,
    hidden_from_guardians=False,
    changes_confidentiality=False,
)
SENDER, TO = party_of(BIOLOGIST, "LABO1"), Party(name="DR CHENEVERT", code="26A")


def mdm(document: HealthDocument = DOCUMENT, carrier: Carrier = CARRIER) -> list[list[str]]:
    """The segments of a message, each as its fields, which begin at 1 (at 2 in MSH)."""
    octets = build_mdm(
        cda(document),
        route=ROUTE,
        carrier=carrier,
        visibility=SEEN,
        control_id="20261124-1",
        sent_at=1795514000,
    )
    return [line.split("|") for line in octets.decode().removesuffix("\r").split("\r")]


def test_the_message_is_that_of_the_profile() -> None:
    message = mdm()
    names = ["MSH", "EVN", "PID", "PV1", "ORC", "OBR", "TXA", "OBX"]
    assert [each[0] for each in message] == [*names, *["PRT"] * 3, *["OBX"] * 5]
    msh, _, pid, pv1, orc, obr, txa, obx, sender, recipient, reply, mail, *flags = message
    assert msh[2:6] == ["PLI", "CABINET", "LGC", "CABINET"]
    assert msh[8:12] == ["MDM^T02^MDM_T02", "20261124-1", "P", "2.6"]
    assert (msh[16], msh[17], msh[20]) == ("FRA", "UNICODE UTF-8", "1.1^CISIS_CDA_HL7_LPS")
    assert pid[3].split("~")[0] == f"{INS}^^^&1.2.250.1.213.1.4.10&ISO^NH"
    assert pid[5] == "LEROUX-ESSAI^ANAÏS^ANAÏS LUCE^^^^L~MARTIN-ESSAI^ANAÏS^^^^^D"
    assert pid[7:9] == ["19850314", "F"]
    assert (pv1[2], orc[1]) == ("N", "NW")
    assert obr[4] == obx[3] == "11502-2^CR d'examens biologiques^LN"
    assert (txa[2], txa[3], txa[12], txa[17]) == (
        "11502-2",
        "TEXT",
        f"4471-1^^{OUR_OID}.1^ISO",
        "AU",
    )
    assert obx[11] == "F"
    valid_cda(base64.b64decode(obx[5].split("^")[4], validate=True))
    assert sender[4] == "SB^Send by^participation"
    assert sender[5].startswith("899700000013^Péridot^Éloïse^")
    assert sender[15] == "^^X.400^eloise@labo.example"
    assert recipient[15] == "^^X.400^alice@cabinet.example"
    assert reply[4] == "REPLY^Reply To^participation"
    assert [unescaped(part) for part in mail[3].split("^")] == [CARRIER.message_id, CARRIER.subject]
    assert [(each[3].split("^")[0], each[5][0]) for each in flags] == [
        ("MASQUE_PS", "N"),
        ("INVISIBLE_PATIENT", "Y"),
        ("INVISIBLE_REP_LEGAUX", "N"),
        ("MODIF_CONF_CODE", "N"),
    ]


def test_a_correction_and_a_deletion_are_events_of_their_own() -> None:
    corrected = mdm(CORRECTION)
    assert (corrected[0][8], corrected[4][1], corrected[7][11]) == ("MDM^T10^MDM_T02", "RO", "C")
    assert corrected[6][13] == f"4471-1^^{OUR_OID}.1^ISO"
    deleted = mdm(replace(DOCUMENT, status=Status.DELETED))
    assert (deleted[0][8], deleted[4][1], deleted[7][11]) == ("MDM^T04^MDM_T02", "CA", "D")


@pytest.mark.parametrize(
    ("fact", "route", "carrier"),
    [
        (Fact.PARTNER, replace(ROUTE, receiving_application=""), CARRIER),
        (Fact.PARTNER, replace(ROUTE, processing="X"), CARRIER),
        (Fact.MAIL, ROUTE, replace(CARRIER, message_id="")),
    ],
)
def test_what_a_message_lacks_is_named(fact: Fact, route: Route, carrier: Carrier) -> None:
    with pytest.raises(Missing) as raised:
        build_mdm(cda(), route=route, carrier=carrier, visibility=SEEN, control_id="1", sent_at=0)
    assert raised.value.facts == (fact,)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])))
def test_words_come_back_from_between_separators(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert not set("|^~&") & set(escaped(text))


def test_a_line_break_is_no_segment() -> None:
    assert escaped("a\r\nPID|1\u2028b\x1c") == "a PID\\F\\1 b "


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(), max_size=20))
def test_no_word_makes_a_segment_or_a_field(noise: str) -> None:
    patient = replace(PATIENT, birth_name=noise + "N", given_names=("P" + noise,))
    document = replace(DOCUMENT, patient=patient)
    message = mdm(document, replace(CARRIER, subject=noise, body=noise))
    assert [len(each) for each in message] == [len(each) for each in mdm()]


@pytest.mark.parametrize("ending", ["\r", "\n", "\r\n"])
def test_an_acknowledgement_is_read_however_its_lines_end(ending: str) -> None:
    said = [
        r"MSH|^~\&|LGC|CABINET|PLI|CABINET|20261124||ACK^T02^ACK|9|P|2.6",
        "MSA|AE|20261124-1",
        r"ERR|||902^Identifiant patient inconnu^messageErrorCondition|E||||Le \T\ la",
        "ERR|||207^Application error^HL70357|E",
    ]
    assert read_acknowledgement(
        f"\x0b{ending.join(said)}{ending}\x1c\r".encode()
    ) == Acknowledgement(
        verdict=Verdict.ERROR,
        control_id="20261124-1",
        errors=(("902", "Le & la"), ("207", "Application error")),
    )


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("MSA|AA|1", Verdict.ACCEPTED),
        ("MSA|CA|1", Verdict.ACCEPTED),
        ("MSA|AR|1", Verdict.REJECTED),
    ],
)
def test_the_verdicts(said: str, verdict: Verdict) -> None:
    read = read_acknowledgement(f"MSH|^~\\&|A\r{said}\r".encode())
    assert read == Acknowledgement(verdict=verdict, control_id="1")


@pytest.mark.parametrize(
    "octets", [b"", b"PDF", b"MSH|x\rPID|1\r", b"MSA|AA|1\r", b"MSH|\rMSA|ZZ|1"]
)
def test_what_is_no_acknowledgement_is_none(octets: bytes) -> None:
    assert read_acknowledgement(octets) is None


def hprim(document: HealthDocument = IN_CODES) -> bytes:
    return build_hprim(document, sender=SENDER, recipient=TO, order_number="26112400178")


def test_the_text_of_a_pair_is_what_practices_read() -> None:
    lines = hprim().decode("cp1252").split("\r\n")
    assert lines[:12] == [
        *("D-4471", "LEROUX-ESSAI", "ANAÏS", "3 rue des Essais", "", "69003 LYON", "14/03/1985"),
        *(f"{INS[:13]} {INS[13:]}", "26112400178", "24/11/2026"),
        *("     LABO1 Dr Éloïse Péridot", "       26A DR CHENEVERT"),
    ]
    assert lines[-3:] == ["****FIN****", "****FINFICHIER****", ""]
    at = lines.index("****LAB****")
    assert lines[at + 1 : at + 5] == [
        "TEX|BILAN THYROÏDIEN|||||||||",
        "RES|Thyréostimuline (TSH)|3016-3|N|7,95|m[IU]/L|0,270|4,200|H|F|||||",
        "TEX|Contrôle conseillé.|||||||||",
        "RES|Protéine C réactive|1988-5|N|<4|mg/L||5|N|F|||||",
    ]
    assert pair_names("4471") == ("4471.hpr", "4471.pdf")


def test_abnormal_without_a_direction_is_said_in_words() -> None:
    grave = replace(TSH, abnormality=Abnormality.VERY_ABNORMAL, status=Status.UNKNOWN)
    text = hprim(replace(DOCUMENT, observations=(grave,))).decode("cp1252")
    assert "TEX|Résultat anormal (AA)|" in text
    assert "|0,270|4,200|||||||" in text


def test_nothing_forges_an_end_mark_or_a_line() -> None:
    trap = "a\r\n****FIN****\r\nb|c"
    document = replace(
        DOCUMENT,
        text=trap + "\n****FINFICHIER****\n*****fin****",
        patient=replace(PATIENT, given_names=(trap,), address=trap),
        observations=(replace(CRP, label=trap, comment=trap),),
    )
    lines = hprim(document).decode("cp1252").split("\r\n")
    assert lines.count("****FIN****") == 1
    assert lines.count("****FINFICHIER****") == 1
    assert all(line.count("|") in (0, 14, 10) for line in lines if line.startswith(("RES", "TEX")))
    assert lines[2].startswith("a *** *FIN*")
    assert "**** *fin****" in lines


def test_what_the_pair_lacks_is_named() -> None:
    with pytest.raises(Missing) as raised:
        build_hprim(replace(DOCUMENT, patient=None), sender=SENDER, recipient=Party(name=""))
    assert raised.value.facts == (Fact.PATIENT, Fact.RECIPIENT)
    with pytest.raises(Missing) as raised:
        hprim(replace(DOCUMENT, patient=replace(PATIENT, birth_day="1985"), service_at=None))
    assert raised.value.facts == (Fact.BIRTH_DAY, Fact.SERVICE_AT)


def test_a_letter_that_cp1252_lacks_costs_that_letter_only() -> None:
    document = replace(IN_CODES, patient=replace(PATIENT, given_names=("Ž\u0142a",)))
    assert hprim(document).decode("cp1252").split("\r\n")[2] == "Ž?a"
