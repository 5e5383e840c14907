"""Directories under an imported chain: judged by what is kept, and what is seen is written after.

The publisher's server is one of IGC-Santé's; here it is one of a chain made for the test.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from store.db.anchors import replace_bundle, set_trust_policy
from store.db.certificates import known_for
from store.db.crls import crls, keep_crl, want_crls
from store.db.open import Connection
from store.db.sources import add_source, ask, lookup, sources
from store.errors import NeedsUser, Transient
from store.model.certificate import Source
from store.model.directory import Address, Network, Person
from store.model.directory_source import DirectorySource, SourceKind
from store.model.trust import Policy, Revocation
from sync.commands.doctor_trust import looks
from sync.directory import asking, ldap
from sync.directory.asking import MOST_CERTIFICATES, keep_certificates
from sync.directory.duty import answer_asked, fetch_due
from sync.trust.bundle import read_bundle
from sync.trust.kept import follow_anchors
from sync.trust.server import Seen, trust_for
from tests.refusals import refused
from tests.servers.web import Reply, Web, web
from tests.unit.directory.conftest import PEOPLE
from tests.unit.directory.lines import MSSANTE
from tests.unit.directory.test_fhir import PRACTITIONER, ROLE, bundle, certificate
from tests.unit.trust.pki import (
    DAY,
    Made,
    Wanted,
    authority,
    crl,
    ec_key,
    make,
    name,
    person,
    rsa_key,
    usage,
)

TODAY = int(time.time())
"""OpenSSL reads the clock itself."""
LIFE = {"from_at": TODAY - 100 * DAY, "until_at": TODAY + 100 * DAY}
CRLS = {"from_at": TODAY - DAY, "until_at": TODAY + DAY}
BELOW, ABOVE = "http://crl.example/serveurs.crl", "http://crl.example/racine.crl"
TOP = make(authority("Racine de l'annuaire", **LIFE))
MIDDLE = make(authority("Serveurs de l'annuaire", crl_urls=(ABOVE,), **LIFE), TOP)
SERVER = make(
    Wanted(
        name("annuaire.example"),
        ec_key("annuaire"),
        usage=usage("digital_signature", "key_encipherment"),
        purposes=(ExtendedKeyUsageOID.SERVER_AUTH,),
        hosts=("localhost",),
        crl_urls=(BELOW,),
        **LIFE,
    ),
    MIDDLE,
)
ZOE = "zoe@medecin.mssante.fr"


def answer(asked: object) -> Reply:
    """An extract, or a bundle with nobody in it."""
    if "/fhir/" in str(asked):
        return Reply(200, {}, b'{"resourceType": "Bundle"}')
    return Reply(200, {"ETag": '"1"'}, "\n".join([MSSANTE, *PEOPLE]).encode())


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """How the server presents itself: its chain without the anchor."""
    path = tmp_path_factory.mktemp("annuaire") / "chain.pem"
    path.write_bytes(SERVER.key_pem + SERVER.pem + MIDDLE.pem)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(path)
    return made


@pytest.fixture
def server(context: ssl.SSLContext, db: Connection, secret_file: str) -> Iterator[Web]:
    """An extract and a FHIR source at one server, both under IGC-Santé."""
    with web(context, answer) as running:
        for kind, path in ((SourceKind.EXTRACT, "x.txt"), (SourceKind.FHIR, "fhir/v2")):
            source = DirectorySource(
                name=kind.value, kind=kind, url=f"{running.url}/{path}", ca="igc-sante"
            )
            add_source(db, replace(source, secret_file=secret_file))
        yield running


@pytest.fixture
def secret_file(tmp_path: Path) -> str:
    """The key of the API."""
    path = tmp_path / "secret"
    path.write_text("the key\n")
    path.chmod(0o600)
    return str(path)


def imports_chain(db: Connection, tmp_path: Path, made: Made = TOP) -> None:
    """As `pli anchors import` does."""
    path = tmp_path / "igc.pem"
    path.write_bytes(made.pem)
    replace_bundle(db, "igc-sante", read_bundle(path, "igc-sante", TODAY))


def keeps(db: Connection, url: str, issuer: Made, *revoked: int) -> None:
    """The node has fetched that list."""
    want_crls(db, [(url, issuer.der)])
    [before] = [each for each in crls(db) if each.url == url]
    keep_crl(db, replace(before, octets=crl(issuer, *revoked, **CRLS)))


Use = Callable[[Connection, object, object], tuple[str, DirectorySource]]


def fetches(db: Connection, home: object, key: object) -> tuple[str, DirectorySource]:
    """The node fetches the extract; how that went."""
    asyncio.run(fetch_due(db, home, key))
    [source] = sources(db, SourceKind.EXTRACT)
    return source.last_error, source


def asks(db: Connection, home: object, key: object) -> tuple[str, DirectorySource]:
    """The node asks the API; how that went."""
    number = ask(db, "zoe", TODAY)
    asyncio.run(answer_asked(db))
    found = lookup(db, number)
    assert found is not None
    [source] = sources(db, SourceKind.FHIR)
    return found.last_error, source


USES = pytest.mark.parametrize("use", [fetches, asks])


@USES
def test_without_the_imported_chain_nothing_is_asked(use: Use, server: Web, db, home, key) -> None:
    assert use(db, home, key)[0] == "tls.no_anchors"
    assert server.asked == []


@USES
def test_another_chain_under_that_name_is_not_enough(
    use: Use, server: Web, db, home, key, tmp_path: Path
) -> None:
    imports_chain(db, tmp_path, make(authority("Une autre", key=rsa_key(2048), **LIFE)))
    assert use(db, home, key)[0] == "tls.untrusted"
    assert server.asked == []


@USES
def test_under_the_imported_chain_it_answers_and_the_lists_are_wanted(
    use: Use, server: Web, db, home, key, tmp_path: Path
) -> None:
    imports_chain(db, tmp_path)
    error, source = use(db, home, key)
    assert (error, source.revocation) == ("", Revocation.UNKNOWN)
    assert server.asked
    assert {(each.url, each.issuer) for each in crls(db)} == {
        (BELOW, MIDDLE.der),
        (ABOVE, TOP.der),
    }
    follow_anchors(db)
    assert [look.ok for look in looks(db) if look.code == "doctor.revocation"] == [False]


@USES
def test_with_current_lists_it_is_known_to_be_good(
    use: Use, server: Web, db, home, key, tmp_path: Path
) -> None:
    imports_chain(db, tmp_path)
    set_trust_policy(db, Policy(needs_revocation=True))
    keeps(db, BELOW, MIDDLE)
    keeps(db, ABOVE, TOP)
    error, source = use(db, home, key)
    assert (error, source.revocation) == ("", Revocation.GOOD)
    assert [look.ok for look in looks(db) if look.code == "doctor.revocation"] == [True]


@USES
def test_a_revoked_one_hears_no_word(use: Use, server: Web, db, home, key, tmp_path: Path) -> None:
    imports_chain(db, tmp_path)
    keeps(db, BELOW, MIDDLE, SERVER.certificate.serial_number)
    error, source = use(db, home, key)
    assert (error, source.revocation) == ("tls.revoked", Revocation.REVOKED)
    assert server.asked == []


@USES
def test_where_the_site_asks_for_it_the_unknown_hears_no_word(
    use: Use, server: Web, db, home, key, tmp_path: Path
) -> None:
    imports_chain(db, tmp_path)
    set_trust_policy(db, Policy(needs_revocation=True))
    assert use(db, home, key)[0] == "tls.revocation_unknown"
    assert server.asked == []


def test_a_revoked_ldap_directory_hears_no_word(server: Web, db, tmp_path: Path) -> None:
    imports_chain(db, tmp_path)
    keeps(db, BELOW, MIDDLE, SERVER.certificate.serial_number)
    url = f"ldaps://localhost:{server.port}"
    source = DirectorySource(name="l", kind=SourceKind.LDAP, url=url, ca="igc-sante")
    trust = trust_for(db, source.ca, Seen())
    with refused(NeedsUser, "tls.revoked"):
        ldap.find(source, "zoe", "", limit=1, seconds=5, trust=trust)
    keeps(db, BELOW, MIDDLE)
    seen = Seen()
    with pytest.raises(Transient):  # it speaks HTTP; its certificate is good
        ldap.find(source, "zoe", "", limit=1, seconds=0.5, trust=trust_for(db, source.ca, seen))


def test_lists_of_a_directory_with_a_file_of_its_own_stay_wanted(db, tmp_path: Path) -> None:
    anchor = tmp_path / "annuaire.pem"
    anchor.write_bytes(TOP.pem)
    add_source(
        db,
        DirectorySource(
            name="x", kind=SourceKind.EXTRACT, url="https://localhost/x", ca=str(anchor)
        ),
    )
    keeps(db, ABOVE, TOP)
    follow_anchors(db)
    assert [each.url for each in crls(db)] == [ABOVE]


def given(*certificates: bytes) -> Person:
    """Zoé, as a directory says she is."""
    addresses = (Address(ZOE, Network.MSSANTE),)
    return Person(id=ZOE, addresses=addresses, certificates=certificates)


def test_a_certificate_is_kept_for_the_address_it_names_and_no_other(db: Connection) -> None:
    hers, others = make(person("Zoé", addresses=(ZOE,))), make(person("Bob", addresses=("b@x",)))
    keep_certificates(
        db, [given(hers.der, others.der, b"\x30\x03no", make(person(addresses=())).der)]
    )
    [kept] = known_for(db, ZOE)
    assert (kept.der, kept.source) == (hers.der, Source.DIRECTORY)
    assert [each.der for each in known_for(db, "b@x")] == [others.der]
    assert db.execute("SELECT count(*) FROM certificate").fetchone()[0] == 2


def test_of_one_person_no_more_certificates_are_looked_at_than_somebody_can_have(
    db: Connection,
) -> None:
    many = [make(person(addresses=(f"z{n}@x",))).der for n in range(MOST_CERTIFICATES + 2)]
    keep_certificates(db, [given(*many)])
    assert db.execute("SELECT count(*) FROM certificate").fetchone()[0] == MOST_CERTIFICATES


def test_of_one_answer_no_more_are_kept_than_the_node_has_time_for(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_IN_ALL", 3)
    ders = [make(person(addresses=(f"z{n}@x",))).der for n in range(5)]
    keep_certificates(db, [given(der) for der in ders])
    assert db.execute("SELECT count(*) FROM certificate").fetchone()[0] == 3


def test_what_a_live_directory_gives_is_kept_for_the_routing(
    context: ssl.SSLContext, db: Connection, tmp_path: Path, secret_file: str
) -> None:
    hers = make(person("Zoé", addresses=(ZOE,)))
    role = ROLE | {"extension": [certificate(hers.der.hex().encode())]}
    found = json.dumps(bundle(PRACTITIONER, role)).encode()
    imports_chain(db, tmp_path)
    with web(context, lambda asked: Reply(200, {}, found)) as running:
        add_source(
            db,
            DirectorySource(
                name="api",
                kind=SourceKind.FHIR,
                url=f"{running.url}/fhir/v2",
                ca="igc-sante",
                secret_file=secret_file,
            ),
        )
        ask(db, ZOE, TODAY)
        asyncio.run(answer_asked(db))
    assert [(each.der, each.source) for each in known_for(db, ZOE)] == [
        (hers.der, Source.DIRECTORY)
    ]
