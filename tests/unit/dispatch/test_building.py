"""What leaves says what was said; what cannot leave says all that is missing, and never breaks."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.document import Abnormality, Format
from sync.dispatch.building import build_dispatch
from sync.dispatch.facts import Built, Held
from sync.documents.cda_biology import Why
from sync.documents.facts import INS_TEST, Fact
from sync.documents.hl7 import documents
from sync.documents.mss_letter import MssLetter
from sync.documents.xdm import read_xdm
from tests.unit.dispatch.practice import ALICE, AUTHOR, RESULTS, SIDECAR, facts
from tests.unit.documents.invented import INS, PDF_OCTETS
from tests.unit.documents.lab_files import message


def built(**given: Any) -> Built:
    found = build_dispatch(facts(**given))
    assert isinstance(found, Built), [str(each) for each in found.reasons]
    return found


def codes(**given: Any) -> list[str]:
    found = build_dispatch(facts(**given))
    assert isinstance(found, Held)
    return [each.code for each in found.reasons]


def said(letter: MssLetter) -> dict[str, Any]:
    return dict(letter.fields)


def test_a_pdf_and_its_sidecar_are_a_whole_letter() -> None:
    made = built(letter='body = "Bonjour."\nurgent = true')
    letter = made.letter
    assert letter
    assert letter.subject == (
        "XDM/1.0/DDM+Compte rendu d'examens biologiques LEROUX-ESSAI ANAÏS 14/03/1985"
    )
    assert letter.sender.name == "Dr_Éloïse_PÉRIDOT_Laboratoire des Essais"
    assert [each.name for each in letter.files] == [
        "IHE_XDM.zip",
        "20261124_CR d'examens biologiques_LEROUX-ESSAI_ANAÏS_26112400178.pdf",
    ]
    assert letter.files[1].octets == PDF_OCTETS
    assert {n: v for n, v in said(letter).items() if isinstance(v, str)} == {
        "X-MSS-CODECDA": "11502-2",
        "X-MSS-INS": "O",
        "X-MSS-NIL": "PLI000001",
        "Importance": "high",
    }
    assert said(letter)["Reply-To"][0].email == "accueil@labo.example"
    assert said(letter)["Disposition-Notification-To"][0].email == "eloise@labo.example"
    assert (letter.body, letter.patient, letter.to) == ("Bonjour.", INS, (ALICE,))
    assert (made.patient_letter, made.dmp, made.level) == (None, {}, Format.CDA_N1)


def test_what_is_read_back_is_what_went_in() -> None:
    given = facts(results=RESULTS)
    made = build_dispatch(given)
    assert isinstance(made, Built)
    assert made.letter
    package = read_xdm(made.letter.files[0].octets)
    assert package.warnings == ()
    [document] = package.documents
    assert document.patient
    assert given.sidecar.patient
    assert document.patient.ins == given.sidecar.patient.ins
    assert document.patient.given_names == given.sidecar.patient.given_names
    assert (document.identifier, document.set_identifier, document.version) == (
        made.named.identifier,
        made.named.set_identifier,
        1,
    )
    [author] = document.authors
    assert author.identifier == given.author.person.identifier
    assert author.organization_identifier == given.author.person.organization_identifier
    assert document.signer
    assert document.custodian
    assert document.recipients[0].emails == ("alice@cabinet.example",)
    [shown] = [each.octets for each in document.renditions]
    assert shown == PDF_OCTETS
    # The laboratory's own codes and units are no LOINC: the results stay in the PDF, and it is said
    assert (made.level, made.not_coded) == (Format.CDA_N1, Why.NO_LOINC)


def test_results_in_codes_are_a_document_of_level_3() -> None:
    coded = message(
        f"PID|||{INS}^^^&{INS_TEST}&ISO^NH||LEROUX-ESSAI^ANAÏS^^^^^L||19850314|F",
        "OBR|1|||11502-2^CR^LN|||20261124081500+0100",
        "OBX|1|NM|14749-6^Glucose^LN||7.330|mmol/L|4.11-5.88|H|||F|||20261124081500+0100",
        "OBX|2|NM|2951-2^Sodium^LN||140|mmol/L|136-145|N|||F|||20261124081500+0100",
    )
    made = built(documents=documents(coded))
    assert made.letter
    assert (made.level, made.not_coded) == (Format.CDA_N3, None)
    [document] = read_xdm(made.letter.files[0].octets).documents
    assert [(o.code, o.number, o.unit, o.abnormality) for o in document.observations] == [
        ("14749-6", Decimal("7.330"), "mmol/L", Abnormality.HIGH),
        ("2951-2", Decimal(140), "mmol/L", Abnormality.NORMAL),
    ]
    assert PDF_OCTETS in [each.octets for each in document.renditions]


def test_the_patient_gets_a_letter_of_their_own_with_the_same_document() -> None:
    made = built(letter='to_patient = true\ncloses = true\nbody = "Cher confrère"')
    assert made.letter
    assert made.patient_letter
    assert [each.email for each in made.patient_letter.to] == [f"{INS}@patient.mssante.fr"]
    assert said(made.patient_letter)["X-MSS-MES"] == "FIN"
    assert "X-MSS-MES" not in said(made.letter)
    assert made.patient_letter.body == ""
    ours, theirs = (read_xdm(each.files[0].octets) for each in (made.letter, made.patient_letter))
    assert [each.octets for each in ours.files] == [each.octets for each in theirs.files]
    assert ours.submission_sets[0].unique_id != theirs.submission_sets[0].unique_id


def test_without_a_qualified_ins_no_patient_is_written_to() -> None:
    wanted = "to_patient = true"
    doubtful = SIDECAR.replace("ins_qualified = true", "")
    assert codes(sidecar=doubtful, letter=wanted) == ["dispatch.patient_not_qualified"]
    assert codes(letter="closes = true") == ["dispatch.closes_nothing"]


def test_the_dmp_gets_a_set_of_its_own(tmp_path: Path) -> None:
    made = built(letter="to_dmp = true", to=(), folder=tmp_path)
    assert made.letter is None
    assert list(made.dmp)[:3] == ["INDEX.HTM", "README.TXT", "IHE_XDM/SUBSET01/METADATA.XML"]
    assert b"2.25.13" in made.dmp["IHE_XDM/SUBSET01/METADATA.XML"]
    assert codes(letter="to_dmp = true") == ["dispatch.no_dmp_folder"]


def test_files_about_two_people_never_leave_together() -> None:
    other = RESULTS.replace("14/03/1985", "15/03/1985")
    assert codes(results=other) == ["dispatch.other_patient"]
    two = RESULTS.replace("****FINFICHIER****\n", "") + other.replace("ANAIS", "LUCIE")
    assert codes(sidecar="[document]", results=two) == ["dispatch.other_patient"]


def test_a_correction_names_what_it_corrects() -> None:
    replaces = (
        'replaces = { identifier = { oid = "1.2.3", value = "a" }, set = { oid = "1.2.3",'
        ' value = "s" }, version = 2, entry = "0f0f0f0f-0000-4000-8000-000000000009" }'
    )
    made = built(sidecar=f"{SIDECAR}\n{replaces}")
    assert made.letter
    assert made.letter.subject.startswith("XDM/1.0/DDM+[Annule et remplace] ")
    assert (made.named.version, made.named.set_identifier.extension) == (3, "s")
    [document] = read_xdm(made.letter.files[0].octets).documents
    assert (document.version, document.replaces[0].extension) == (3, "a")


def test_a_kind_that_the_practice_never_described_is_said() -> None:
    assert codes(sidecar=SIDECAR.replace("[document]", '[document]\nkind = "crh"')) == [
        "dispatch.unknown_kind"
    ]


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("signs = true", Fact.SIGNER),
        ("keeps = true", Fact.CUSTODIAN),
        ("performs = true", Fact.PERFORMER),
        ('confidentiality = "N"', Fact.CONFIDENTIALITY),
        ('finess = "690000017"', Fact.AUTHOR_ORGANIZATION),
        ('code_name = "CR d\'examens biologiques"', Fact.TYPE_NAME),
    ],
)
def test_what_nobody_said_is_not_supposed(line: str, fact: Fact) -> None:
    assert line in AUTHOR
    assert fact in codes(author=AUTHOR.replace(line, ""))


def test_all_that_is_missing_is_named_at_once() -> None:
    found = codes(sidecar="", author="", to=(), pdf=b"")
    assert {Fact.PATIENT, Fact.AUTHOR, Fact.SIGNER, Fact.FACILITY, Fact.CLASS_CODE} < set(found)
    assert {Fact.RECIPIENT, Fact.CONTENT, Fact.SOURCE, Fact.TITLE, Fact.SERVICE_AT} < set(found)
    assert len(found) == len(set(found))


LINES = [*AUTHOR.splitlines(), "#cut", *SIDECAR.splitlines()]
SAID = [n for n, line in enumerate(LINES) if " = " in line]


@given(st.sets(st.sampled_from(SAID)), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_whatever_is_missing_is_named_and_nothing_breaks(
    left_out: set[int], has_to: bool, has_pdf: bool, has_results: bool, to_patient: bool
) -> None:
    kept = "\n".join("" if n in left_out else line for n, line in enumerate(LINES))
    author, _, sidecar = kept.partition("#cut")
    given = facts(
        sidecar,
        author=author,
        to=(ALICE,) if has_to else (),
        pdf=PDF_OCTETS if has_pdf else b"",
        results=RESULTS if has_results else "",
        letter="to_patient = true" if to_patient else "",
    )
    found = build_dispatch(given)
    assert isinstance(found, Held) or found.letter or found.patient_letter
    needed = tomllib.loads(AUTHOR)["person"].keys() - {"title", "profession", "profession_code"}
    gone = {LINES[n].split(" = ")[0] for n in left_out if n < LINES.index("#cut")}
    if gone & (needed - {"given_name"}):
        assert isinstance(found, Held)
    if isinstance(found, Held):
        assert found.reasons
        assert len({each.code for each in found.reasons}) == len(found.reasons)


def test_results_of_nobody_beside_those_of_somebody_hold_everything() -> None:
    nameless = "****LAB****\nRES|Potassium|K|N|6,9|mmol/L|3,5|5,1|HH|F|||||\n****FIN****\n"
    two = RESULTS.replace("****FINFICHIER****\n", "") + nameless + "****FINFICHIER****\n"
    assert codes(results=two) == ["dispatch.other_patient"]
