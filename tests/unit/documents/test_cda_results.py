"""Structured results, as the laboratory wrote them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from store.model.document import Abnormality, Observation, Status
from sync.documents import cda_results
from sync.documents.cda import read_cda
from tests.unit.documents.cda_maker import (
    LOINC,
    battery,
    bounds,
    cda,
    entry,
    judged,
    observation,
    results,
    section,
    structured,
)


def one(*args: str, **kwargs: str) -> Observation:
    (found,) = read_cda(results(observation(*args, **kwargs))).observations
    return found


def test_a_result_with_all_that_is_said_of_it() -> None:
    comment = (
        '<entryRelationship typeCode="SUBJ"><act><code code="48767-8"/><text>Hémolysé</text></act>'
        "</entryRelationship>"
    )
    found = one(rest=judged("H") + '<methodCode displayName="ISE"/>' + comment + bounds())
    assert (found.label, found.code, found.code_system) == ("Potassium", "2823-3", LOINC)
    assert (found.value, found.number, found.unit) == ("5.2", Decimal("5.2"), "mmol/L")
    assert (found.low, found.high, found.reference) == ("3.5", "5.1", "")
    assert found.abnormality is Abnormality.HIGH
    assert found.status is Status.FINAL
    assert found.observed_at is not None
    assert found.observed_at.day == "2026-11-23"
    assert (found.method, found.comment) == ("ISE", "Hémolysé")
    assert found.group == ("Biochimie", "Ionogramme")


@pytest.mark.parametrize("code", ["N", "L", "H", "A", "LL", "HH", "AA"])
def test_every_judgement_of_the_standard(code: str) -> None:
    assert one(rest=judged(code)).abnormality is Abnormality(code)


def test_the_gravest_of_several_judgements_counts() -> None:
    assert one(rest=judged("N") + judged("HH") + judged("H")).abnormality is Abnormality.VERY_HIGH


def test_a_judgement_of_another_list_is_only_words() -> None:
    found = one(rest=judged("H", "1.2.3", "Hôpital"))
    assert (found.abnormality, found.comment) == (Abnormality.UNKNOWN, "H Hôpital")
    resistant = one(rest=judged("R", name="Résistant"))
    assert (resistant.abnormality, resistant.comment) == (Abnormality.UNKNOWN, "R Résistant")


@pytest.mark.parametrize(
    ("value", "text", "number", "comparator", "unit"),
    [
        ('<value xsi:type="PQ" value="1.50" unit="1"/>', "1.50", "1.50", "", ""),
        ('<value xsi:type="hl7:PQ" value="2" unit="g/L"/>', "2", "2", "", "g/L"),
        ('<value xsi:type="PQ" value="1,5" unit="g/L"/>', "1,5", None, "", "g/L"),
        ('<value xsi:type="REAL" value="2.5"/>', "2.5", "2.5", "", ""),
        ('<value xsi:type="INT" value="3"/>', "3", "3", "", ""),
        ('<value xsi:type="BL" value="true"/>', "true", None, "", ""),
        ('<value xsi:type="ST">2.920</value>', "2.920", None, "", ""),
        ('<value xsi:type="CD" code="x" displayName="Positif"/>', "Positif", None, "", ""),
        (
            '<value xsi:type="CD"><translation displayName="Trouble"/></value>',
            "Trouble",
            None,
            "",
            "",
        ),
        (
            '<value xsi:type="IVL_PQ"><high value="0.1" unit="mg/L" inclusive="false"/></value>',
            *("<0.1", "0.1", "<", "mg/L"),
        ),
        (
            '<value xsi:type="IVL_PQ"><low value="90" unit="mL/min"/></value>',
            *(">=90", "90", ">=", "mL/min"),
        ),
        (
            '<value xsi:type="IVL_INT"><low value="1"/><high value="5"/></value>',
            *("1 - 5", None, "", ""),
        ),
        ('<value xsi:type="IVL_PQ"><center value="4" unit="h"/></value>', "4", "4", "", "h"),
        (
            '<value xsi:type="RTO"><numerator value="1"/><denominator value="128"/></value>',
            *("1/128", None, "", ""),
        ),
        ("", "", None, "", ""),
    ],
)
def test_a_value_is_as_written(
    value: str, text: str, number: str | None, comparator: str, unit: str
) -> None:
    found = one(value)
    assert (found.value, found.comparator, found.unit) == (text, comparator, unit)
    assert found.number == (None if number is None else Decimal(number))


def test_a_value_that_is_not_there_says_why() -> None:
    found = one('<value xsi:type="PQ" nullFlavor="NAV"/>')
    assert (found.value, found.number, found.comment) == ("", None, "nullFlavor NAV")


def test_several_values_are_all_shown_and_none_is_the_number() -> None:
    two = '<value xsi:type="ST">E. coli</value><value xsi:type="ST">Proteus</value>'
    assert (one(two).value, one(two).number) == ("E. coli, Proteus", None)


def test_bounds_in_another_unit_are_words() -> None:
    found = one(rest=bounds(unit="mg/L"))
    assert (found.low, found.high, found.reference) == ("", "", "3.5 - 5.1 mg/L")


def test_a_range_that_is_not_the_normal_one_is_words() -> None:
    goal = bounds("2", "3", rest=judged("T", name="Cible"))
    found = one(rest=goal + bounds())
    assert (found.low, found.high, found.reference) == ("3.5", "5.1", "Cible: 2 - 3 mmol/L")


def test_a_range_in_words() -> None:
    said = (
        "<referenceRange><observationRange><text>négatif</text></observationRange></referenceRange>"
    )
    assert one(rest=said).reference == "négatif"


def test_the_words_of_the_narrative_name_a_result() -> None:
    code = (
        '<code code="1" codeSystem="9"><originalText><reference value="#k"/></originalText></code>'
    )
    text = '<content ID="k">Kaliémie</content>'
    body = structured(section("Bio", text, entry(observation(code=code))))
    assert read_cda(cda(body)).observations[0].label == "Kaliémie"


def test_loinc_of_a_translation_is_taken() -> None:
    code = (
        f'<code code="K1" codeSystem="9"><translation code="2823-3" codeSystem="{LOINC}"/></code>'
    )
    assert (one(code=code).code, one(code=code).code_system) == ("2823-3", LOINC)
    assert one(code='<code code="K1" codeSystem="9" displayName="K"/>').code == "K1"


def test_earlier_values_and_other_units_stand_beside_the_result() -> None:
    previous = observation().replace("5.2", "4.1")
    before = f'<entryRelationship typeCode="REFR">{previous}</entryRelationship>'
    other = '<translation value="20.3" code="mg/dL"/>'
    value = f'<value xsi:type="PQ" value="5.2" unit="mmol/L">{other}</value>'
    (found,) = read_cda(results(observation(value, rest=before))).observations
    assert [(each.value, each.unit) for each in found.earlier] == [
        ("4.1", "mmol/L"),
        ("20.3", "mg/dL"),
    ]


def test_an_isolate_names_its_results() -> None:
    specimen = (
        "<specimen><specimenRole><specimenPlayingEntity>"
        '<code displayName="Escherichia coli"/></specimenPlayingEntity></specimenRole></specimen>'
    )
    antibiogram = battery("Antibiogramme", observation())
    isolate = (
        f'<organizer classCode="CLUSTER">{specimen}<component>{antibiogram}</component></organizer>'
    )
    (found,) = read_cda(cda(structured(section("ECBU", "", entry(isolate))))).observations
    assert found.group == ("ECBU", "Escherichia coli", "Antibiogramme")
    assert found.specimen == "Escherichia coli"


def test_a_result_of_somebody_else_says_so() -> None:
    subject = '<subject><relatedSubject><code displayName="Fœtus"/></relatedSubject></subject>'
    read = read_cda(results(observation(rest=subject)))
    assert read.observations[0].group == ("Biochimie", "Ionogramme", "Fœtus")
    assert read.warnings == ("cda.other_subject",)


def test_a_negated_result_says_so() -> None:
    negated = observation().replace('moodCode="EVN"', 'moodCode="EVN" negationInd="true"')
    read = read_cda(results(negated))
    assert read.observations[0].comment == "negationInd"
    assert read.warnings == ("cda.negated",)


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("completed", Status.FINAL),
        ("active", Status.PARTIAL),
        ("nullified", Status.DELETED),
        ("aborted", ""),
    ],
)
def test_the_status_of_a_result(status: str, found: str) -> None:
    assert one(status=status).status == found


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ('<value xsi:type="CD" code="I10" displayName="HTA"/>', 0),
        ('<value xsi:type="PQ" value="70" unit="kg"/>', 1),
    ],
)
def test_outside_of_the_laboratory_a_number_is_a_result_and_a_diagnosis_is_not(
    value: str, count: int
) -> None:
    assert len(read_cda(results(observation(value, template=""))).observations) == count


def test_a_result_that_is_only_wanted_is_none() -> None:
    assert read_cda(results(observation().replace("EVN", "GOL"))).observations == ()


def test_no_more_results_than_anybody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cda_results, "MOST_OBSERVATIONS", 3)
    read = read_cda(results(*[observation()] * 5))
    assert (len(read.observations), read.warnings) == (3, ("cda.too_many_results",))
