"""CDA R2, octets in, HealthDocument out: level 1 (a PDF in an envelope) and level 3. Pure.

A document that presents itself is a stylesheet with the document inside: the document is taken
out, and the stylesheet is never run. Sources: HL7 CDA R2, CI-SIS.
"""

from __future__ import annotations

from store.errors import Permanent
from store.model.document import Format, HealthDocument, Identifier, Moment, Professional, Status
from sync.documents import cda_header, cda_media, cda_results, narrative
from sync.documents.cda_types import attribute, beginning, displayed, identifier, moment, words
from sync.documents.xml import Element, local_name, read_xml

V3 = "urn:hl7-org:v3"
LAB_STATUS = "{urn:oid:1.3.6.1.4.1.19376.1.3.2}statusCode"
STATUSES = {"completed": Status.FINAL, "active": Status.PARTIAL}
MOST_REPLACED = 100
PARTICIPANTS = (
    *("participant", "authenticator", "informant", "dataEnterer"),
    "documentationOf/serviceEvent/performer",
)


def read_cda(octets: bytes) -> HealthDocument:
    """Read one document.

    Raises:
        Permanent: `cda.not_one`; or what `read_xml` raises.
    """
    tree = read_xml(octets)
    return _read(_of_tree(tree.root), list(tree.warnings))


def document_element(octets: bytes) -> Element:
    """The ClinicalDocument of a file, its names without their namespace. Raises as `read_cda`."""
    return _of_tree(read_xml(octets).root)


def _of_tree(root: Element) -> Element:
    document = clinical_document(root)
    if document is None:
        raise Permanent("cda.not_one")
    _take_namespace_away(document)
    return document


def clinical_document(root: Element) -> Element | None:
    """The ClinicalDocument: the root, or what a stylesheet that presents itself holds."""
    for candidate in (root, *root):
        if local_name(candidate) == "ClinicalDocument":
            return candidate
    if local_name(root) not in ("stylesheet", "transform"):
        return None
    return next(root.iter("{" + V3 + "}ClinicalDocument"), None)


def _take_namespace_away(document: Element) -> None:
    prefix = "{" + V3 + "}"
    for element in document.iter(prefix + "*"):
        element.tag = element.tag[len(prefix) :]


def _read(document: Element, warnings: list[str]) -> HealthDocument:
    traits, odd = cda_header.patient(document)
    authors = cda_header.professionals(document, "author")
    signers = cda_header.professionals(document, "legalAuthenticator")
    custodians = cda_header.professionals(document, "custodian")
    recipients = cda_header.professionals(document, "informationRecipient")
    participants = cda_header.professionals(document, *PARTICIPANTS)
    people = [*authors, *signers, *recipients, *participants]
    files, odd_files = cda_media.renditions(document)
    text, odd_text = narrative.body_text(document)
    results, odd_results = cda_results.observations(document)
    warnings += [*odd, *cda_header.odd_keys(people), *odd_files, *odd_text, *odd_results]
    warnings += _missing(document)
    return HealthDocument(
        format=Format.CDA_N3 if _has(document, "structuredBody") else Format.CDA_N1,
        identifier=identifier(document.find("id")),
        set_identifier=identifier(document.find("setId")),
        version=_version(document),
        replaces=_replaces(document),
        status=_status(document),
        code=attribute(document.find("code"), "code"),
        code_system=attribute(document.find("code"), "codeSystem"),
        title=words(document.find("title")) or displayed(document.find("code")),
        created_at=moment(attribute(document.find("effectiveTime"), "value")),
        service_at=_service_at(document),
        confidentiality=attribute(document.find("confidentialityCode"), "code"),
        language=attribute(document.find("languageCode"), "code"),
        patient=traits,
        authors=authors,
        signer=_one(signers),
        custodian=_one(custodians),
        recipients=recipients,
        participants=participants,
        facility=cda_header.facility(document),
        text=text or cda_media.plain_text(document, files),
        observations=results,
        renditions=files,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _has(document: Element, body: str) -> bool:
    return document.find(f"component/{body}") is not None


def _missing(document: Element) -> list[str]:
    """What every document must have, and this one has not."""
    checks = {
        "cda.no_identifier": identifier(document.find("id")) is not None,
        "cda.no_body": _has(document, "structuredBody") or _has(document, "nonXMLBody"),
    }
    return [code for code, there in checks.items() if not there]


def _one(people: tuple[Professional, ...]) -> Professional | None:
    return people[0] if people else None


def _version(document: Element) -> int | None:
    said = attribute(document.find("versionNumber"), "value")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 9 else None


def _replaces(document: Element) -> tuple[Identifier, ...]:
    replaced = (
        identifier(parent.find("id"))
        for related in document.iterfind("relatedDocument[@typeCode='RPLC']")
        for parent in related.iterfind("parentDocument")
    )
    return tuple(dict.fromkeys(each for each in replaced if each))[:MOST_REPLACED]


def _status(document: Element) -> Status:
    """Of a laboratory's report: partial while one of its acts is not completed (IHE XD-LAB)."""
    said = {
        STATUSES.get(attribute(each, "code"), Status.UNKNOWN)
        for each in document.iterfind(f"documentationOf/serviceEvent/{LAB_STATUS}")
    }
    return next((each for each in (Status.PARTIAL, Status.FINAL) if each in said), Status.UNKNOWN)


def _service_at(document: Element) -> Moment | None:
    for event in document.iterfind("documentationOf/serviceEvent/effectiveTime"):
        if found := beginning(event):
            return found
    return None
