"""HPRIM Médecin: whose file it is, what it says, and what is wrong with it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from store.errors import Permanent
from store.model.document import Abnormality, Identifier, Status
from sync.documents.charset import decode
from sync.documents.hprim_medecin import coded_name, looks_so, read
from tests.unit.documents.lab_files import HEADER, MEDECIN, RESULTS, changed, medecin

ODD = {
    "encoded twice": {"charset.twice"},
    "no end": {"hprim.end_marks"},
    "no FIN": {"hprim.end_marks"},
    "no FIN between two": {"hprim.end_marks"},
    "no FIN, no town": {"hprim.end_marks"},
    "two ends of file": {"hprim.end_marks"},
    "text behind the end": {"hprim.end_marks", "hprim.after_end", "hprim.no_header"},
    "a doubtful century": {"hprim.birth_day"},
}


@pytest.mark.parametrize("name", [name for name in MEDECIN if name != "no birth day"])
def test_each_deviation_is_read(name: str) -> None:
    documents = read(MEDECIN[name])
    first = documents[0]
    assert first.patient is not None
    assert first.patient.used_name == "LEFÈVRE"
    assert first.patient.given_names == ("Zoé",)
    assert first.patient.birth_day == ("" if "century" in name else "1984-02-03")
    assert first.authors[0].organization == "Laboratoire de la Côte"
    if name != "text alone":
        assert [each.label for each in first.observations] == [
            line.split("|")[1] for line in RESULTS
        ]
    if name not in ("results alone", "in ISO-8859-1"):
        assert "Œdème" in first.text or name in ("in mac_roman", "in cp850")
    assert {w for each in documents for w in each.warnings} == ODD.get(name, set())


@pytest.mark.parametrize("name", MEDECIN)
def test_each_is_known_by_what_is_in_it(name: str) -> None:
    assert looks_so(decode(MEDECIN[name]).text)


def test_the_words_and_an_aligned_table_of_the_results() -> None:
    assert read(medecin().encode())[0].text.splitlines() == [
        "HÉMATOLOGIE",
        "  Prélèvement reçu à 8 h. Œdème : néant.",
        "",
        "Glycémie à jeun     1.32  g/l     +  0.74 - 1.06  [7.33 mmol/l]",
        "Créatinine            73  µmol/l     45 - 84",
        "Troponine T       < 0.01  µg/l",
        "Aspect du sérum  Limpide                          (partiel)",
    ]


def test_a_line_of_words_filled_up_with_empty_fields_is_its_words() -> None:
    (document,) = read(medecin(results=("TEX|IONOGRAMME|||||||||", "TEX|a | b")).encode())
    assert "IONOGRAMME\na | b" in document.text


def test_a_result_has_its_number_its_range_and_its_other_unit() -> None:
    sugar, _, troponin, aspect = read(medecin().encode())[0].observations
    assert (sugar.code, sugar.number, sugar.unit, sugar.low, sugar.high) == (
        *("GLY", Decimal("1.32"), "g/l", "0.74", "1.06"),
    )
    assert (sugar.abnormality, sugar.status) == (Abnormality.HIGH, Status.FINAL)
    assert (sugar.earlier[0].number, sugar.earlier[0].unit) == (Decimal("7.33"), "mmol/l")
    assert sugar.observed_at is not None
    assert sugar.observed_at.day == "2026-11-24"
    assert (troponin.comparator, troponin.number) == ("<", Decimal("0.01"))
    assert (aspect.value, aspect.number, aspect.status) == ("Limpide", None, Status.PARTIAL)


@pytest.mark.parametrize(
    ("flag", "abnormality", "alert"),
    [
        ("L", Abnormality.LOW, False),
        ("LL", Abnormality.VERY_LOW, True),
        ("HH", Abnormality.VERY_HIGH, True),
        ("AA", Abnormality.VERY_ABNORMAL, True),
        ("A", Abnormality.ABNORMAL, False),
        ("n", Abnormality.NORMAL, False),
        ("?", Abnormality.UNKNOWN, False),
        ("", Abnormality.UNKNOWN, False),
    ],
)
def test_how_abnormal_a_value_is(flag: str, abnormality: Abnormality, alert: bool) -> None:
    file = medecin(results=[f"RES|Potassium|K|N|7.1|mmol/l|3.5|5|{flag}|F"])
    found = read(file.encode())[0].observations[0]
    assert (found.abnormality, found.abnormality.is_alert) == (abnormality, alert)


def test_thousands_and_decimals_that_cannot_be_told_apart_stay_words() -> None:
    found = read(medecin(results=["RES|Leucocytes|LEU|N|2.920|/mm3|4.000|10.000|L|F"]).encode())[0]
    assert (found.observations[0].value, found.observations[0].number) == ("2.920", None)


def test_a_range_of_zeros_is_none_and_a_line_without_a_value_is_no_result() -> None:
    file = medecin(results=["RES|Aspect||A|Trouble||0|0|A|F", "RES||IGET 005|A", "RES|x"])
    (found,) = read(file.encode())[0].observations
    assert (found.low, found.high) == ("", "")


def test_the_number_of_social_security_is_no_ins() -> None:
    patient = read(medecin().encode())[0].patient
    assert patient is not None
    assert patient.ins == ""
    assert Identifier(root="", extension="284022900000000") in patient.identifiers


@pytest.mark.parametrize("name", ["several patients", "no FIN between two", "no FIN, no town"])
def test_every_patient_of_a_file_has_a_document(name: str) -> None:
    documents = read(MEDECIN[name])
    assert [each.patient.used_name for each in documents if each.patient] == ["LEFÈVRE", "PÉRON"]
    assert all(len(each.observations) == len(RESULTS) for each in documents)


def test_days_in_a_text_make_no_other_patient_of_it() -> None:
    dates = ["Antériorités", "du sucre", "", "", "", "03/02/2026", "", "", "04/02/2026", "", ""]
    assert len(read(medecin(text=dates).encode())) == 1


def test_what_lies_behind_the_end_is_shown_too() -> None:
    assert read(MEDECIN["text behind the end"])[1].text == "Fichier envoyé par la passerelle"


def test_without_two_days_in_their_places_nobody_is_named() -> None:
    (found,) = read(MEDECIN["no birth day"])
    assert found.patient is None
    assert "hprim.no_header" in found.warnings
    assert "LEFÈVRE" in found.text


@pytest.mark.parametrize(
    ("line", "code", "name"),
    [
        ("LABO29    Laboratoire de la Côte", "LABO29", "Laboratoire de la Côte"),
        ("labo.fake Institut factice", "labo.fake", "Institut factice"),
        ("         C LabFake", "C", "LabFake"),
        (".         adresse", "", "adresse"),
        ("10002422979 DR MORVAN", "10002422979", "DR MORVAN"),
        ("LABORATOIRE DU PORT", "", "LABORATOIRE DU PORT"),
        ("DR MORVAN Anne", "", "DR MORVAN Anne"),
        ("HUJHY", "", "HUJHY"),
        ("", "", ""),
    ],
)
def test_a_sender_is_a_code_and_a_name_only_in_their_places(
    line: str, code: str, name: str
) -> None:
    assert coded_name(line) == (code, name)


@pytest.mark.parametrize(
    "octets",
    [b"", b"Bonjour,\n\nVoici les r\xe9sultats du 12/03/2026.\n", "\n".join(HEADER[:5]).encode()],
    ids=["nothing", "a letter", "half a header"],
)
def test_any_other_text_is_refused(octets: bytes) -> None:
    with pytest.raises(Permanent) as refused:
        read(octets)
    assert refused.value.code == "hprim.not_one"


def test_the_day_of_the_file_may_be_missing() -> None:
    (found,) = read(medecin(header=changed(10, "")).encode())
    assert found.service_at is None
    assert found.patient is not None
