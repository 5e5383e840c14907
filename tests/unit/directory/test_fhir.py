"""The Annuaire Santé API: a double built to the published guide, and answers that are not to it."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import NeedsUser, Transient
from store.model.directory import Address, Network, Source
from store.model.directory_source import DirectorySource, SourceKind
from sync.directory import fhir
from tests.servers.authority import Authority
from tests.servers.web import Asked, Reply, web

BASE = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/"
PROFESSIONS = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
DER = b"\x30\x03\x02\x01\x05"


def mailbox(email: str, kind: str = "PER", *, hidden: bool = False) -> dict[str, object]:
    """A telecom as the guide describes it."""
    facts = [
        {"url": "type", "valueCodeableConcept": {"coding": [{"system": "R257", "code": kind}]}},
        {"url": "digitization", "valueBoolean": True},
        {"url": "listeRouge", "valueBoolean": hidden},
    ]
    extension = {"url": f"{BASE}as-ext-mailbox-mss-metadata", "extension": facts}
    return {"system": "email", "value": email, "extension": [extension]}


def certificate(data: bytes) -> dict[str, object]:
    """A digital certificate as the guide describes it: an attachment, its octets in hexadecimal."""
    value = {"url": "value", "valueAttachment": {"data": base64.b64encode(data).decode()}}
    serial = {"url": "serialNumber", "valueString": "12"}
    return {"url": f"{BASE}as-ext-digital-certificate", "extension": [serial, value]}


PRACTITIONER = {
    "resourceType": "Practitioner",
    "id": "334081",
    "active": True,
    "identifier": [
        {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "899000000010"},
        {"system": "https://rpps.esante.gouv.fr", "value": "99000000010"},
    ],
    "name": [{"prefix": ["MME"], "family": "MÜLLER", "given": ["Zoé"]}],
    "telecom": [
        {"system": "phone", "value": "0100000000"},
        {"system": "email", "value": "zoe@mail.example"},
        mailbox("hidden@medecin.mssante.fr", hidden=True),
    ],
    "qualification": [
        {"code": {"coding": [{"system": PROFESSIONS, "code": "10", "display": "Médecin"}]}}
    ],
}
ROLE = {
    "resourceType": "PractitionerRole",
    "id": "1738459",
    "practitioner": {"reference": "Practitioner/334081"},
    "telecom": [mailbox("zoe.muller@medecin.mssante.fr")],
    "extension": [certificate(DER.hex().encode()), certificate(b"no certificate")],
}
HOUSE = {
    "resourceType": "Organization",
    "id": "1",
    "name": "Hôpital fictif",
    "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.2", "value": "1992674598"}],
    "address": [{"line": ["R DE LA LIBERTE"], "city": "DIJON", "postalCode": "21000"}],
    "telecom": [mailbox("bio@hopital.mssante.fr", "ORG"), {"system": "phone", "value": "03"}],
}


def bundle(*resources: dict[str, object]) -> dict[str, object]:
    """A searchset."""
    return {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs for the double."""
    return Authority(tmp_path_factory.mktemp("authority"))


def source_of(url: str, authority: Authority) -> DirectorySource:
    """The double as a source."""
    ca = str(authority.ca_file)
    return DirectorySource(id=1, name="as", kind=SourceKind.FHIR, url=f"{url}/fhir/v2", ca=ca)


def published(asked: Asked) -> Reply:
    """The double: a key is needed, people and organisations are told apart."""
    if asked.headers.get("esante-api-key") != "the key":
        return Reply(401)
    people = asked.path.startswith("/fhir/v2/Practitioner?")
    found = bundle(PRACTITIONER, ROLE) if people else bundle(HOUSE)
    return Reply(200, {"Content-Type": "application/fhir+json"}, json.dumps(found).encode())


def test_people_and_organisations_are_asked_for_by_name(authority: Authority) -> None:
    with web(authority, published) as server:
        source = source_of(server.url, authority)
        found = fhir.find(source, "Müller Zoé", "the key", limit=10, seconds=5)
    paths = [asked.path.partition("/fhir/v2/")[2] for asked in server.asked]
    assert paths[0] == (
        "Practitioner?name=muller&name=zoe&active=true"
        "&_revinclude=PractitionerRole%3Apractitioner&_count=10"
    )
    assert paths[1].startswith("Organization?name=M")
    zoe, house = found
    assert (zoe.id, zoe.family, zoe.given) == ("899000000010", "MÜLLER", "Zoé")
    assert zoe.addresses == (
        Address("zoe@mail.example", Network.ORDINARY),
        Address("zoe.muller@medecin.mssante.fr", Network.MSSANTE, "PER", True),
    )
    assert (zoe.professions, zoe.certificates) == (("Médecin",), (DER,))
    assert (zoe.sources, zoe.warning) == ((Source.FHIR,), "")
    assert (house.organisation, house.name, house.towns) == (True, "Hôpital fictif", ("DIJON",))
    assert house.addresses[0].box == "ORG"


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("99000000010", ("identifier", "99000000010")),
        ("zoe@x.mssante.fr", ("mailbox-mss:exact", "zoe@x.mssante.fr")),
    ],
)
def test_a_number_and_a_mailbox_are_asked_for_as_such(typed: str, asked: tuple[str, str]) -> None:
    assert fhir.person_query(typed, 5)[0] == asked


def test_a_wrong_key_is_the_persons_to_mend(authority: Authority) -> None:
    with (
        web(authority, published) as server,
        pytest.raises(NeedsUser, match=r"directory\.key_refused"),
    ):
        fhir.find(source_of(server.url, authority), "zoe", "wrong", limit=5, seconds=5)


def test_the_key_is_not_told_to_where_an_answer_points(authority: Authority) -> None:
    with web(authority, published) as other:
        place = other.url.replace("localhost", "127.0.0.1")
        moved = Reply(302, {"Location": f"{place}/fhir/v2/Practitioner?name=zoe"})
        with (
            web(authority, lambda asked: moved) as server,
            pytest.raises(NeedsUser, match=r"directory\.key_refused"),
        ):
            fhir.find(source_of(server.url, authority), "zoe", "the key", limit=5, seconds=5)
        assert "esante-api-key" not in other.asked[0].headers


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff", b"[" * 100_000, b"1" * 5_000])
def test_an_answer_that_is_none_is_tried_again_later(authority: Authority, body: bytes) -> None:
    with (
        web(authority, lambda asked: Reply(200, {}, body)) as server,
        pytest.raises(Transient, match=r"directory\.bad_answer"),
    ):
        fhir.find(source_of(server.url, authority), "zoe", "k", limit=5, seconds=5)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["resourceType", "telecom", "extension", "url", "value", "name", "coding"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*PRACTITIONER, "extension", "address"]), JSON))
def test_whatever_a_resource_holds_it_is_read_or_left_out(facts: dict[str, object]) -> None:
    for kind in ("Practitioner", "PractitionerRole", "Organization"):
        for person in fhir.bundle_people(bundle(facts | {"resourceType": kind}, PRACTITIONER)):
            assert all("@" in address.email for address in person.addresses)


@given(JSON)
def test_whatever_a_bundle_holds(entry: object) -> None:
    assert fhir.bundle_people({"entry": entry}) == []
