"""People and structures as elements of a CDA header, in the order its schema wants."""

from __future__ import annotations

from urllib.parse import quote

from store.model.document import Identifier, Moment, Professional, Sex, Traits
from sync.documents.facts import (
    Coded,
    given_name,
    is_identifier,
    patient_identifiers,
    timestamp,
)
from sync.documents.oids import PROFESSIONS
from sync.documents.xml_text import tag, text_tag, words

UNKNOWN = {"nullFlavor": "UNK"}
GENDER = "2.16.840.1.113883.5.1"
IN_URIS = "@+-._~!$'()*,;=/"
GENDER_NAMES = {Sex.FEMALE: "Féminin", Sex.MALE: "Masculin"}


def id_tag(identifier: Identifier | None, name: str = "id") -> str:
    """An II; '' when it cannot be said whose it is."""
    if identifier is None or not is_identifier(identifier):
        return ""
    return tag(name, {"root": identifier.root, "extension": identifier.extension})


def code_tag(coded: Coded | None, name: str = "code", *content: str, **extra: str) -> str:
    """A CE; '' when there is none."""
    if coded is None:
        return ""
    said = {"code": coded.code, "displayName": coded.name, "codeSystem": coded.system}
    return tag(name, extra | said, *content)


def time_tag(name: str, moment: Moment | None) -> str:
    """A TS, unknown where nobody said it."""
    value = timestamp(moment)
    return tag(name, {"value": value} if value else UNKNOWN)


def interval_tag(name: str, low: Moment | None, high: Moment | None = None) -> str:
    """An IVL_TS, unknown where nobody said it."""
    ends = [
        tag(end, {"value": timestamp(moment)})
        for end, moment in (("low", low), ("high", high))
        if timestamp(moment)
    ]
    return tag(name, {}, *ends) if ends else tag(name, UNKNOWN)


def address_tag(address: str) -> str:
    """An address as its lines."""
    lines = [text_tag("streetAddressLine", line.strip()) for line in address.splitlines()]
    return tag("addr", {}, *lines) if any(lines) else tag("addr", UNKNOWN)


def _uri(scheme: str, said: str) -> str:
    """RFC 3966, RFC 6068: nothing in it that no URI may hold."""
    return f"{scheme}:{quote(''.join(said.split()), safe=IN_URIS, errors='replace')}"


def telecom_tags(person: Professional) -> str:
    """Telephones and addresses."""
    said = [_uri("tel", phone) for phone in person.phones if phone.strip()]
    said += [_uri("mailto", email) for email in person.emails if email.strip()]
    return "".join(tag("telecom", {"value": each}) for each in said) or tag("telecom", UNKNOWN)


def name_tag(person: Professional) -> str:
    """The name of a professional."""
    return tag(
        "name",
        {},
        text_tag("prefix", person.prefix),
        text_tag("given", person.given_name),
        text_tag("family", person.family_name),
    )


def profession_tag(person: Professional) -> str:
    """Profession and speciality, where coded."""
    if not person.profession_code:
        return ""
    return code_tag(Coded(code=person.profession_code, system=PROFESSIONS, name=person.profession))


def organization_tag(name: str, person: Professional, practice: Coded | None = None) -> str:
    """The structure somebody works in; '' when none is known."""
    said = id_tag(person.organization_identifier) + text_tag("name", person.organization)
    practised = code_tag(practice, "standardIndustryClassCode")
    if not said:
        return tag(name, {}, practised) if practised else ""
    return tag(name, {}, said, telecom_tags(person), address_tag(person.address), practised)


def custodian_tag(person: Professional) -> str:
    """Who keeps the document: one structure, one telephone (the schema says so)."""
    phone = next((each for each in person.phones if each.strip()), "")
    telecom = {"value": _uri("tel", phone)} if phone else UNKNOWN
    kept = tag(
        "representedCustodianOrganization",
        {},
        id_tag(person.organization_identifier),
        text_tag("name", person.organization),
        tag("telecom", telecom),
        address_tag(person.address),
    )
    return tag("custodian", {}, tag("assignedCustodian", {}, kept))


def entity_tag(name: str, person: Professional, practice: Coded | None = None) -> str:
    """An assigned author or entity: identifier, profession, addresses, person, structure."""
    return tag(
        name,
        {},
        id_tag(person.identifier),
        profession_tag(person),
        address_tag(person.address),
        telecom_tags(person),
        tag("assignedPerson", {}, name_tag(person)),
        organization_tag("representedOrganization", person, practice),
    )


def recipient_tag(person: Professional) -> str:
    """One for whom the document is meant."""
    named = person.family_name or person.given_name
    inner = tag(
        "intendedRecipient",
        {},
        id_tag(person.identifier),
        address_tag(person.address),
        telecom_tags(person),
        tag("informationRecipient", {}, name_tag(person)) if named else "",
        organization_tag("receivedOrganization", person),
    )
    return tag("informationRecipient", {"typeCode": "PRCP"}, inner)


def prescriber_tag(person: Professional) -> str:
    """Who asked for it."""
    inner = tag(
        "associatedEntity",
        {"classCode": "PROV"},
        id_tag(person.identifier),
        profession_tag(person),
        address_tag(person.address),
        telecom_tags(person),
        tag("associatedPerson", {}, name_tag(person)),
        organization_tag("scopingOrganization", person),
    )
    asked = {"xsi:type": "IVL_TS"}
    at = timestamp(person.at)
    time = tag("time", asked, tag("high", {"value": at})) if at else tag("time", asked | UNKNOWN)
    return tag("participant", {"typeCode": "REF"}, time, inner)


def patient_tag(patient: Traits) -> str:
    """recordTarget: identifiers, the INS first, and the traits."""
    phones = [tag("telecom", {"value": f"tel:{''.join(p.split())}"}) for p in patient.phones if p]
    place = patient.birth_place
    coded = "county" if len(place) == 5 and place[:1].isdigit() and place[2:].isdigit() else "city"
    born = tag("addr", {}, text_tag(coded, place))
    person = tag(
        "patient",
        {"classCode": "PSN"},
        _patient_name(patient),
        _gender(patient.sex),
        tag("birthTime", {"value": patient.birth_day.replace("-", "")}),
        tag("birthplace", {}, tag("place", {}, born)) if place else "",
    )
    role = tag(
        "patientRole",
        {},
        *map(id_tag, patient_identifiers(patient)),
        address_tag(patient.address),
        *(phones or [tag("telecom", UNKNOWN)]),
        person,
    )
    return tag("recordTarget", {}, role)


def _patient_name(patient: Traits) -> str:
    """Birth name and used name, each marked as what it is; the first given name marked alone."""
    marked = [("BR", patient.birth_name), ("CL", patient.used_name)]
    families = [tag("family", {"qualifier": mark}, words(name)) for mark, name in marked if name]
    given = " ".join(name.strip() for name in patient.given_names if name.strip())
    first = tag("given", {"qualifier": "BR"}, words(given_name(patient)))
    return tag("name", {}, *families, text_tag("given", given), first)


def _gender(sex: Sex) -> str:
    return tag(
        "administrativeGenderCode",
        {"code": sex.value, "displayName": GENDER_NAMES.get(sex, ""), "codeSystem": GENDER},
    )
