"""XDM packages as vendors make them: the documents are found, and what is odd is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.errors import Permanent
from store.model.document import Format, HealthDocument, Identifier, Rendition, Sex
from sync.documents.cda import read_cda
from sync.documents.metadata import read_metadata
from sync.documents.pairing import Piece, paired
from sync.documents.traits import Degree, compare
from sync.documents.xdm import read_xdm
from sync.documents.xds_values import identifier_of, patient_of
from tests.unit.documents import invented
from tests.unit.documents.cda_maker import INS, NIR, PDF, cda, enveloped, ins, patient
from tests.unit.documents.xdm_deviations import DOCUMENT, TOLD
from tests.unit.documents.xdm_maker import (
    FOLDER,
    association,
    entry,
    metadata,
    package,
    sha1,
    zipped,
)


def test_an_ordinary_package() -> None:
    read = read_xdm(package())
    assert read.warnings == ()
    (document,) = read.documents
    assert document.format is Format.CDA_N3
    assert document.warnings == ()
    (file,) = read.files
    assert file.name == f"{FOLDER}DOC00001.XML"
    assert file.entry is not None
    assert file.entry.unique_id == "1.2.250.1.999.1^CR-1"
    assert [each.submission_time for each in read.submission_sets] == ["20261124104500"]


def test_all_that_metadata_says() -> None:
    told = read_metadata(metadata(entry(DOCUMENT), association("HasMember", "Set01", "Document01")))
    (said,) = told.entries
    assert (said.uri, said.hash, said.size) == ("DOC00001.XML", sha1(DOCUMENT), str(len(DOCUMENT)))
    assert (said.creation_time, said.service_start_time) == ("20261124", "20261123")
    assert said.type_code is not None
    assert (said.type_code.code, said.type_code.scheme, said.type_code.display) == (
        *("11502-2", "LOINC", "mots"),
    )
    assert [each.code for each in said.confidentiality_codes] == ["N"]
    assert said.authors[0].person == "810000000017^LABORDE^Ines"
    assert said.authors[0].institutions == ("Labo",)
    assert identifier_of(said.patient_id) == Identifier(root=NIR, extension=INS)
    assert told.submission_sets[0].members == ("Document01",)
    traits = patient_of(said)
    assert traits is not None
    assert (traits.ins, traits.birth_name, traits.given_names) == (INS, "BERNARD", ("PAULE",))
    assert (traits.birth_day, traits.sex) == ("1969-03-21", Sex.FEMALE)


def test_a_name_that_is_not_said_to_be_the_legal_one_is_a_used_one() -> None:
    told = read_metadata(metadata(entry(DOCUMENT, info=("PID-5|YS^LINE^^^^^D",))))
    traits = patient_of(told.entries[0])
    assert traits is not None
    assert (traits.birth_name, traits.given_names) == ("", ())
    assert (traits.used_name, traits.used_given_name) == ("YS", "LINE")


@pytest.mark.parametrize("case", TOLD)
def test_one_document_however_it_was_packed(case: str) -> None:
    octets, of_package, of_document = TOLD[case]
    read = read_xdm(octets)
    (document,) = read.documents
    assert document.identifier == Identifier(root="1.2.250.1.999.1", extension="CR-1")
    assert (read.warnings, document.warnings) == (of_package, of_document)


def test_every_submission_set_is_kept_once() -> None:
    octets, _, _ = TOLD["two submission sets"]
    assert [each.unique_id for each in read_xdm(octets).submission_sets] == ["1.2.3.4", "1.2.9"]
    twice, _, _ = TOLD["the whole package twice"]
    assert len(read_xdm(twice).submission_sets) == 1


def test_identifiers_beside_their_object_as_rim_2_1_allows() -> None:
    beside = metadata(entry(DOCUMENT)).replace(b"</ExtrinsicObject>", b"")
    beside = beside.replace(
        b'<Name><LocalizedString value="Biologie"/></Name>', b"</ExtrinsicObject>"
    )
    (said,) = read_metadata(beside).entries
    assert said.unique_id == "1.2.250.1.999.1^CR-1"
    assert said.type_code is not None


def test_a_sending_that_nothing_classifies_is_one_and_a_folder_is_not() -> None:
    mark = b' classificationNode="urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"'
    unmarked = metadata().replace(mark, b"")
    assert len(read_metadata(unmarked).submission_sets) == 1
    folder = metadata().replace(b"a54d6aa5-d40d-43f9", b"d9d542f3-6cc4-48b6")
    assert read_metadata(folder).submission_sets == ()


def test_a_document_that_no_metadata_names_is_found() -> None:
    other = cda(id='<id root="1.2.250.1.999.1" extension="CR-2"/>')
    read = read_xdm(package({f"{FOLDER}DOC00002.XML": other}))
    assert len(read.documents) == 2
    assert read.warnings == ("xdm.unlisted",)


def test_what_is_no_document_of_ours_is_still_a_file() -> None:
    named = metadata(entry(b"bonjour", uri="DOC.TXT"))
    read = read_xdm(package({f"{FOLDER}DOC.TXT": b"bonjour"}, document=b"", metadata=named))
    assert read.documents == ()
    assert [(each.name, each.octets) for each in read.files] == [(f"{FOLDER}DOC.TXT", b"bonjour")]


def test_a_damaged_document_is_told_and_kept_as_a_file() -> None:
    broken = DOCUMENT[:-20]
    read = read_xdm(package(document=broken))
    assert read.documents == ()
    assert [each.warnings for each in read.files] == [("xdm.document_unreadable",)]


def test_a_damaged_document_that_no_metadata_names_is_told_too() -> None:
    read = read_xdm(package({f"{FOLDER}DOC00002.XML": DOCUMENT[:-20]}))
    assert len(read.documents) == 1
    assert [each.warnings for each in read.files] == [(), ("xdm.document_unreadable",)]


def test_a_document_called_text_is_found_without_metadata() -> None:
    read = read_xdm(package({f"{FOLDER}DOC.TXT": DOCUMENT}, document=b"", metadata=b""))
    assert [each.name for each in read.files] == [f"{FOLDER}DOC.TXT"]


def test_documents_of_two_patients_are_told() -> None:
    other = cda(
        recordTarget=patient(
            ids=f'<id root="{NIR}" extension="{ins("1500175123045")}"/>', birth="19500101"
        )
    )
    assert "xdm.several_patients" in read_xdm(package({f"{FOLDER}B.XML": other})).warnings


@pytest.mark.parametrize("files", [{}, {"a.txt": b"x"}, {"INDEX.HTM": b"<html/>"}])
def test_another_archive_is_no_package(files: dict[str, bytes]) -> None:
    with pytest.raises(Permanent, match=r"xdm\.not_one"):
        read_xdm(zipped(files))


def test_a_pdf_has_what_its_entry_says() -> None:
    named = metadata(entry(PDF, uri="DOC00001.PDF"))
    read = read_xdm(package({f"{FOLDER}DOC00001.PDF": PDF}, document=b"", metadata=named))
    (document,) = read.documents
    assert document.format is Format.PDF
    assert (document.title, document.code) == ("Biologie", "11502-2")
    assert document.patient is not None
    assert document.patient.ins == INS
    assert document.renditions[0].name == "DOC00001.PDF"


def test_an_association_says_what_is_replaced() -> None:
    told = metadata(entry(DOCUMENT), association("RPLC", "Document01", "urn:uuid:ANCIEN"))
    (file,) = read_xdm(package(metadata=told)).files
    assert file.entry is not None
    assert file.entry.replaces == ("urn:uuid:ANCIEN",)


def test_a_package_that_pli_builds_is_read_as_it_was_meant() -> None:
    meant = invented.DOCUMENT
    read = read_xdm(invented.package())
    (document,) = read.documents
    assert (read.warnings, document.warnings) == ((), ())
    assert document.patient is not None
    assert meant.patient is not None
    likeness = compare(document.patient, meant.patient)
    assert likeness.degree is Degree.CERTAIN
    assert document.patient.address == meant.patient.address
    for name in ("identifier", "set_identifier", "version", "title", "created_at", "service_at"):
        assert getattr(document, name) == getattr(meant, name), name
    assert document.authors == meant.authors


OTHER_PDF = PDF + b"2"
NAME = "20261123_CR d'examens biologiques_BERNARD_Paule.pdf"


def a_pdf(octets: bytes = OTHER_PDF, name: str = "") -> HealthDocument:
    itself = Rendition(media_type="application/pdf", octets=octets, name=name)
    return HealthDocument(format=Format.PDF, renditions=(itself,))


CDA = read_cda(DOCUMENT)
N1 = read_cda(cda(enveloped()))
USED_ONLY = "<family>BERNARD</family><given>PAULE</given>"
TOGETHER = {
    "the same octets": [Piece(document=N1), Piece(document=a_pdf(PDF), name="x.pdf")],
    "the same stem": [
        Piece(document=CDA, name="F/DOC00001.XML"),
        Piece(document=a_pdf(), name="F/doc00001.pdf"),
    ],
    "the sender's word": [
        Piece(document=CDA, entry_uuid="u1"),
        Piece(document=a_pdf(), entry_uuid="u2", transforms=("u1",)),
    ],
    "the name by the rule": [Piece(document=CDA), Piece(document=a_pdf(), name=NAME)],
    "the used name where it is all that is known": [
        Piece(document=read_cda(cda(recordTarget=patient(name=USED_ONLY)))),
        Piece(document=a_pdf(), name=NAME),
    ],
    "with the number of the request": [
        Piece(document=CDA),
        Piece(document=a_pdf(), name=NAME.replace(".pdf", "_12150302.pdf")),
    ],
}
APART = {
    "only alone beside it": [
        Piece(document=CDA, name="a.xml"),
        Piece(document=a_pdf(), name="b.pdf"),
    ],
    "another day": [
        Piece(document=CDA),
        Piece(document=a_pdf(), name=NAME.replace("1123", "1124")),
    ],
    "another patient": [
        Piece(document=CDA),
        Piece(document=a_pdf(), name=NAME.replace("Paule", "Luc")),
    ],
    "another folder": [
        Piece(document=CDA, name="F/DOC1.XML"),
        Piece(document=a_pdf(), name="G/DOC1.PDF"),
    ],
    "two that it could be": [
        Piece(document=CDA),
        Piece(document=replace(CDA, title="bis")),
        Piece(document=a_pdf(), name=NAME),
    ],
    "no name": [Piece(document=CDA), Piece(document=a_pdf())],
}


@pytest.mark.parametrize("case", TOGETHER)
def test_a_cda_and_its_pdf_are_one(case: str) -> None:
    for pieces in (TOGETHER[case], TOGETHER[case][::-1]):
        (shown,) = paired(pieces)
        assert shown.format in (Format.CDA_N1, Format.CDA_N3)
        assert len(shown.renditions) == 1


@pytest.mark.parametrize("case", APART)
def test_without_evidence_they_stay_apart(case: str) -> None:
    assert len(paired(APART[case])) == len(APART[case])


def test_a_package_pairs_its_pdf() -> None:
    read = read_xdm(package({f"{FOLDER}DOC00001.PDF": PDF}))
    assert [each.format for each in read.documents] == [Format.CDA_N3]
    assert read.documents[0].renditions[0].octets == PDF
