"""METADATA.XML of an XDM package: what a sender says of the documents in it. Pure.

ebRIM as IHE uses it (ITI TF-3 §4), rim 3.0 and 2.1, with or without prefixes: elements are known by
their name, and what they mean by the UUID of their scheme. What is said in no standard way is
left out; nothing is refused here, for the documents themselves come first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sync.documents.cda_types import attribute
from sync.documents.xds_model import Author, Coded, DocumentEntry, Metadata, SubmissionSet
from sync.documents.xml import Element, local_name, read_xml

MOST_ENTRIES = 1_000
MOST_VALUES = 200
SUBMISSION_SET = "a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
AUTHORS = ("93606bcf-9494-43ec-9b4e-a7748d1a838d", "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d")
CODES = {
    "41a5887f-8865-4c09-adf7-e362475b143a": "class_code",
    "f0306f51-975f-434e-a61c-c59651d33983": "type_code",
    "a09d5840-386c-46f2-b5ad-9c3699a4309d": "format_code",
    "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1": "healthcare_facility_type_code",
    "cccf5598-8b07-4b77-a05e-ae952c785ead": "practice_setting_code",
    "f4f85eac-e6cb-4883-b524-f2705394840f": "confidentiality_code",
    "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4": "event_code_list",
    "aa543740-bdda-424e-8c96-df4873be8500": "content_type_code",
}
IDENTIFIERS = {
    "2e82c1f6-a085-4c72-9da3-8640a32e42ab": "unique_id",
    "58a6f841-87b3-4a3e-92fd-a8ffeff98427": "patient_id",
    "96fdda7c-d067-4183-912e-bf5ee74998a8": "unique_id",
    "554ac39e-e3fe-47fe-b233-965d2a147832": "source_id",
    "6b5aea1a-874d-4603-a4bc-96a0a7b38446": "patient_id",
}


def read_metadata(octets: bytes) -> Metadata:
    """Read one METADATA.XML.

    Raises:
        Permanent: what `read_xml` raises.
    """
    tree = read_xml(octets)
    about = _About(tree.root)
    objects = islice(_named(tree.root, "ExtrinsicObject"), MOST_ENTRIES)
    packages = islice(_named(tree.root, "RegistryPackage"), MOST_ENTRIES)
    entries = tuple(about.entry(each) for each in objects)
    sets = tuple(about.submission_set(each) for each in packages if about.is_submission(each))
    return Metadata(sets, entries, tree.warnings)


def _named(root: Element, name: str) -> Iterator[Element]:
    yield from root.iter(f"{{*}}{name}")


def plain_uuid(said: str) -> str:
    """A UUID in one spelling, with or without 'urn:uuid:'."""
    return said.strip().lower().removeprefix("urn:uuid:")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What one classification says."""

    kind: str = ""
    code: Coded | None = None
    author: Author | None = None


def _told(classification: Element) -> _Told:
    scheme = plain_uuid(attribute(classification, "classificationScheme"))
    if scheme in AUTHORS:
        said = _slots(classification)
        return _Told(
            author=Author(
                person=_first(said.get("authorperson", ())),
                institutions=said.get("authorinstitution", ()),
                roles=said.get("authorrole", ()),
                specialties=said.get("authorspecialty", ()),
            )
        )
    kind, code = CODES.get(scheme, ""), attribute(classification, "nodeRepresentation")
    if not (kind and code):
        return _Told()
    system = _first(_slots(classification).get("codingscheme", ()))
    return _Told(
        kind=kind, code=Coded(code=code, scheme=system, display=_said(classification, "Name"))
    )


class _About:
    """What is said of each object: inside of it, or beside it by its id, as rim 2.1 may."""

    def __init__(self, root: Element) -> None:
        self.classified: dict[str, list[Element]] = {}
        self.identified: dict[str, list[Element]] = {}
        for each in _named(root, "Classification"):
            _keep(self.classified, attribute(each, "classifiedObject"), each)
        for each in _named(root, "ExternalIdentifier"):
            _keep(self.identified, attribute(each, "registryObject"), each)
        self._told: dict[Element, _Told] = {}
        self.links: dict[tuple[str, str], list[str]] = {}
        for each in _named(root, "Association"):
            kind = attribute(each, "associationType").rpartition(":")[2].upper()
            key = (kind, attribute(each, "sourceObject"))
            self.links.setdefault(key, []).append(attribute(each, "targetObject"))

    def is_submission(self, package: Element) -> bool:
        """A package may be a folder. One that nothing classifies is a sending: some forget it."""
        marks = [attribute(each, "classificationNode") for each in self._classifications(package)]
        marks = [plain_uuid(each) for each in marks if each]
        return not marks or SUBMISSION_SET in marks

    def _classifications(self, element: Element) -> list[Element]:
        inside = [each for each in element if local_name(each) == "Classification"][:MOST_VALUES]
        beside = self.classified.get(attribute(element, "id"), [])
        return list(dict.fromkeys([*inside, *beside]))[:MOST_VALUES]

    def _identifiers(self, element: Element) -> dict[str, str]:
        inside = [e for e in element if local_name(e) == "ExternalIdentifier"][:MOST_VALUES]
        found: dict[str, str] = {}
        for each in [*inside, *self.identified.get(attribute(element, "id"), [])]:
            scheme = plain_uuid(attribute(each, "identificationScheme"))
            if scheme in IDENTIFIERS:
                found.setdefault(IDENTIFIERS[scheme], attribute(each, "value"))
        return found

    def _told_by(self, element: Element) -> Iterator[_Told]:
        """What each classification of an object says: read once, for all objects may share it."""
        for each in self._classifications(element):
            if each not in self._told:
                self._told[each] = _told(each)
            yield self._told[each]

    def _codes(self, element: Element) -> dict[str, list[Coded]]:
        found: dict[str, list[Coded]] = {}
        for each in self._told_by(element):
            if each.code:
                found.setdefault(each.kind, []).append(each.code)
        return found

    def _authors(self, element: Element) -> tuple[Author, ...]:
        return tuple(each.author for each in self._told_by(element) if each.author)

    def _linked(self, kind: str, element: Element) -> tuple[str, ...]:
        return tuple(self.links.get((kind, attribute(element, "id")), ())[:MOST_ENTRIES])

    def entry(self, element: Element) -> DocumentEntry:
        slots, codes, identifiers = (
            _slots(element),
            self._codes(element),
            self._identifiers(element),
        )

        def slot(name: str) -> str:
            return _first(slots.get(name, ()))

        def code(name: str) -> Coded | None:
            return next(iter(codes.get(name, ())), None)

        return DocumentEntry(
            entry_uuid=attribute(element, "id"),
            unique_id=identifiers.get("unique_id", ""),
            logical_id=attribute(element, "lid"),
            mime_type=attribute(element, "mimeType"),
            uri="".join(slots.get("uri", ())) or attribute(element, "uri"),
            hash=slot("hash"),
            size=slot("size"),
            title=_said(element, "Name"),
            comments=_said(element, "Description"),
            creation_time=slot("creationtime"),
            service_start_time=slot("servicestarttime"),
            service_stop_time=slot("servicestoptime"),
            language_code=slot("languagecode"),
            patient_id=identifiers.get("patient_id", ""),
            source_patient_id=slot("sourcepatientid"),
            source_patient_info=slots.get("sourcepatientinfo", ()),
            legal_authenticator=slot("legalauthenticator"),
            authors=self._authors(element),
            class_code=code("class_code"),
            type_code=code("type_code"),
            format_code=code("format_code"),
            healthcare_facility_type_code=code("healthcare_facility_type_code"),
            practice_setting_code=code("practice_setting_code"),
            confidentiality_codes=tuple(codes.get("confidentiality_code", ())),
            event_code_list=tuple(codes.get("event_code_list", ())),
            replaces=self._linked("RPLC", element),
            transforms=self._linked("XFRM", element),
        )

    def submission_set(self, element: Element) -> SubmissionSet:
        slots, codes, identifiers = (
            _slots(element),
            self._codes(element),
            self._identifiers(element),
        )
        return SubmissionSet(
            entry_uuid=attribute(element, "id"),
            unique_id=identifiers.get("unique_id", ""),
            source_id=identifiers.get("source_id", ""),
            patient_id=identifiers.get("patient_id", ""),
            submission_time=_first(slots.get("submissiontime", ())),
            title=_said(element, "Name"),
            comments=_said(element, "Description"),
            content_type_code=next(iter(codes.get("content_type_code", ())), None),
            authors=self._authors(element),
            intended_recipients=slots.get("intendedrecipient", ()),
            members=self._linked("HASMEMBER", element),
        )


def _keep(by_owner: dict[str, list[Element]], owner: str, element: Element) -> None:
    """What is said of an owner, up to what anybody says: all objects may bear one id."""
    if owner and len(kept := by_owner.setdefault(owner, [])) < MOST_VALUES:
        kept.append(element)


def _slots(element: Element) -> dict[str, tuple[str, ...]]:
    """The slots directly in an element, by their name in small letters."""
    found: dict[str, tuple[str, ...]] = {}
    for slot in element:
        if local_name(slot) != "Slot":
            continue
        values = ("".join(each.itertext()).strip() for each in _named(slot, "Value"))
        name = attribute(slot, "name").lower()
        found.setdefault(name, tuple(each for each in values if each)[:MOST_VALUES])
    return found


def _first(values: tuple[str, ...]) -> str:
    return values[0] if values else ""


def _said(element: Element, name: str) -> str:
    """The words of a Name or a Description."""
    for child in element:
        if local_name(child) == name:
            for localized in _named(child, "LocalizedString"):
                return attribute(localized, "value")
    return ""
