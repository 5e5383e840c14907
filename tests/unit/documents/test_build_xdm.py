"""A package is one that any reader opens, whole, the same each time, and about one person."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import NeedsUser
from store.model.document import Identifier, Sex
from sync.documents.facts import (
    Fact,
    Missing,
)
from sync.documents.oids import IDNPS
from sync.documents.xdm_metadata import Submission, author_person
from tests.unit.documents.invented import (
    BIOLOGIST,
    CORRECTION,
    DOCUMENT,
    INS,
    OUR_OID,
    PATIENT,
    PDF_OCTETS,
    SUBMISSION,
    UUIDS,
    entry,
    package,
    unzipped,
)
from tests.unit.documents.validity import RIM, tree, valid_cda, valid_metadata

SUBSET = "IHE_XDM/SUBSET01/"
SCHEMES = {
    *("93606bcf-9494-43ec-9b4e-a7748d1a838d", "41a5887f-8865-4c09-adf7-e362475b143a"),
    *("f0306f51-975f-434e-a61c-c59651d33983", "a09d5840-386c-46f2-b5ad-9c3699a4309d"),
    *("f4f85eac-e6cb-4883-b524-f2705394840f", "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"),
    *("cccf5598-8b07-4b77-a05e-ae952c785ead", "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"),
}
CX = f"{INS}^^^&1.2.250.1.213.1.4.10&ISO^NH"
BIOLOGIST_XCN = "899700000013^Péridot^Éloïse^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"


def metadata_of(octets: bytes):  # type: ignore[no-untyped-def]
    return valid_metadata(unzipped(octets)[f"{SUBSET}METADATA.XML"])


def slots(element) -> dict[str, list[str]]:  # type: ignore[no-untyped-def]
    return {
        slot.get("name"): [value.text for value in slot.iterfind(".//rim:Value", RIM)]
        for slot in element.findall("rim:Slot", RIM)
    }


def identifiers(element) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {
        each.find("rim:Name/rim:LocalizedString", RIM).get("value"): each.get("value")
        for each in element.findall("rim:ExternalIdentifier", RIM)
    }


def test_the_layout_is_that_of_the_profile() -> None:
    names = list(unzipped(package(entry(with_pdf=True))))
    assert names == [
        *("INDEX.HTM", "README.TXT", f"{SUBSET}METADATA.XML"),
        *(f"{SUBSET}DOC00001.XML", f"{SUBSET}DOC00001.PDF"),
    ]
    for each in names:
        for step in each.split("/"):
            assert re.fullmatch(r"[A-Z0-9_]{1,8}(?:\.[A-Z0-9_]{1,3})?", step)


def test_the_same_facts_give_the_same_octets() -> None:
    first, again = package(), package()
    assert first == again
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        infos = archive.infolist()
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {(info.create_system, info.external_attr) for info in infos} == {(3, 0o100644 << 16)}


def test_the_entry_says_all_that_the_mapping_wants() -> None:
    octets = package()
    files = unzipped(octets)
    cda = files[f"{SUBSET}DOC00001.XML"]
    valid_cda(cda)
    (found,) = metadata_of(octets).iterfind(".//rim:ExtrinsicObject", RIM)
    assert slots(found) == {
        "URI": ["DOC00001.XML"],
        "hash": [hashlib.sha1(cda).hexdigest()],
        "size": [str(len(cda))],
        "creationTime": ["20261124094500"],
        "languageCode": ["fr-FR"],
        "legalAuthenticator": [BIOLOGIST_XCN],
        "serviceStartTime": ["20261124071500"],
        "sourcePatientId": [f"D-4471^^^&{OUR_OID}.9&ISO^PI"],
        "sourcePatientInfo": ["PID-5|LEROUX-ESSAI^ANAÏS^^^^^L", "PID-7|19850314", "PID-8|F"],
    }
    assert identifiers(found) == {
        "XDSDocumentEntry.uniqueId": f"{OUR_OID}.1^4471-1",
        "XDSDocumentEntry.patientId": CX,
    }
    assert (found.get("mimeType"), found.get("id")) == ("text/xml", f"urn:uuid:{UUIDS[0]}")
    codes = found.findall("rim:Classification", RIM)
    assert {each.get("classificationScheme").removeprefix("urn:uuid:") for each in codes} == SCHEMES


def test_a_used_name_is_never_said_to_be_that_of_birth() -> None:
    used = replace(DOCUMENT, patient=replace(PATIENT, birth_name=""))
    (found,) = metadata_of(package(entry(used))).iterfind(".//rim:ExtrinsicObject", RIM)
    assert slots(found)["sourcePatientInfo"][0] == "PID-5|MARTIN-ESSAI^ANAÏS^^^^^D"


def test_the_set_says_who_when_and_what_for() -> None:
    root = metadata_of(package())
    (found,) = root.iterfind(".//rim:RegistryPackage", RIM)
    assert slots(found) == {"submissionTime": ["20261124095320"]}
    assert identifiers(found) == {
        "XDSSubmissionSet.uniqueId": f"{OUR_OID}.5.1",
        "XDSSubmissionSet.sourceId": OUR_OID,
        "XDSSubmissionSet.patientId": CX,
    }
    author, content = found.findall("rim:Classification", RIM)
    assert author.get("nodeRepresentation") == ""
    assert slots(author) == {
        "authorPerson": [BIOLOGIST_XCN],
        "authorInstitution": [
            "Laboratoire des Essais^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1690000017"
        ],
        "authorSpecialty": ["G15_10/SM03^Médecin - Biologie médicale (SM)^1.2.250.1.213.1.1.4.5"],
    }
    assert content.get("nodeRepresentation") == "07"
    (node,) = root.xpath(
        "//rim:Classification[@classificationNode='urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd']",
        namespaces=RIM,
    )
    assert node.get("classifiedObject") == found.get("id")


def test_a_correction_replaces_the_entry_of_the_first_sending() -> None:
    corrected = entry(CORRECTION, 1, replaced_uuids=(UUIDS[0],))
    said = [
        (each.get("associationType").rpartition(":")[2], each.get("targetObject"))
        for each in metadata_of(package(corrected)).iterfind(".//rim:Association", RIM)
    ]
    assert said == [("HasMember", f"urn:uuid:{UUIDS[1]}"), ("RPLC", f"urn:uuid:{UUIDS[0]}")]


def test_two_documents_of_one_patient_travel_together() -> None:
    second = replace(DOCUMENT, identifier=Identifier(root=OUR_OID, extension="2"))
    files = unzipped(package(entry(), entry(second, 1)))
    assert f"{SUBSET}DOC00002.XML" in files
    assert b"DOC00002.XML" in files["INDEX.HTM"]


@pytest.mark.parametrize(
    "other",
    [
        replace(PATIENT, ins=INS[:-2] + "00"),
        replace(PATIENT, birth_name="LEROUX"),
        replace(PATIENT, birth_day="1985-03-15"),
        replace(PATIENT, sex=Sex.MALE),
    ],
)
def test_two_patients_never_travel_together(other) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NeedsUser) as raised:
        package(entry(), entry(replace(DOCUMENT, patient=other), 1))
    assert raised.value.code == "document.two_patients"


@pytest.mark.parametrize(
    ("fact", "facts", "submission"),
    [
        (Fact.SUBMISSION_IDENTIFIER, {}, replace(SUBMISSION, unique_id="")),
        (Fact.SOURCE, {}, replace(SUBMISSION, source_id="labo")),
        (Fact.CONTENT_TYPE, {}, replace(SUBMISSION, content_type=None)),
        (Fact.AUTHOR, {}, replace(SUBMISSION, author=None)),
        (Fact.CLASS_CODE, {"class_code": None}, SUBMISSION),
        (Fact.ENTRY, {"entry_uuid": "1"}, SUBMISSION),
    ],
)
def test_what_is_missing_is_named(
    fact: Fact, facts: dict[str, object], submission: Submission
) -> None:
    with pytest.raises(Missing) as raised:
        package(replace(entry(), **facts), submission=submission)
    assert raised.value.facts == (fact,)


def test_a_correction_of_what_nobody_can_name_is_held() -> None:
    with pytest.raises(Missing) as raised:
        package(entry(CORRECTION))
    assert raised.value.facts == (Fact.REPLACED_ENTRY,)


def test_an_internal_identifier_is_said_to_be_one() -> None:
    inside = Identifier(root=IDNPS, extension="518003502400041/12")
    assert author_person(replace(BIOLOGIST, identifier=inside)).endswith("^D^^^EI")


def test_a_person_can_open_it() -> None:
    files = unzipped(package(entry(with_pdf=True)))
    page = files["INDEX.HTM"].decode()
    assert 'href="IHE_XDM/SUBSET01/DOC00001.XML"' in page
    assert 'href="README.TXT"' in page
    tree(re.sub(r"<!DOCTYPE[^>]*>", "", page).encode())
    readme = files["README.TXT"].decode().split("\r\n")
    assert " . Nom : Dr Éloïse Péridot" in readme
    assert " . IHE_XDM/SUBSET01/DOC00001.XML" in readme
    assert files[f"{SUBSET}DOC00001.PDF"] == PDF_OCTETS


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(), max_size=20), st.sampled_from(["", "^&~|\\", "<&>\"'", "\r\nX: y"]))
def test_no_word_breaks_the_package(noise: str, signs: str) -> None:
    name = f"{noise}{signs}N"
    patient = replace(PATIENT, birth_name=name)
    author = replace(BIOLOGIST, family_name=name, organization=name, address=name)
    document = replace(DOCUMENT, title=name, patient=patient, authors=(author,))
    octets = package(entry(document), submission=replace(SUBMISSION, author=author))
    (found,) = metadata_of(octets).iterfind(".//rim:ExtrinsicObject", RIM)
    assert slots(found)["sourcePatientInfo"][0].count("^") == 6
    assert slots(found)["sourcePatientInfo"][0].count("|") == 1
    assert len(unzipped(octets)["README.TXT"].splitlines()) == 20
