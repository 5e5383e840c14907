"""A CDA R2 with the header the CI-SIS wants, from what a document says and its context.

Level 3 (CR-BIO) where every result can be said in codes, else level 1 around the laboratory's PDF,
else level 1 around the text. The text stays text: a PDF drawn by us would be one more paper that
nobody signed. Header and order are those of POCD_HD000040 and of the volet Structuration minimale.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from store.model.document import Format, HealthDocument, Rendition, Status
from sync.documents import cda_biology
from sync.documents.cda_people import (
    code_tag,
    custodian_tag,
    entity_tag,
    id_tag,
    interval_tag,
    patient_tag,
    prescriber_tag,
    recipient_tag,
    time_tag,
)
from sync.documents.facts import (
    Coded,
    Context,
    Fact,
    is_identifier,
    missing_in_patient,
    replaces,
    require,
    timestamp,
)
from sync.documents.oids import LOINC, TRE_A05
from sync.documents.results_text import results_text
from sync.documents.xml_text import DECLARATION, tag, text_tag, words

PDF, TEXT = "application/pdf", "text/plain"
NAMESPACES = {
    "xmlns": "urn:hl7-org:v3",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xmlns:lab": "urn:oid:1.3.6.1.4.1.19376.1.3.2",
}
HEADER_TEMPLATES = ("2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1")
TEMPLATES = {
    Format.CDA_N1: ("1.3.6.1.4.1.19376.1.2.20",),
    Format.CDA_N3: ("1.3.6.1.4.1.19376.1.3.3", "1.2.250.1.213.1.1.1.55"),
}
CONFIDENTIALITY = "2.16.840.1.113883.5.25"
IHE_FORMATS = "1.3.6.1.4.1.19376.1.2.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltCda:
    """A CDA that was built, and the facts it was built from."""

    octets: bytes
    level: Format
    format_code: Coded
    document: HealthDocument
    context: Context

    @property
    def pdf(self) -> bytes:
        """The PDF it carries, which the letter repeats octet for octet (ECO.2.1.5); b'' if none."""
        rendition = content_of(self.document)
        return rendition.octets if rendition and rendition.media_type == PDF else b""


def build_cda(document: HealthDocument, context: Context) -> BuiltCda:
    """The CDA a document stands for.

    Raises:
        Missing: `document.missing.` and the first fact that is mandatory and not known.
    """
    require(missing_in_cda(document, context))
    structured = not cda_biology.unstructured_because(document, context)
    level = Format.CDA_N3 if structured else Format.CDA_N1
    rendition = content_of(document)
    assert rendition is not None
    body = cda_biology.body(document, context, rendition) if structured else _n1_body(rendition)
    xml = tag(
        "ClinicalDocument",
        NAMESPACES,
        *_header(document, context, level),
        tag("component", {}, body),
    )
    return BuiltCda(
        octets=(DECLARATION + xml).encode(),
        level=level,
        format_code=format_code(level, rendition.media_type),
        document=document,
        context=context,
    )


def missing_in_cda(document: HealthDocument, context: Context) -> Iterator[Fact | str]:
    """Every mandatory fact of a CI-SIS header that is not known."""
    yield from missing_in_patient(document.patient)
    yield from _missing_of_itself(document, context)
    yield from _missing_people(document, context)
    yield Fact.FACILITY if not context.facility else ""
    yield Fact.PRACTICE if not context.practice else ""
    yield Fact.CONTENT if content_of(document) is None else ""


def _missing_of_itself(document: HealthDocument, context: Context) -> Iterator[Fact | str]:
    yield Fact.IDENTIFIER if not is_identifier(document.identifier) else ""
    yield Fact.SET_IDENTIFIER if not is_identifier(document.set_identifier) else ""
    version = document.version or 0
    yield Fact.VERSION if version < 1 else ""
    yield Fact.REPLACED if version > 1 and not replaces(document) else ""
    known = document.code.strip() and document.code_system in (LOINC, TRE_A05)
    yield Fact.TYPE if not known else ""
    yield Fact.TYPE_NAME if not context.type_name.strip() else ""
    yield Fact.TITLE if not document.title.strip() else ""
    yield Fact.CREATED_AT if not timestamp(document.created_at) else ""
    yield Fact.SERVICE_AT if not timestamp(document.service_at) else ""
    yield Fact.CONFIDENTIALITY if not document.confidentiality else ""


def _missing_people(document: HealthDocument, context: Context) -> Iterator[Fact | str]:
    if not document.authors:
        yield Fact.AUTHOR
    for author in document.authors:
        yield Fact.AUTHOR_IDENTIFIER if not is_identifier(author.identifier) else ""
        yield Fact.AUTHOR_NAME if not author.family_name.strip() else ""
        placed = author.organization.strip() and is_identifier(author.organization_identifier)
        yield Fact.AUTHOR_ORGANIZATION if not placed else ""
        yield Fact.AUTHOR_AT if not timestamp(author.at) else ""
    keeper = document.custodian
    kept = keeper and keeper.organization.strip() and is_identifier(keeper.organization_identifier)
    yield Fact.CUSTODIAN if not kept else ""
    signer = document.signer
    if signer is None:
        yield Fact.SIGNER
    else:
        yield Fact.SIGNER_IDENTIFIER if not is_identifier(signer.identifier) else ""
        yield Fact.SIGNER_NAME if not signer.family_name.strip() else ""
        yield Fact.SIGNED_AT if not timestamp(signer.at) else ""
    if context.performer is None:
        yield Fact.PERFORMER
    elif not is_identifier(context.performer.identifier):
        yield Fact.PERFORMER_IDENTIFIER


def content_of(document: HealthDocument) -> Rendition | None:
    """What a level 1 body carries: the PDF, else the text, else the results as text."""
    for media_type in (PDF, TEXT):
        for rendition in document.renditions:
            if rendition.media_type == media_type and rendition.octets:
                return rendition
    text = document.text.strip() or results_text(document.observations)
    return Rendition(media_type=TEXT, octets=text.encode("utf-8", "replace")) if text else None


def type_of(document: HealthDocument, context: Context) -> Coded:
    """What kind of document it is."""
    return Coded(code=document.code, system=document.code_system, name=context.type_name)


def _header(document: HealthDocument, context: Context, level: Format) -> Iterator[str]:
    yield tag("realmCode", {"code": "FR"})
    yield tag("typeId", {"root": "2.16.840.1.113883.1.3", "extension": "POCD_HD000040"})
    for template in HEADER_TEMPLATES + TEMPLATES[level]:
        yield tag("templateId", {"root": template})
    yield id_tag(document.identifier)
    yield code_tag(type_of(document, context))
    yield text_tag("title", document.title)
    yield time_tag("effectiveTime", document.created_at)
    name = "Normal" if document.confidentiality == "N" else ""
    confidential = Coded(code=document.confidentiality, system=CONFIDENTIALITY, name=name)
    yield code_tag(confidential, "confidentialityCode")
    yield tag("languageCode", {"code": context.language})
    yield id_tag(document.set_identifier, "setId")
    yield tag("versionNumber", {"value": str(document.version)})
    yield from _people(document, context)
    yield from _acts(document, context, level)


def _people(document: HealthDocument, context: Context) -> Iterator[str]:
    assert document.patient
    assert document.custodian
    assert document.signer
    yield patient_tag(document.patient)
    for author in document.authors:
        yield tag("author", {}, time_tag("time", author.at), entity_tag("assignedAuthor", author))
    yield custodian_tag(document.custodian)
    for recipient in document.recipients:
        yield recipient_tag(recipient)
    signer = document.signer
    signed = tag("signatureCode", {"code": "S"})
    entity = entity_tag("assignedEntity", signer)
    yield tag("legalAuthenticator", {}, time_tag("time", signer.at), signed, entity)
    if context.prescriber:
        yield prescriber_tag(context.prescriber)


def _acts(document: HealthDocument, context: Context, level: Format) -> Iterator[str]:
    if is_identifier(context.order):
        yield tag("inFulfillmentOf", {}, tag("order", {}, id_tag(context.order)))
    yield _service_event(document, context, level)
    for replaced in replaces(document):
        parent = tag("parentDocument", {}, id_tag(replaced))
        yield tag("relatedDocument", {"typeCode": "RPLC"}, parent)
    named = text_tag("name", context.facility_name)
    place = tag("location", {}, named) if named else ""
    facility = tag("healthCareFacility", {}, code_tag(context.facility), place)
    met = interval_tag("effectiveTime", context.encounter_at)
    encounter = tag("encompassingEncounter", {}, met, tag("location", {}, facility))
    yield tag("componentOf", {}, encounter)


def _service_event(document: HealthDocument, context: Context, level: Format) -> str:
    assert context.performer
    state = "active" if document.status is Status.PARTIAL else "completed"
    entity = entity_tag("assignedEntity", context.performer, context.practice)
    event = tag(
        "serviceEvent",
        {},
        code_tag(context.act),
        tag("lab:statusCode", {"code": state}) if level is Format.CDA_N3 else "",
        interval_tag("effectiveTime", document.service_at, context.act_ended_at),
        tag("performer", {"typeCode": "PRF"}, entity),
    )
    return tag("documentationOf", {}, event)


def _n1_body(rendition: Rendition) -> str:
    if rendition.media_type == TEXT:
        text = words(rendition.octets.decode("utf-8", "replace"))
        return tag("nonXMLBody", {}, tag("text", {"mediaType": TEXT}, text))
    encoded = base64.b64encode(rendition.octets).decode()
    said = {"mediaType": rendition.media_type, "representation": "B64"}
    return tag("nonXMLBody", {}, tag("text", said, encoded))


def format_code(level: Format, media_type: str) -> Coded:
    """What a package says of a document's form; `media_type` is what a level 1 carries."""
    if level is Format.CDA_N3:
        code, name = "urn:ihe:lab:xd-lab:2008", "CR d'examens biologiques"
    elif media_type == PDF:
        code, name = "urn:ihe:iti:xds-sd:pdf:2008", "Document à corps non structuré en Pdf/A-1"
    else:
        code, name = "urn:ihe:iti:xds-sd:text:2008", "Document à corps non structuré en texte"
    return Coded(code=code, system=IHE_FORMATS, name=name)
