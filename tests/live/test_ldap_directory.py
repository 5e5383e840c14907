"""A real OpenLDAP asked live: always under TLS, bounded, its certificates brought along."""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace

import pytest

from store.errors import MailError, NeedsUser, Transient
from store.model.directory import Network, Source
from store.model.directory_source import DirectorySource, SourceKind
from sync.directory import ldap
from sync.directory.live import look_up
from tests.servers.authority import Authority
from tests.servers.slapd import BASE, PASSWORD, USER, Slapd, slapd


def entry(name: str, family: str, given: str, mail: str, more: str = "") -> str:
    """A person of the directory, as LDIF."""
    facts = "objectClass: inetOrgPerson\n"
    return f"\ndn: uid={name},{BASE}\n{facts}uid: {name}\ncn: {given} {family}\nsn: {family}\n" + (
        f"givenName: {given}\nmail: {mail}\n{more}"
    )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs for the server."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def der(authority: Authority) -> bytes:
    """Somebody's certificate."""
    return ssl.PEM_cert_to_DER_cert(authority.client("zoe").cert_file.read_text())


@pytest.fixture(scope="module")
def server(authority: Authority, der: bytes) -> Iterator[Slapd]:
    """A directory with Zoé in it, and sixty others."""
    more = (
        f"l: Dijon\ntitle: Cardiologue\nuserCertificate;binary:: {base64.b64encode(der).decode()}\n"
    )
    people = [entry("99000000010", "Muller", "Zoe", "zoe@medecin.mssante.fr", more)]
    people += [entry(f"u{n}", f"Nord{n}", "Paul", f"p{n}@mail.example") for n in range(60)]
    head = f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: sante\no: x\n"
    with slapd(authority, head + "".join(people)) as running:
        yield running


@pytest.fixture
def source(server: Slapd, authority: Authority) -> DirectorySource:
    """The server as a source, by ldaps."""
    ca = str(authority.ca_file)
    kind = SourceKind.LDAP
    return DirectorySource(name="l", kind=kind, url=server.ldaps, ca=ca, base=BASE, user=USER)


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_somebody_is_found_with_their_certificate_by_either_way_to_tls(
    server: Slapd, source: DirectorySource, der: bytes, scheme: str
) -> None:
    source = replace(source, url=getattr(server, scheme))
    [zoe] = ldap.find(source, "müll dijon", PASSWORD, limit=10, seconds=5)
    assert (zoe.id, zoe.name, zoe.towns) == ("899000000010", "Zoe Muller", ("Dijon",))
    assert [(a.email, a.network) for a in zoe.addresses] == [
        ("zoe@medecin.mssante.fr", Network.MSSANTE)
    ]
    assert (zoe.certificates, zoe.sources) == ((der,), (Source.LDAP,))


def test_no_more_come_than_were_asked_for(source: DirectorySource) -> None:
    assert len(ldap.find(source, "nord", PASSWORD, limit=7, seconds=5)) == 7


@pytest.mark.parametrize("typed", ["*", "mul*r", "(uid=*)", "\\2a", "muller)(mail=*"])
def test_nothing_typed_is_syntax(source: DirectorySource, typed: str) -> None:
    assert len(ldap.find(source, typed, PASSWORD, limit=50, seconds=5)) <= 1


def test_a_wrong_password_is_the_persons_to_mend(source: DirectorySource) -> None:
    with pytest.raises(NeedsUser, match=r"directory\.key_refused"):
        ldap.find(source, "zoe", "wrong", limit=5, seconds=5)


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_a_server_that_does_not_convince_is_told_no_password(
    server: Slapd, source: DirectorySource, tmp_path, scheme: str
) -> None:
    stranger = str(Authority(tmp_path / "stranger").ca_file)
    source = replace(source, url=getattr(server, scheme), ca=stranger)
    with pytest.raises(MailError, match=r"^tls\.") as refused:
        ldap.find(source, "zoe", PASSWORD, limit=5, seconds=5)
    assert isinstance(refused.value, NeedsUser)


async def test_one_that_is_silent_keeps_no_other_from_answering(
    source: DirectorySource, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.directory.live.SECONDS", 0.5)
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    source = replace(source, secret_file=str(secret))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ldaps://127.0.0.1:{silent.getsockname()[1]}"
        answers = await look_up([replace(source, url=url), source], "muller")
    assert [person.family for person in answers.people] == ["Muller"]
    assert answers.error == "net.timeout"


def test_a_server_that_is_not_there_is_tried_again(source: DirectorySource) -> None:
    with pytest.raises(Transient, match=r"net\."):
        ldap.find(replace(source, url="ldaps://127.0.0.1:1"), "zoe", PASSWORD, limit=5, seconds=2)
