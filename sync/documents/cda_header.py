"""Who a CDA is about, who wrote, signed, keeps and receives it. Pure.

Nothing is completed: a name without a qualifier is not taken for a birth name, a professional
without a national identifier has none. A key that fails is told, and refuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from store.model.document import Identifier, Professional, Sex, Traits
from store.model.identifiers import problem_with_ins, problem_with_national_id
from sync.documents.cda_types import (
    address,
    attribute,
    beginning,
    displayed,
    first,
    identifiers,
    moment,
    telecoms,
    words,
)
from sync.documents.oids import IDNPS, IDNST, INS_ROOTS
from sync.documents.xml import Element

COMMUNE = re.compile(r"[0-9][0-9AB][0-9]{3}")
MOST_PEOPLE = 200
PERSONS = ("assignedPerson", "associatedPerson", "informationRecipient", "relatedPerson")
ORGANIZATIONS = (
    "representedOrganization",
    "scopingOrganization",
    "receivedOrganization",
    "representedCustodianOrganization",
)
ENTITIES = (
    *("assignedAuthor", "assignedEntity", "associatedEntity", "intendedRecipient"),
    *("relatedEntity", "assignedCustodian"),
)


def patient(document: Element) -> tuple[Traits | None, tuple[str, ...]]:
    """The patient, and what is odd about them. None when nobody is named."""
    role = document.find("recordTarget/patientRole")
    if role is None:
        return None, ("cda.no_patient",)
    person = role.find("patient")
    every = identifiers(role)
    ins = next((each for each in every if each.root in INS_ROOTS and each.extension), None)
    names, warnings = _names(person)
    phones, emails = telecoms([role])
    if ins is not None and (problem := problem_with_ins(ins.extension)):
        warnings = (*warnings, problem)
    if len(document.findall("recordTarget")) > 1:
        warnings = (*warnings, "cda.several_patients")
    birth = moment(attribute(first(person, "birthTime"), "value"))
    traits = Traits(
        ins=ins.extension if ins else "",
        ins_root=ins.root if ins else "",
        birth_name=names["family BR"],
        used_name=names["family CL"],
        given_names=_given_names(names),
        used_given_name=names["given CL"],
        birth_day=birth.day if birth else "",
        sex=_sex(attribute(first(person, "administrativeGenderCode"), "code")),
        birth_place=_birth_place(first(person, "birthplace/place")),
        identifiers=tuple(each for each in every if each is not ins),
        address=address(role.find("addr")),
        phones=phones,
        emails=emails,
    )
    return traits, warnings


def _names(person: Element | None) -> tuple[dict[str, str], tuple[str, ...]]:
    """The names of a patient by what they are: 'family BR', 'given CL', 'given' of no kind...

    SP, the name of a spouse, is how older documents write the used one. Of several names the legal
    one counts, else the first; the others only for the parts that say what they are.
    """
    names = dict.fromkeys(("family BR", "family CL", "given BR", "given CL", "given"), "")
    warnings: tuple[str, ...] = ()
    every = [] if person is None else person.findall("name")
    every.sort(key=lambda each: "L" not in attribute(each, "use").upper().split())
    for name, part in ((each, part) for each in every for part in (list(each) or [each])):
        said = words(part)
        kinds = set(attribute(part, "qualifier").upper().split())
        kind = "BR" if "BR" in kinds else "CL" if kinds & {"CL", "SP"} else ""
        if not kind and name is not every[0]:
            continue
        tag = "family" if part is name else part.tag
        if tag == "family" and not kind and said:
            # Legal, birth or used, nobody says: what it surely is, is how the patient is called.
            kind, warnings = "CL", ("cda.name_unqualified",)
        key = f"{tag} {kind}".strip()
        if said and key in names:
            names[key] = f"{names[key]} {said}" if key == "given" and names[key] else said
    return names, warnings


def _given_names(names: dict[str, str]) -> tuple[str, ...]:
    """The given names of birth, the first one first.

    Where the first is said, the list that begins with it is divided; else it stays one: whether
    JEAN PIERRE is two names, nobody says.
    """
    said, head = names["given"], names["given BR"]
    if not head:
        return (said,) if said else ()
    if said == head or not said.startswith(f"{head} "):
        return (head,) if said in ("", head) else (head, said)
    return (head, *said[len(head) :].split())


def _sex(code: str) -> Sex:
    return Sex(code) if code in ("F", "M", "UN") else Sex.UNKNOWN


def _birth_place(place: Element | None) -> str:
    commune = words(first(place, "addr/county"))
    if COMMUNE.fullmatch(commune):
        return commune
    return words(first(place, "addr/city")) or commune or words(first(place, "name"))


def professional(parent: Element) -> Professional | None:
    """Who an author, legalAuthenticator, custodian, participant... is; None when nobody."""
    entity = first(parent, *ENTITIES)
    if entity is None:
        return None
    person = first(entity, *PERSONS)
    organization = first(entity, *ORGANIZATIONS)
    name = first(person, "name")
    phones, emails = telecoms([entity, organization])
    code = entity.find("code")
    said = Professional(
        identifier=_preferred(identifiers(entity), IDNPS),
        # A name without parts is a whole one: which word of it is the family, nobody says.
        family_name=words(first(name, "family")) if name is not None and len(name) else words(name),
        given_name=words(first(name, "given")),
        prefix=words(first(name, "suffix", "prefix")),
        profession=displayed(code),
        profession_code=attribute(code, "code"),
        organization=words(first(organization, "name")) or _device(entity),
        organization_identifier=_preferred(identifiers(organization), IDNST),
        address=address(entity.find("addr")) or address(first(organization, "addr")),
        phones=phones,
        emails=emails,
        at=beginning(first(parent, "time")),
        role=_role(parent),
    )
    return said if said.identifier or said.family_name or said.organization else None


def _role(parent: Element) -> str:
    """Of an author, of a signer, the place itself says it."""
    said = displayed(parent.find("functionCode"))
    return said or (
        attribute(parent, "typeCode") if parent.tag in ("participant", "performer") else ""
    )


def _device(entity: Element) -> str:
    """The program that wrote, where no person did."""
    device = entity.find("assignedAuthoringDevice")
    return words(first(device, "softwareName", "manufacturerModelName"))


def _preferred(every: tuple[Identifier, ...], root: str) -> Identifier | None:
    return next((each for each in every if each.root == root), every[0] if every else None)


def professionals(document: Element, *paths: str) -> tuple[Professional, ...]:
    """Everybody at these paths, each once, in their order."""
    found: dict[Professional, None] = {}
    for parent in islice(_parents(document, paths), MOST_PEOPLE):
        said = professional(parent)
        if said is not None:
            found[said] = None
    return tuple(found)


def _parents(document: Element, paths: tuple[str, ...]) -> Iterator[Element]:
    for path in paths:
        yield from document.iterfind(path)


def facility(document: Element) -> Professional | None:
    """Where it was done."""
    path = "componentOf/encompassingEncounter/location/healthCareFacility"
    place = document.find(path)
    if place is None:
        return None
    code = place.find("code")
    said = Professional(
        organization=words(first(place, "location/name", "serviceProviderOrganization/name")),
        organization_identifier=_preferred(identifiers(place), IDNST),
        profession=displayed(code),
        profession_code=attribute(code, "code"),
        address=address(first(place, "location/addr")),
    )
    return said if said != Professional() else None


def odd_keys(people: list[Professional]) -> tuple[str, ...]:
    """What is wrong with national identifiers. One with a '/' is a house's own, without key."""
    found = {
        problem_with_national_id(each.identifier.extension): None
        for each in people
        if each.identifier and each.identifier.root == IDNPS
        if "/" not in each.identifier.extension
    }
    return tuple(each for each in found if each)
