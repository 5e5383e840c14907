"""METADATA.XML: one SubmissionSet and its DocumentEntries in ebRIM 3.0 (IHE ITI TF-3 §4.2).

The UUIDs are those the profile gives its schemes; the forms of values are those of the CI-SIS
mapping. Only what the CDA header says is repeated here, so the two can never disagree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from store.model.document import HealthDocument, Identifier, Professional, Sex, Traits
from sync.documents.build_cda import BuiltCda, type_of
from sync.documents.facts import (
    Coded,
    Context,
    day_digits,
    family_name,
    given_name,
    patient_identifiers,
    utc,
    utc_timestamp,
)
from sync.documents.hl7_text import escaped
from sync.documents.oids import IDNPS, IDNST, INS_ROOTS, PROFESSIONS
from sync.documents.xml_text import DECLARATION, tag, words

URN = "urn:uuid:"
NAMESPACES = {
    "xmlns:lcm": "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0",
    "xmlns:rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0",
}
REGREP = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:"
APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
DOCUMENT_ENTRY = URN + "7edca82f-054d-47f2-a032-9b2a5b5186c1"
SUBMISSION_SET = URN + "a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
HAS_MEMBER = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
REPLACES = "urn:ihe:iti:2007:AssociationType:RPLC"
AUTHOR, SET_AUTHOR = "93606bcf-9494-43ec-9b4e-a7748d1a838d", "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"
CLASS, CONTENT_TYPE = "41a5887f-8865-4c09-adf7-e362475b143a", "aa543740-bdda-424e-8c96-df4873be8500"
TYPE, FORMAT = "f0306f51-975f-434e-a61c-c59651d33983", "a09d5840-386c-46f2-b5ad-9c3699a4309d"
FACILITY, PRACTICE = (
    "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1",
    "cccf5598-8b07-4b77-a05e-ae952c785ead",
)
CONFIDENTIALITY, EVENT = (
    "f4f85eac-e6cb-4883-b524-f2705394840f",
    "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4",
)
ENTRY_UNIQUE_ID = ("2e82c1f6-a085-4c72-9da3-8640a32e42ab", "XDSDocumentEntry.uniqueId")
ENTRY_PATIENT_ID = ("58a6f841-87b3-4a3e-92fd-a8ffeff98427", "XDSDocumentEntry.patientId")
SET_UNIQUE_ID = ("96fdda7c-d067-4183-912e-bf5ee74998a8", "XDSSubmissionSet.uniqueId")
SET_SOURCE_ID = ("554ac39e-e3fe-47fe-b233-965d2a147832", "XDSSubmissionSet.sourceId")
SET_PATIENT_ID = ("6b5aea1a-874d-4603-a4bc-96a0a7b38446", "XDSSubmissionSet.patientId")
CDA_CONFIDENTIALITY = "2.16.840.1.113883.5.25"
SET_ID = "SubmissionSet01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One act of handing documents over."""

    unique_id: str
    """OID of this very set."""
    source_id: str
    """OID of the system that hands over."""
    submitted_at: int
    content_type: Coded | None = None
    """JDV_J59: the activity it comes from."""
    author: Professional | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One document in a set."""

    cda: BuiltCda
    entry_uuid: str
    """Without `urn:uuid:`."""
    class_code: Coded | None = None
    """Derived from the type by ASS_X04, a table we do not have: it is given."""
    replaced_uuids: tuple[str, ...] = ()
    """entryUUIDs of the entries that this one replaces."""
    with_pdf: bool = False
    """Whether the PDF it carries also lies beside it in the package."""


def metadata(entries: Sequence[Entry], uris: Sequence[str], submission: Submission) -> bytes:
    """METADATA.XML of complete facts (`build_xdm.missing_in_xdm` says which)."""
    objects = [_submission_set(entries[0].cda.document, submission)]
    marked = {
        "id": f"{SET_ID}_n",
        "objectType": REGREP + "Classification",
        "classifiedObject": SET_ID,
        "classificationNode": SUBMISSION_SET,
    }
    objects.append(tag("rim:Classification", marked))
    objects += [_document(entry, uri) for entry, uri in zip(entries, uris, strict=True)]
    for number, entry in enumerate(entries, 1):
        objects += _associations(number, entry)
    inner = tag("rim:RegistryObjectList", {}, *objects)
    return (DECLARATION + tag("lcm:SubmitObjectsRequest", NAMESPACES, inner)).encode()


def cx(identifier: Identifier) -> str:
    """A patient's identifier as HL7 CX; NH says national."""
    kind = "NH" if identifier.root in INS_ROOTS else "PI"
    return f"{escaped(identifier.extension)}^^^&{identifier.root}&ISO^{kind}"


def unique_id(identifier: Identifier) -> str:
    """A CDA id as XDSDocumentEntry.uniqueId."""
    return f"{identifier.root}^{identifier.extension}".removesuffix("^")


def author_person(person: Professional) -> str:
    """XCN, as the CI-SIS mapping writes it."""
    number = person.identifier.extension if person.identifier else ""
    root = person.identifier.root if person.identifier else IDNPS
    kind = "EI" if "/" in number else "IDNPS"
    names = f"{escaped(person.family_name)}^{escaped(person.given_name)}"
    return f"{escaped(number)}^{names}^^^^^^&{root}&ISO^D^^^{kind}"


def author_institution(person: Professional) -> str:
    """XON, as the CI-SIS mapping writes it."""
    identifier = person.organization_identifier
    number = escaped(identifier.extension) if identifier else ""
    root = identifier.root if identifier else IDNST
    return f"{escaped(person.organization)}^^^^^&{root}&ISO^IDNST^^^{number}"


def _slot(name: str, *values: str) -> str:
    said = (tag("rim:Value", {}, words(value)) for value in values)
    return tag("rim:Slot", {"name": name}, tag("rim:ValueList", {}, *said))


def _named(text: str) -> str:
    return tag("rim:Name", {}, tag("rim:LocalizedString", {"xml:lang": "fr-FR", "value": text}))


def _code(owner: str, scheme: str, coded: Coded | None) -> str:
    if coded is None:
        return ""
    said = {
        "id": f"{owner}_{scheme[:8]}",
        "objectType": REGREP + "Classification",
        "classificationScheme": URN + scheme,
        "classifiedObject": owner,
        "nodeRepresentation": coded.code,
    }
    system = _slot("codingScheme", coded.system)
    return tag("rim:Classification", said, system, _named(coded.name or coded.code))


def _author(owner: str, scheme: str, number: int, person: Professional) -> str:
    said = {
        "id": f"{owner}_a{number}",
        "objectType": REGREP + "Classification",
        "classificationScheme": URN + scheme,
        "classifiedObject": owner,
        "nodeRepresentation": "",
    }
    # The profile wants it there, and empty: an author is no code.
    return tag("rim:Classification", said, *_author_slots(person), blank="nodeRepresentation")


def _author_slots(person: Professional) -> Iterator[str]:
    yield _slot("authorPerson", author_person(person))
    if person.organization:
        yield _slot("authorInstitution", author_institution(person))
    if person.profession_code:
        parts = (person.profession_code, person.profession, PROFESSIONS)
        yield _slot("authorSpecialty", "^".join(map(escaped, parts)))


def _external(owner: str, scheme: tuple[str, str], value: str) -> str:
    said = {
        "id": f"{owner}_{scheme[0][:8]}",
        "objectType": REGREP + "ExternalIdentifier",
        "registryObject": owner,
        "identificationScheme": URN + scheme[0],
        "value": value,
    }
    return tag("rim:ExternalIdentifier", said, _named(scheme[1]))


def _submission_set(document: HealthDocument, submission: Submission) -> str:
    assert document.patient
    assert submission.author
    said = {
        "id": SET_ID,
        "objectType": REGREP + "RegistryPackage",
        "status": APPROVED,
    }
    return tag(
        "rim:RegistryPackage",
        said,
        _slot("submissionTime", utc(submission.submitted_at)),
        _named(document.title),
        _author(SET_ID, SET_AUTHOR, 1, submission.author),
        _code(SET_ID, CONTENT_TYPE, submission.content_type),
        _external(SET_ID, SET_UNIQUE_ID, submission.unique_id),
        _external(SET_ID, SET_SOURCE_ID, submission.source_id),
        _external(SET_ID, SET_PATIENT_ID, cx(patient_identifiers(document.patient)[0])),
    )


def _document(entry: Entry, uri: str) -> str:
    document, context = entry.cda.document, entry.cda.context
    assert document.patient
    assert document.identifier
    owner = URN + entry.entry_uuid
    said = {
        "id": owner,
        "lid": owner,
        "objectType": DOCUMENT_ENTRY,
        "status": APPROVED,
        "mimeType": "text/xml",
    }
    return tag(
        "rim:ExtrinsicObject",
        said,
        *_entry_slots(entry, uri),
        _named(document.title),
        *(_author(owner, AUTHOR, n, each) for n, each in enumerate(document.authors, 1)),
        *_entry_codes(owner, entry, context),
        _external(owner, ENTRY_UNIQUE_ID, unique_id(document.identifier)),
        _external(owner, ENTRY_PATIENT_ID, cx(patient_identifiers(document.patient)[0])),
    )


def _entry_slots(entry: Entry, uri: str) -> Iterator[str]:
    document, context = entry.cda.document, entry.cda.context
    assert document.patient
    assert document.signer
    octets = entry.cda.octets
    yield _slot("URI", uri)
    yield _slot("hash", hashlib.sha1(octets, usedforsecurity=False).hexdigest())
    yield _slot("size", str(len(octets)))
    yield _slot("creationTime", utc_timestamp(document.created_at))
    yield _slot("languageCode", context.language)
    yield _slot("legalAuthenticator", author_person(document.signer))
    yield _slot("serviceStartTime", utc_timestamp(document.service_at))
    if context.act_ended_at:
        yield _slot("serviceStopTime", utc_timestamp(context.act_ended_at))
    yield _slot("sourcePatientId", cx(patient_identifiers(document.patient)[-1]))
    yield _slot("sourcePatientInfo", *_traits(document.patient))


def _traits(patient: Traits) -> Iterator[str]:
    # L is the name of birth, D the one that is used (HL7 table 0200): neither stands for the other.
    kind = "L" if patient.birth_name.strip() else "D"
    yield f"PID-5|{escaped(family_name(patient))}^{escaped(given_name(patient))}^^^^^{kind}"
    yield f"PID-7|{day_digits(patient.birth_day)}"
    yield f"PID-8|{patient.sex if patient.sex is not Sex.UNDIFFERENTIATED else 'U'}"


def _entry_codes(owner: str, entry: Entry, context: Context) -> Iterator[str]:
    document = entry.cda.document
    name = "Normal" if document.confidentiality == "N" else ""
    secret = Coded(code=document.confidentiality, system=CDA_CONFIDENTIALITY, name=name)
    yield _code(owner, CLASS, entry.class_code)
    yield _code(owner, TYPE, type_of(document, context))
    yield _code(owner, FORMAT, entry.cda.format_code)
    yield _code(owner, CONFIDENTIALITY, secret)
    yield _code(owner, FACILITY, context.facility)
    yield _code(owner, PRACTICE, context.practice)
    yield _code(owner, EVENT, context.act)


def _associations(number: int, entry: Entry) -> Iterator[str]:
    owner = URN + entry.entry_uuid
    original = _slot("SubmissionSetStatus", "Original")
    yield _association(f"member{number}", HAS_MEMBER, SET_ID, owner, original)
    for order, replaced in enumerate(entry.replaced_uuids, 1):
        yield _association(f"replaces{number}_{order}", REPLACES, owner, URN + replaced)


def _association(name: str, kind: str, source: str, target: str, *slots: str) -> str:
    said = {"id": name, "objectType": REGREP + "Association", "associationType": kind}
    return tag("rim:Association", said | {"sourceObject": source, "targetObject": target}, *slots)
