"""What is the same analyte, in the same unit; and what is never taken for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.model.document import Format, HealthDocument, Observation, Professional
from sync.documents.analyte import analyte, unit_key

LOINC = "2.16.840.1.113883.6.1"
DOCUMENT = HealthDocument(format=Format.CDA_N3, authors=(Professional(organization="Labo A"),))
OTHER = replace(DOCUMENT, authors=(Professional(organization="Labo B"),))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("g/l", "g/L"),
        ("µmol/l", "umol/L"),
        ("10^9/l", "G/L"),
        ("T/L", "10*12/L"),
        ("m mol/L", "mmol/l"),
    ],
)
def test_two_spellings_of_one_unit(one: str, other: str) -> None:
    assert unit_key(one) == unit_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("g/L", "G/L"), ("mmol/L", "mg/L"), ("UI/L", "U/L"), ("/mm3", "10*9/L"), ("mL/min", "Ml/min")],
)
def test_two_units_are_never_one(one: str, other: str) -> None:
    assert unit_key(one) != unit_key(other)


def test_loinc_is_everybodys_and_other_codes_are_their_laboratorys() -> None:
    known = Observation(label="Potassium", code="2823-3", code_system=LOINC, unit="mmol/L")
    assert analyte(DOCUMENT, known).key == analyte(OTHER, known).key == "loinc:2823-3"
    own = Observation(label="Potassium", code="K", unit="mmol/L")
    assert analyte(DOCUMENT, own).key != analyte(OTHER, own).key
    assert analyte(DOCUMENT, own).key == analyte(DOCUMENT, replace(own, label="K+")).key


def test_words_are_the_same_only_with_what_was_examined_and_the_unit() -> None:
    words = Observation(label="Leucocytes", unit="G/L", specimen="Sang")
    assert analyte(DOCUMENT, words) == analyte(OTHER, replace(words, label="LEUCOCYTES"))
    assert analyte(DOCUMENT, words) != analyte(DOCUMENT, replace(words, specimen="Urine"))
    assert analyte(DOCUMENT, words) != analyte(DOCUMENT, replace(words, unit="/mm3"))
    assert analyte(DOCUMENT, Observation(label="")).key == ""
