"""A throw-away authority and one server certificate, so that even a first look goes over TLS.

The authority's own key is forgotten as soon as it has signed: nobody can make another certificate
that this demo would trust.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_DAYS = 3
CLOCK_SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where the files are: `ca` for those who check, `server` (with its key) for who serves."""

    ca: Path
    server: Path

    def server_context(self) -> ssl.SSLContext:
        """A TLS 1.2+ context for a server that presents this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.server)
        return context


def make_certificates(directory: Path, now: int) -> Certificates:
    """Write ca.pem and server.pem (certificate, then key) into `directory`, mode 0600.

    Args:
        directory: Exists, private to its owner.
        now: Unix seconds; the certificates are valid from an hour before, for three days.
    """
    made_at = datetime.fromtimestamp(now, UTC)
    ca_key, server_key = generate_ec_key(SECP256R1()), generate_ec_key(SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Pli, autorité de démonstration")])
    ca = _authority(ca_name, ca_key, made_at)
    server = _server(ca, ca_key, server_key, made_at)
    key = server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made = Certificates(directory / "ca.pem", directory / "server.pem")
    _write_private(made.ca, ca.public_bytes(Encoding.PEM))
    _write_private(made.server, server.public_bytes(Encoding.PEM) + key)
    return made


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, made_at: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made_at - CLOCK_SLACK)
        .not_valid_after(made_at + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )


def _authority(
    name: x509.Name, key: EllipticCurvePrivateKey, made_at: datetime
) -> x509.Certificate:
    return (
        _builder(name, name, key, made_at)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), True)
        .sign(key, SHA256())
    )


def _server(
    ca: x509.Certificate,
    ca_key: EllipticCurvePrivateKey,
    key: EllipticCurvePrivateKey,
    made_at: datetime,
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return (
        _builder(name, ca.subject, key, made_at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(_usage(digital_signature=True), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .add_extension(x509.SubjectAlternativeName(names), False)
        .add_extension(authority, False)
        .sign(ca_key, SHA256())
    )


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _write_private(path: Path, octets: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(octets)
