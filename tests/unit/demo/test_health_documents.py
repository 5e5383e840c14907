"""What the demo world's laboratory and hospital make is read as it was meant."""

from __future__ import annotations

from pathlib import Path

from store.model.document import Abnormality, Format
from store.model.drop_options import FoundIn, Grouping
from store.model.identifiers import problem_with_national_id
from sync.demo import hospital, laboratory
from sync.demo.scripts import LETTERS
from sync.documents import hprim_medecin
from sync.documents.author_file import read_author
from sync.documents.recognise import recognise
from sync.documents.xdm import read_xdm
from sync.drop.doctors import plain_code, read_doctors
from sync.drop.rulebook import read_rules
from tests.unit.documents.invented import unzipped
from tests.unit.documents.validity import valid_cda, valid_metadata

NOW = 1_795_514_000


def test_the_laboratorys_pairs_are_results_of_one_patient_and_their_pdf() -> None:
    pairs = laboratory.pairs(NOW)
    assert [each.text_name.removesuffix(".hpr") for each in pairs] == [
        each.pdf_name.removesuffix(".pdf") for each in pairs
    ]
    found = [hprim_medecin.read(each.text)[0] for each in pairs]
    for each, document in zip(pairs, found, strict=True):
        assert recognise(each.text_name, each.text) is Format.HPRIM_MEDECIN
        assert each.pdf.startswith(b"%PDF-")
        assert document.warnings == ()
        assert document.patient is not None
        assert (document.patient.used_name, document.patient.birth_day) == (
            "PRÉVERANGE",
            "1951-02-14",
        )
        assert "IONOGRAMME" in document.text


def test_a_value_can_be_followed_and_the_last_one_alerts() -> None:
    potassium = [
        result
        for each in laboratory.pairs(NOW)
        for result in hprim_medecin.read(each.text)[0].observations
        if result.code == "POTASSIUM"
    ]
    assert [each.value for each in potassium] == ["4,9", "5,8", "6,7"]
    assert [each.abnormality for each in potassium] == [
        Abnormality.NORMAL,
        Abnormality.HIGH,
        Abnormality.VERY_HIGH,
    ]
    days = [each.observed_at.day for each in potassium if each.observed_at]
    assert days == sorted(days)
    assert len(set(days)) == 2


def test_the_hospitals_letter_holds_one_document_and_its_pdf() -> None:
    letter = hospital.letter(NOW)
    package, pdf = letter.files
    files = unzipped(package.octets)
    valid_metadata(files["IHE_XDM/SUBSET01/METADATA.XML"])
    valid_cda(files["IHE_XDM/SUBSET01/DOC00001.XML"])
    read = read_xdm(package.octets)
    (document,) = read.documents
    assert (read.warnings, document.warnings) == ((), ())
    assert document.patient is not None
    assert (document.patient.birth_name, document.patient.ins) == ("TOURNESAC", letter.patient)
    assert document.renditions[0].octets == pdf.octets
    assert letter.subject.startswith("XDM/1.0/DDM+Lettre de liaison")
    assert pdf.name.endswith("_TOURNESAC_FIRMIN.pdf")
    assert dict(letter.fields)["X-MSS-INS"] == "O"


def test_the_code_of_a_doctor_is_in_the_laboratorys_list_but_for_one_that_was_mistyped() -> None:
    known = read_doctors(laboratory.doctors(), "medecins.csv")
    found = [hprim_medecin.read(each.text)[0].recipients[0] for each in laboratory.pairs(NOW)]
    codes = [plain_code(each.identifier.extension) for each in found if each.identifier]
    assert [code in known for code in codes] == [True, False, True]


def test_its_folder_is_a_rule_that_can_be_followed(tmp_path: Path) -> None:
    text = laboratory.rules(tmp_path / 'une "machine"', tmp_path / "m.csv", tmp_path / "retour")
    (rule,) = read_rules(text)
    assert (rule.name, rule.folder) == (laboratory.RULE, str(tmp_path / 'une "machine"'))
    assert (rule.options.grouping, rule.options.search) == (Grouping.STEM, (FoundIn.HPRIM,))


def test_the_hospitals_second_letter_is_the_next_version_of_the_first() -> None:
    first, second = (
        read_xdm(letter.files[0].octets).documents[0]
        for letter in (hospital.letter(NOW), hospital.corrected_letter(NOW))
    )
    assert first.identifier in second.replaces
    assert second.set_identifier == first.set_identifier
    assert (first.version, second.version) == (1, 2)
    assert second.patient == first.patient
    files = unzipped(hospital.corrected_letter(NOW).files[0].octets)
    valid_metadata(files["IHE_XDM/SUBSET01/METADATA.XML"])
    valid_cda(files["IHE_XDM/SUBSET01/DOC00001.XML"])
    assert "[Annule et remplace]" in hospital.corrected_letter(NOW).subject


def test_dr_alices_settings_say_all_that_a_document_of_hers_wants() -> None:
    author = read_author((LETTERS / "author.toml").read_bytes())
    assert author.default_kind in author.kinds
    assert author.person.identifier is not None
    assert problem_with_national_id(author.person.identifier.extension) == ""


def test_the_same_hour_gives_the_same_octets() -> None:
    assert laboratory.pairs(NOW) == laboratory.pairs(NOW)
    for letter in (hospital.letter, hospital.corrected_letter):
        assert hospital.octets(letter(NOW), NOW) == hospital.octets(letter(NOW), NOW)
