"""Our own certificate: PEM or PKCS#12, opened or not, and never the key of just anybody."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from store.errors import NeedsUser
from sync import client_certificate
from tests.refusals import refused
from tests.servers.authority import Authority, Certificate
from tests.unit.login.conftest import account


@pytest.fixture(scope="module")
def shown(authority: Authority) -> Certificate:
    """An organisation's."""
    return authority.client("labo")


def packed(shown: Certificate, path: Path, password: bytes | None) -> Path:
    """The same as a PKCS#12 file."""
    key = serialization.load_pem_private_key(shown.key_file.read_bytes(), None)
    certificate = x509.load_pem_x509_certificate(shown.cert_file.read_bytes())
    sealing: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    path.touch(mode=0o600)
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(b"labo", key, certificate, None, sealing)  # type: ignore[arg-type]
    )
    return path


def private(path: Path, octets: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(octets)
    return path


def presented(**facts: object) -> bytes:
    """What a server that asks for a certificate is shown, or nothing."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client_certificate.load(client, account(**facts))  # type: ignore[arg-type]
    return _shake(client)


_server: dict[str, ssl.SSLContext] = {}


@pytest.fixture(autouse=True)
def _asking(authority: Authority) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.server()
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    context.load_verify_locations(authority.ca_file)
    context.verify_mode = ssl.CERT_OPTIONAL
    _server["asks"] = context


def _shake(context: ssl.SSLContext) -> bytes:
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = context.wrap_bio(down, up)
    there = _server["asks"].wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for side in (here, there):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return there.getpeercert(binary_form=True) or b""


def expected(shown: Certificate) -> bytes:
    return ssl.PEM_cert_to_DER_cert(shown.cert_file.read_text())


def test_two_pem_files(shown: Certificate) -> None:
    facts = {"client_cert": str(shown.cert_file), "client_key": str(shown.key_file)}
    assert presented(**facts) == expected(shown)
    assert presented() == b""


def test_one_pem_file_with_both(shown: Certificate, tmp_path: Path) -> None:
    both = shown.key_file.read_bytes() + shown.cert_file.read_bytes()
    path = private(tmp_path / "both.pem", both)
    assert presented(client_cert=str(path)) == expected(shown)
    path.chmod(0o644)
    with refused(NeedsUser, "tls.client_key_not_private"):
        presented(client_cert=str(path))


@pytest.mark.parametrize("password", [None, b"ouvre-toi \xc3\xa9"])
def test_a_pkcs12_file(shown: Certificate, tmp_path: Path, password: bytes | None) -> None:
    path = packed(shown, tmp_path / "labo.p12", password)
    facts = {"client_cert": str(path)}
    if password is not None:
        with refused(NeedsUser, "tls.bad_client_cert"):
            presented(**facts)
        opens = private(tmp_path / "opens", password + b"\n")
        facts["client_password_file"] = str(opens)
    before = set(os.listdir("/proc/self/fd"))
    assert presented(**facts) == expected(shown)
    assert set(os.listdir("/proc/self/fd")) == before, "the key lies nowhere any more"
    path.chmod(0o640)
    with refused(NeedsUser, "tls.client_key_not_private"):
        presented(**facts)


def test_what_opens_the_key_is_read_by_nobody_else(shown: Certificate, tmp_path: Path) -> None:
    path = packed(shown, tmp_path / "labo.p12", b"x")
    opens = private(tmp_path / "opens", b"x\n")
    opens.chmod(0o644)
    with refused(NeedsUser, "tls.client_key_not_private"):
        presented(client_cert=str(path), client_password_file=str(opens))


@pytest.mark.parametrize("octets", [b"", b"\x30\x82\x01\x00" + b"x" * 50, b"n'importe quoi"])
def test_what_is_no_certificate(tmp_path: Path, octets: bytes) -> None:
    with refused(NeedsUser, "tls.bad_client_cert"):
        presented(client_cert=str(private(tmp_path / "x.p12", octets)))


def test_a_pem_key_that_is_sealed(shown: Certificate, tmp_path: Path) -> None:
    key = serialization.load_pem_private_key(shown.key_file.read_bytes(), None)
    sealed = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"mot"),
    )
    path, opens = private(tmp_path / "key", sealed), private(tmp_path / "opens", b"mot\n")
    facts = {"client_cert": str(shown.cert_file), "client_key": str(path)}
    with refused(NeedsUser, "tls.bad_client_cert"):
        presented(**facts)
    assert presented(**facts, client_password_file=str(opens)) == expected(shown)
