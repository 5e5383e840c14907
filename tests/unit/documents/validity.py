"""Whether what was built is what its schema, and the mapping of the CI-SIS, want. One door for all.

The schemas are written from the published structures: `cda_schema.py` for POCD_MT000040,
`schemas/` for ebRIM and ebRS 3.0. What a schema cannot say, which XDS attributes are mandatory, is
a table here (ITI TF-3 §4.2.3; the mapping of "Transmission de documents CDA en HL7v2").
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from tests.unit.documents.cda_schema import cda_schema

SCHEMAS = Path(__file__).parent / "schemas"
V3 = {"v3": "urn:hl7-org:v3"}
RIM = {"rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"}
SAFE_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
ENTRY_SLOTS = (
    *("URI", "hash", "size", "creationTime", "languageCode", "legalAuthenticator"),
    *("serviceStartTime", "sourcePatientId", "sourcePatientInfo"),
)
ENTRY_SCHEMES = {
    "author": "93606bcf-9494-43ec-9b4e-a7748d1a838d",
    "classCode": "41a5887f-8865-4c09-adf7-e362475b143a",
    "typeCode": "f0306f51-975f-434e-a61c-c59651d33983",
    "formatCode": "a09d5840-386c-46f2-b5ad-9c3699a4309d",
    "confidentialityCode": "f4f85eac-e6cb-4883-b524-f2705394840f",
    "healthcareFacilityTypeCode": "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1",
    "practiceSettingCode": "cccf5598-8b07-4b77-a05e-ae952c785ead",
    "uniqueId": "2e82c1f6-a085-4c72-9da3-8640a32e42ab",
    "patientId": "58a6f841-87b3-4a3e-92fd-a8ffeff98427",
}
SET_SCHEMES = {
    "author": "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d",
    "contentTypeCode": "aa543740-bdda-424e-8c96-df4873be8500",
    "uniqueId": "96fdda7c-d067-4183-912e-bf5ee74998a8",
    "sourceId": "554ac39e-e3fe-47fe-b233-965d2a147832",
    "patientId": "6b5aea1a-874d-4603-a4bc-96a0a7b38446",
}
ATTRIBUTES = ("id", "lid", "mimeType", "objectType")


def tree(octets: bytes) -> Any:
    return etree.fromstring(octets, SAFE_PARSER)


def valid_cda(octets: bytes) -> Any:
    """The tree of a CDA that its schema takes."""
    root = tree(octets)
    cda_schema(str(SCHEMAS)).assertValid(root)
    return root


@cache
def metadata_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMAS / "lcm.xsd")))


def valid_metadata(octets: bytes) -> Any:
    """The tree of a METADATA.XML that its schema takes and that says all it must."""
    root = tree(octets)
    metadata_schema().assertValid(root)
    assert (lacking := lacking_in(root)) == [], lacking
    return root


def lacking_in(root: Any) -> list[str]:
    """The mandatory attributes that METADATA.XML does not say."""
    entries = root.findall(".//rim:ExtrinsicObject", RIM)
    sets = root.findall(".//rim:RegistryPackage", RIM)
    lacking = [] if entries and sets else ["a set and a document"]
    for entry in entries:
        lacking += [each for each in ATTRIBUTES if not entry.get(each)]
        lacking += _lacking(entry, ENTRY_SLOTS, ENTRY_SCHEMES)
    for each in sets:
        lacking += _lacking(each, ("submissionTime",), SET_SCHEMES)
    return lacking


def _lacking(owner: Any, slots: tuple[str, ...], schemes: dict[str, str]) -> list[str]:
    said = {
        slot.get("name")
        for slot in owner.findall("rim:Slot", RIM)
        if all((value.text or "").strip() for value in slot.iterfind(".//rim:Value", RIM))
    }
    marked = {
        (each.get("classificationScheme") or each.get("identificationScheme")).rpartition(":")[2]
        for each in (*owner.findall("rim:Classification", RIM), *_identifiers(owner))
    }
    titled = owner.find("rim:Name/rim:LocalizedString", RIM)
    lacking = [] if titled is not None and titled.get("value") else ["title"]
    lacking += [name for name in slots if name not in said]
    return lacking + [name for name, scheme in schemes.items() if scheme not in marked]


def _identifiers(owner: Any) -> list[Any]:
    return [each for each in owner.findall("rim:ExternalIdentifier", RIM) if each.get("value")]
