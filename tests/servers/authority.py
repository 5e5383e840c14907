"""A certificate authority for one test run: what a clinic's trust anchor is, in a directory.

Every certificate a server or a client may wrongly present is here too, so that "refused" is
tested against the real thing: expired, for another host, signed by itself, by a stranger.
"""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
HERE = ("localhost", "127.0.0.1")
KINDS = ("good", "expired", "wrong_host", "self_signed", "stranger")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A PEM certificate and its PEM key, as the two files a server or a client is given."""

    cert_file: Path
    key_file: Path


class Authority:
    """Writes certificates into `directory`, on demand; keys are EC P-256 and never reused."""

    def __init__(self, directory: Path, name: str = "Autorité de test Pli") -> None:
        self.directory = directory
        self.ca_file = directory / "ca.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        self._certificate = _sign(self._name, self._key, self._name, self._key, _root_extensions())
        directory.mkdir(parents=True, exist_ok=True)
        self.ca_file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def server(self, kind: str = "good") -> Certificate:
        """A server certificate of one of `KINDS`; 'good' is for localhost and 127.0.0.1."""
        if kind not in KINDS:
            raise ValueError(f"no certificate of kind {kind!r}; there are {', '.join(KINDS)}")
        if kind == "stranger":
            return Authority(self.directory / "stranger", "Un inconnu").server()
        hosts = ("imap.ailleurs.test",) if kind == "wrong_host" else HERE
        ends_in = -DAY if kind == "expired" else 30 * DAY
        purpose = ExtendedKeyUsageOID.SERVER_AUTH
        return self._issue(f"server-{kind}", hosts, purpose, ends_in, alone=kind == "self_signed")

    def client(self, name: str, kind: str = "good") -> Certificate:
        """A client certificate whose common name is `name`, 'good' or 'expired'."""
        ends_in = -DAY if kind == "expired" else 30 * DAY
        purpose = ExtendedKeyUsageOID.CLIENT_AUTH
        return self._issue(f"client-{name}-{kind}", (name,), purpose, ends_in)

    def _issue(
        self,
        file_name: str,
        hosts: tuple[str, ...],
        purpose: x509.ObjectIdentifier,
        ends_in: datetime.timedelta,
        alone: bool = False,
    ) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _named(hosts[0])
        issuer, issuer_key = (subject, key) if alone else (self._name, self._key)
        extensions = _leaf_extensions(hosts, purpose)
        certificate = _sign(subject, key, issuer, issuer_key, extensions, ends_in)
        files = Certificate(
            cert_file=self.directory / f"{file_name}.pem",
            key_file=self.directory / f"{file_name}.key",
        )
        files.cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files.key_file.touch(mode=0o600)
        files.key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return files


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _sign(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    extensions: list[tuple[x509.ExtensionType, bool]],
    ends_in: datetime.timedelta = 30 * DAY,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 30 * DAY)
        .not_valid_after(now + ends_in)
    )
    # Both identifiers are demanded by the strict checks that Python 3.13 turned on by default.
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    authority_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    for extension, critical in [*extensions, (key_id, False), (authority_id, False)]:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


def _root_extensions() -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.BasicConstraints(ca=True, path_length=0), True), (_usage(signs=True), True)]


def _leaf_extensions(
    hosts: tuple[str, ...], purpose: x509.ObjectIdentifier
) -> list[tuple[x509.ExtensionType, bool]]:
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(signs=False), True),
        (x509.ExtendedKeyUsage([purpose]), False),
        (x509.SubjectAlternativeName([_general_name(host) for host in hosts]), False),
    ]


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
