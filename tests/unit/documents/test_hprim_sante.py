"""HPRIM Santé: fields by its own separators, lines that go on, files beside it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from store.errors import Permanent
from store.model.document import Abnormality, Sex
from sync.documents.hprim_sante import is_safe_name, read
from tests.unit.documents.lab_files import SANTE, SANTES, sante


@pytest.mark.parametrize("name", SANTES)
def test_each_deviation_is_read(name: str) -> None:
    found = read(SANTES[name])
    patient = found[0].document.patient
    assert patient is not None
    assert (patient.birth_name, patient.used_name) == ("LE GOFF", "LEFÈVRE")
    assert (patient.given_names, patient.birth_day, patient.sex) == (
        *(("Zoé", "Anne"), "1984-02-03", Sex.FEMALE),
    )
    assert patient.address == "12 rue de l'Église\n29000 QUIMPER"
    assert len(found) == (2 if name == "two patients" else 1)


def test_the_words_are_a_table_with_its_comments() -> None:
    document = read(sante())[0].document
    assert document.text.splitlines() == [
        "Glycémie",
        "Glycémie à jeun  1.320  g/l   +  0.74 - 1.06",
        "    Contrôlé",
        "Troponine         0.01  µg/l     <0.014",
    ]
    sugar, troponin = document.observations
    assert (sugar.number, sugar.abnormality) == (Decimal("1.320"), Abnormality.HIGH)
    assert sugar.observed_at is not None
    assert sugar.observed_at.day == "2026-11-24"
    assert (troponin.reference, troponin.low) == ("<0.014", "")


def test_a_line_that_goes_on_is_one() -> None:
    (prescriber,) = read(sante())[0].document.recipients
    assert (prescriber.family_name, prescriber.organization) == (
        "DR KERMADEC Loïc",
        "Cabinet du Port",
    )


def test_the_file_beside_it_is_named_when_its_name_is_safe() -> None:
    assert read(SANTES["usual"])[0].wanted == ("B4471.PDF",)
    (unsafe,) = read(SANTES["a path for a name"])
    assert unsafe.wanted == ()
    assert "hprim.unsafe_name" in unsafe.document.warnings


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".pli", "a/b", "a\\b", "C:x", "a\0b", "a\nb", "x" * 256, " a", "*"]
)
def test_a_name_that_may_lead_elsewhere_is_not_safe(name: str) -> None:
    assert not is_safe_name(name)


def test_a_file_named_alone_is_wanted_too() -> None:
    alone = "OBX|3|FIC|CR~~L||B4471.PDF"
    assert read(sante(*SANTE[:-2], alone, "L|1"))[0].wanted == ("B4471.PDF",)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("CE", "POS~Positif~L", "Positif"),
        ("GC", "ECO~Escherichia coli", "Escherichia coli"),
        ("STN", "<~5", "< 5"),
        ("TX", "Un^Deux", "Un\nDeux"),
        ("ST", "a~b", "a b"),
    ],
)
def test_no_part_of_a_value_of_any_type_is_lost(kind: str, value: str, words: str) -> None:
    line = f"OBX|1|{kind}|K~Potassium~L||{value}|g/l||N|||F"
    (found,) = read(sante(*SANTE[:3], line, "L|1"))[0].document.observations
    assert found.value == words
    assert found.comparator == ("<" if kind == "STN" else "")


def test_an_end_that_is_missing_is_told() -> None:
    assert read(SANTES["no L"])[0].document.warnings == ("hprim.end_marks",)
    assert read(SANTES["usual"])[0].document.warnings == ()


def test_a_message_about_nobody_is_refused() -> None:
    with pytest.raises(Permanent) as refused:
        read(sante(SANTE[0], "L|1"))
    assert refused.value.code == "hprim.no_results"
    with pytest.raises(Permanent) as refused:
        read(b"Hello|world")
    assert refused.value.code == "hprim.not_one"
