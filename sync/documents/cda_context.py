"""What a ready-made CDA says in its header beside the document itself, for METADATA.XML. Pure.

Where a laboratory's own program wrote the CDA, the package says what it says and nothing of ours:
not the practice's usual facility, nor its usual act.
"""

from __future__ import annotations

from dataclasses import replace

from store.errors import Permanent
from store.model.document import Format, Rendition
from sync.documents import cda_header
from sync.documents.build_cda import PDF, BuiltCda, format_code
from sync.documents.cda import document_element, read_cda
from sync.documents.cda_types import attribute, displayed, first, identifier, moment, words
from sync.documents.facts import Coded, Context
from sync.documents.xml import Element

EVENT, ENCOUNTER = "documentationOf/serviceEvent", "componentOf/encompassingEncounter"
FACILITY = f"{ENCOUNTER}/location/healthCareFacility"
PRACTICE = (
    f"{EVENT}/performer/assignedEntity/representedOrganization/standardIndustryClassCode",
    "author/assignedAuthor/representedOrganization/standardIndustryClassCode",
)
LABORATORY = "1.3.6.1.4.1.19376.1.3.3"
"""The template of IHE XD-LAB: a report of biology in codes."""


def ready_made(octets: bytes, pdf: bytes) -> BuiltCda:
    """A CDA as it came, its header read for the package.

    Args:
        pdf: that shows it, and lay beside it; b'' for none.

    Raises:
        Permanent: `cda.not_one`; what `read_xml` raises; `cda.form_unknown`, one in codes that is
            no report of biology: which format a package may say of it is not known here.
    """
    document, root = read_cda(octets), document_element(octets)
    templates = {attribute(each, "root") for each in root.findall("templateId")}
    if document.format is Format.CDA_N3 and LABORATORY not in templates:
        raise Permanent("cda.form_unknown")
    # Of a level 1 the format says what lies in it, not what lies beside it.
    inside = [each.media_type for each in document.renditions if each.octets]
    if pdf and PDF not in inside:
        shown = (*document.renditions, Rendition(media_type=PDF, octets=pdf))
        document = replace(document, renditions=shown)
    return BuiltCda(
        octets=octets,
        level=document.format,
        format_code=format_code(document.format, inside[0] if inside else ""),
        document=document,
        context=_context(root),
    )


def _context(root: Element) -> Context:
    event, facility = root.find(EVENT), root.find(FACILITY)
    performers = cda_header.professionals(root, f"{EVENT}/performer")
    return Context(
        type_name=displayed(root.find("code")),
        facility=_coded(first(facility, "code")),
        facility_name=words(first(facility, "location/name", "serviceProviderOrganization/name")),
        practice=_coded(first(root, *PRACTICE)),
        act=_coded(first(event, "code")),
        act_ended_at=moment(attribute(first(event, "effectiveTime/high"), "value")),
        performer=performers[0] if performers else None,
        encounter_at=moment(attribute(root.find(f"{ENCOUNTER}/effectiveTime/low"), "value")),
        order=identifier(root.find("inFulfillmentOf/order/id")),
        language=attribute(root.find("languageCode"), "code") or Context().language,
    )


def _coded(element: Element | None) -> Coded | None:
    code, system = attribute(element, "code"), attribute(element, "codeSystem")
    if not code or not system:
        return None
    return Coded(code=code, system=system, name=displayed(element))
