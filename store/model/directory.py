"""Who can be written to, and by which way: people, places, and all their addresses side by side.

The words are those of the national directory (Annuaire Santé) where it has some. What a source
does not say stays empty: nothing is guessed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from store.model.identifiers import problem_with_national_id

T = TypeVar("T")


class Network(StrEnum):
    """The way a letter to an address takes."""

    MSSANTE = "mssante"
    APICRYPT = "apicrypt"
    ORDINARY = "ordinary"
    """No health network is known for it."""


class Source(StrEnum):
    """Where something is known from."""

    MSSANTE = "mssante"
    """The MSSanté correspondence extract."""
    LIBRE_ACCES = "libre_acces"
    """PS_LibreAcces, everybody who is registered."""
    CONTACT = "contact"
    """The person's own entry."""
    WRITTEN = "written"
    """Nothing but that somebody here has written to that address."""
    LDAP = "ldap"
    FHIR = "fhir"


class Address(NamedTuple):
    """One address of somebody."""

    email: str
    network: Network
    box: str = ""
    """Whose: 'PER' a person's, 'ORG' an organisation's, 'APP' a program's, 'CAB' a practice's."""
    paperless: bool = False
    """Its owner takes documents without paper."""
    inside: bool | None = None
    """Whether the white list has its domain; None where no list was imported."""


class Place(NamedTuple):
    """Where somebody works, or what an organisation is."""

    name: str = ""
    service: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    structure_id: str = ""
    """1 and a FINESS, 3 and a SIRET, 4 and an RPPS with its rank; '' unsaid."""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person, or an organisation; every `str` but `id` is words from outside."""

    id: str
    """What `pli directory show` takes: a national id, 'c' and a contact's number, or an address."""
    organisation: bool = False
    title: str = ""
    family: str = ""
    given: str = ""
    """A contact's whole name is in `family`."""
    national_id: str = ""
    """8 and an RPPS, 0 and an ADELI; '' unsaid."""
    professions: tuple[str, ...] = ()
    specialities: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    addresses: tuple[Address, ...] = ()
    certificates: tuple[bytes, ...] = ()
    """DER, as a source gave them: nobody has judged them yet."""
    sources: tuple[Source, ...] = ()
    written_at: int = 0
    """When they were last written to from here, Unix seconds; 0 for never."""

    @property
    def name(self) -> str:
        """As one says it; an organisation's service after it."""
        if self.family or self.given:
            return " ".join(filter(None, (self.given, self.family)))
        place = self.places[0] if self.places else Place()
        said = ", ".join(filter(None, (place.name, place.service)))
        return said or (self.addresses[0].email if self.addresses else self.id)

    @property
    def towns(self) -> tuple[str, ...]:
        """Each once."""
        return once(place.town for place in self.places if place.town)

    @property
    def warning(self) -> str:
        """The code of what is odd about the national id; '' when nothing is."""
        return problem_with_national_id(self.national_id) if self.national_id else ""


class Snapshot(NamedTuple):
    """What was imported last of a source, and how old it is."""

    source: Source
    taken_at: int
    """Unix seconds: when it was published."""
    imported_at: int
    """Unix seconds."""
    listings: int
    odd: int
    """Lines that could not be read, and were left out."""


class Answer(NamedTuple):
    """What a search found; never without the age of what was searched."""

    people: tuple[Person, ...]
    snapshots: tuple[Snapshot, ...]
    approximate: bool = False
    """Nothing was spelled that way: these are spelled nearly so."""
    more: bool = False
    """There are more than these."""


class Listing(NamedTuple):
    """One line of an extract. A tuple, for half a million are made at once."""

    digest: int
    """Signed, of 8 octets of the line."""
    national_id: str = ""
    email: str = ""
    box: str = ""
    title: str = ""
    family: str = ""
    given: str = ""
    profession: str = ""
    speciality: str = ""
    structure_id: str = ""
    structure: str = ""
    service: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    phone: str = ""
    paperless: bool = False


def network_of(email: str) -> Network:
    """The network an address says by itself; the white list knows better, where there is one
    (store/db/directory/networks.py)."""
    domain = email.rpartition("@")[2].lower()
    for suffix, network in ((".mssante.fr", Network.MSSANTE), (".apicrypt.org", Network.APICRYPT)):
        if f".{domain}".endswith(suffix):
            return network
    return Network.ORDINARY


def once(values: Iterable[T]) -> tuple[T, ...]:
    """Each value once, in order of appearance."""
    return tuple(dict.fromkeys(values))


def merged(people: Iterable[Person]) -> list[Person]:
    """One Person for all that have the same national id, or share an address; the first leads.

    Two different national ids are two people, whatever mailbox they share.
    """
    found: list[Person] = []
    by_key: dict[str, int] = {}
    for person in people:
        keys = _keys(person)
        at = next((by_key[key] for key in keys if _same(by_key, found, key, person)), len(found))
        if at == len(found):
            found.append(person)
        else:
            found[at] = _joined(found[at], person)
        for key in (*keys, *_keys(found[at])):
            by_key.setdefault(key, at)
    return found


def _keys(person: Person) -> tuple[str, ...]:
    emails = tuple(address.email.lower() for address in person.addresses)
    return (person.national_id, *emails) if person.national_id else emails


def _same(by_key: dict[str, int], found: Sequence[Person], key: str, person: Person) -> bool:
    if key not in by_key:
        return False
    other = found[by_key[key]].national_id
    return not other or not person.national_id or other == person.national_id


def _joined(one: Person, other: Person) -> Person:
    known = {address.email.lower() for address in one.addresses}
    return replace(
        one,
        title=one.title or other.title,
        family=one.family or other.family,
        given=one.given if one.family else other.given,
        national_id=one.national_id or other.national_id,
        professions=once((*one.professions, *other.professions)),
        specialities=once((*one.specialities, *other.specialities)),
        places=once((*one.places, *other.places)),
        addresses=(
            *one.addresses,
            *(address for address in other.addresses if address.email.lower() not in known),
        ),
        certificates=once((*one.certificates, *other.certificates)),
        sources=once((*one.sources, *other.sources)),
        written_at=max(one.written_at, other.written_at),
    )


def as_facts(person: Person) -> dict[str, Any]:
    """For JSON: what programs read, and how the answers of live sources are kept."""
    return {
        "id": person.id,
        "organisation": person.organisation,
        "name": person.name,
        "title": person.title,
        "family": person.family,
        "given": person.given,
        "national_id": person.national_id,
        "warning": person.warning,
        "professions": person.professions,
        "specialities": person.specialities,
        "places": [place._asdict() for place in person.places],
        "addresses": [address._asdict() for address in person.addresses],
        "certificates": [base64.b64encode(der).decode() for der in person.certificates],
        "sources": person.sources,
        "written_at": person.written_at,
    }


def from_facts(facts: dict[str, Any]) -> Person:
    """The inverse of `as_facts`."""
    return Person(
        **{name: facts[name] for name in ("id", "organisation", "title", "family", "given")},
        national_id=facts["national_id"],
        professions=tuple(facts["professions"]),
        specialities=tuple(facts["specialities"]),
        places=tuple(Place(**place) for place in facts["places"]),
        addresses=tuple(
            Address(**address | {"network": Network(address["network"])})
            for address in facts["addresses"]
        ),
        certificates=tuple(base64.b64decode(each) for each in facts["certificates"]),
        sources=tuple(Source(each) for each in facts["sources"]),
        written_at=facts["written_at"],
    )
