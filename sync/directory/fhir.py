"""The Annuaire Santé API, version 2 (FHIR R4): people and organisations, asked live.

After the published guide (docs/standards.md). The key goes in the header ESANTE-API-KEY; it is
read each time from a file or a command, and never kept. Codes without a label are left out.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from store.compose import is_address
from store.db.fold import bare
from store.errors import Transient
from store.model.directory import Address, Network, Person, Place, Source, merged, network_of, once
from store.model.directory_source import DirectorySource
from sync.directory.bounds import Bounds
from sync.directory.web import endpoint_of, get, refuse
from sync.trust.server import Trust

KEY_HEADER = "ESANTE-API-KEY"
MOST_OCTETS = 4_000_000
"""Of all answers to one question; a person takes some thousands."""
MOST_RESOURCES = 1_000
MOST_OF_EACH = 60
"""Addresses, identifiers, certificates of one resource."""
MOST_WORDS, MOST_CERTIFICATE = 400, 65_536
"""Characters: of a name, of a certificate as it is written."""
IDNPS, IDNST = "urn:oid:1.2.250.1.71.4.2.1", "urn:oid:1.2.250.1.71.4.2.2"
RPPS, FINESS = "https://rpps.esante.gouv.fr", "https://finess.esante.gouv.fr"
EXTENSION = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/"
MAILBOX, CERTIFICATE = (
    f"{EXTENSION}as-ext-mailbox-mss-metadata",
    f"{EXTENSION}as-ext-digital-certificate",
)
Json = Mapping[str, Any]


def find(
    source: DirectorySource,
    typed: str,
    secret: str,
    *,
    limit: int,
    seconds: float,
    trust: Trust = None,
) -> list[Person]:
    """The people and the organisations that answer to what was typed.

    Raises:
        MailError: of the connection; `directory.key_refused`, `directory.server_busy`...
        Transient: `directory.bad_answer`.
    """
    with Bounds(2 * seconds, MOST_OCTETS, endpoint_of(source.url).host) as bounds:
        ask = partial(_ask, source, bounds, secret=secret, seconds=seconds, trust=trust)
        people = bundle_people(ask("Practitioner", person_query(typed, limit)))
        if "@" not in typed and not typed.isdigit():
            asked = {"name": typed, "_count": str(limit)}
            people += bundle_people(ask("Organization", asked))
    return merged(people)[:limit]


def person_query(typed: str, limit: int) -> list[tuple[str, str]]:
    """The parameters of a search for people: by RPPS, by mailbox, or by the words of a name."""
    typed = typed.strip()
    if typed.isdigit():
        asked = [("identifier", typed)]
    elif "@" in typed:
        asked = [("mailbox-mss:exact", typed)]
    else:
        asked = [("name", word) for word in bare(typed).split()]
    activities = ("_revinclude", "PractitionerRole:practitioner")
    return [*asked, ("active", "true"), activities, ("_count", str(limit))]


def _ask(
    source: DirectorySource,
    bounds: Bounds,
    kind: str,
    query: Any,
    *,
    secret: str,
    seconds: float,
    trust: Trust,
) -> Json:
    url = f"{source.url.rstrip('/')}/{kind}?{urlencode(query)}"
    host = endpoint_of(url).host
    headers = {KEY_HEADER: secret, "Accept": "application/fhir+json"}
    with get(url, source.ca, headers, trust=trust, seconds=seconds, bounds=bounds) as answer:
        if answer.status != 200:
            raise refuse(answer.status, host)
        octets = answer.read()
    try:
        found = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise Transient("directory.bad_answer", host=host) from error
    if not isinstance(found, dict):
        raise Transient("directory.bad_answer", host=host)
    return found


def bundle_people(bundle: Json) -> list[Person]:
    """The people and organisations of a bundle; what is not as published is left out."""
    entries = _maps(bundle.get("entry"))[:MOST_RESOURCES]
    resources = [_map(entry.get("resource")) for entry in entries]
    roles: dict[str, list[Json]] = {}
    for role in resources:
        if role.get("resourceType") == "PractitionerRole":
            target = _text(_map(role.get("practitioner")), "reference").rpartition("/")[2]
            roles.setdefault(target, []).append(role)
    people = []
    for resource in resources:
        if resource.get("resourceType") == "Practitioner":
            people.append(_practitioner(resource, roles.get(_text(resource, "id"), [])))
        elif resource.get("resourceType") == "Organization":
            people.append(_organisation(resource))
    return [person for person in people if person.id]


def _practitioner(resource: Json, roles: list[Json]) -> Person:
    ids = _identifiers(resource)
    national_id = ids.get(IDNPS) or (f"8{ids[RPPS]}" if ids.get(RPPS) else "")
    name = next(iter(_few(resource.get("name"))), {})
    addresses = once(a for each in (resource, *roles) for a in _mailboxes(each))
    said = once(
        _text(coding, "display")
        for qualification in _few(resource.get("qualification"))
        for coding in _maps(_map(qualification.get("code")).get("coding"))
        if "ProfessionSante" in _text(coding, "system")
    )
    return Person(
        id=national_id or (addresses[0].email if addresses else ""),
        title=" ".join(_texts(name.get("prefix"))),
        family=_text(name, "family"),
        given=" ".join(_texts(name.get("given"))),
        national_id=national_id,
        professions=tuple(filter(None, said)),
        addresses=addresses,
        certificates=once(c for each in (resource, *roles) for c in _certificates(each)),
        sources=(Source.FHIR,),
    )


def _organisation(resource: Json) -> Person:
    ids = _identifiers(resource)
    where = next(iter(_maps(resource.get("address"))), {})
    phone = next(
        (_text(t, "value") for t in _few(resource.get("telecom")) if t.get("system") == "phone"),
        "",
    )
    structure_id = ids.get(IDNST) or (f"1{ids[FINESS]}" if ids.get(FINESS) else "")
    place = Place(
        name=_text(resource, "name"),
        street=", ".join(_texts(where.get("line"))),
        postcode=_text(where, "postalCode"),
        town=_text(where, "city"),
        structure_id=structure_id,
        phone=phone,
    )
    addresses = once(_mailboxes(resource))
    return Person(
        id=addresses[0].email if addresses else "",
        organisation=True,
        places=(place,),
        addresses=addresses,
        certificates=once(_certificates(resource)),
        sources=(Source.FHIR,),
    )


def _identifiers(resource: Json) -> dict[str, str]:
    return {_text(i, "system"): _text(i, "value") for i in _few(resource.get("identifier"))}


def _mailboxes(resource: Json) -> Iterator[Address]:
    for telecom in _few(resource.get("telecom")):
        email = _text(telecom, "value").strip()
        if telecom.get("system") != "email" or not is_address(email):
            continue
        facts = {
            _text(inner, "url"): inner
            for extension in _few(telecom.get("extension"))
            if extension.get("url") == MAILBOX
            for inner in _few(extension.get("extension"))
        }
        if facts.get("listeRouge", {}).get("valueBoolean") is True:
            continue  # its owner does not want it shown
        kinds = _maps(_map(facts.get("type", {}).get("valueCodeableConcept")).get("coding"))
        network = Network.MSSANTE if facts else network_of(email)
        paperless = facts.get("digitization", {}).get("valueBoolean") is True
        yield Address(email, network, next((_text(k, "code") for k in kinds), ""), paperless)


def _certificates(resource: Json) -> Iterator[bytes]:
    """By the guide an attachment that holds the .crt in hexadecimal; DER itself is read too."""
    for extension in _few(resource.get("extension")):
        if extension.get("url") != CERTIFICATE:
            continue
        for inner in _few(extension.get("extension")):
            if inner.get("url") == "value":
                data = _map(inner.get("valueAttachment")).get("data")
                der = _der(data[:MOST_CERTIFICATE]) if isinstance(data, str) else b""
                if der:
                    yield der


def _der(data: str) -> bytes:
    try:
        octets = base64.b64decode(data, validate=True)
        if octets[:1] != b"\x30":
            octets = bytes.fromhex(octets.decode("ascii"))
    except (ValueError, binascii.Error):
        return b""
    return octets if octets[:1] == b"\x30" else b""


def _map(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _maps(value: object) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _few(value: object) -> list[Json]:
    return _maps(value)[:MOST_OF_EACH]


def _text(value: Json, name: str) -> str:
    found = value.get(name)
    return found[:MOST_WORDS] if isinstance(found, str) else ""


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        return []
    return [each[:MOST_WORDS] for each in value[:MOST_OF_EACH] if isinstance(each, str)]
