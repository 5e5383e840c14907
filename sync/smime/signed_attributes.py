"""What a signer says and signs beside the content (RFC 5652 §11, RFC 8551 §2.5, RFC 5035)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import new
from typing import Any

from asn1crypto import core

from store.errors import Permanent
from sync.smime import oids
from sync.smime.ber import SEQUENCE, Reader, context, der, octet_string, oid, sequence, set_of
from sync.smime.certificates import Certificate, matching, of_issuer
from sync.smime.signatures import digest_of
from sync.smime.structures import (
    Capability,
    Identifier,
    IssuerAndSerial,
    SigningCertificate,
    Time,
    reading,
)

MOST_CAPABILITIES = 40
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18


class Contradictory(Exception):
    """An attribute that must be there once is missing, or there twice."""


@dataclass(frozen=True, slots=True)
class Said:
    """The signed attributes of one signer, by OID: the DER of each value."""

    values: dict[str, tuple[bytes, ...]]

    def one(self, number: str) -> bytes:
        """The only value of an attribute.

        Raises:
            Contradictory: there is none, or there are several.
        """
        found = self.values.get(number, ())
        if len(found) != 1:
            raise Contradictory(number)
        return found[0]

    def perhaps(self, number: str) -> bytes | None:
        """The only value of an attribute that need not be there.

        Raises:
            Contradictory: there are several.
        """
        return self.one(number) if number in self.values else None


def read_attributes(attributes: Any) -> Said:
    """Take Attributes apart.

    Raises:
        Contradictory: an attribute comes twice (RFC 5652 §5.3).
    """
    found: dict[str, tuple[bytes, ...]] = {}
    for each in attributes:
        number = each["type"].dotted
        if number in found:
            raise Contradictory(number)
        reader = Reader(each["values"].dump())
        found[number] = tuple(reader.raw(value) for value in reader.children(reader.root()))
    return Said(found)


def content_type(said: Said) -> str:
    """The type of content that was signed, an OID."""
    return str(core.ObjectIdentifier.load(said.one(oids.CONTENT_TYPE), strict=True).dotted)


def message_digest(said: Said) -> bytes:
    """The digest that was signed."""
    return bytes(core.OctetString.load(said.one(oids.MESSAGE_DIGEST), strict=True).native)


def signing_time_at(said: Said) -> int | None:
    """When the signer says it signed, Unix seconds."""
    value = said.perhaps(oids.SIGNING_TIME)
    return None if value is None else int(Time.load(value, strict=True).native.timestamp())


def capabilities(said: Said) -> tuple[str, ...]:
    """OIDs of what the signer can read; nothing where they are malformed: no reason to refuse."""
    value = said.values.get(oids.CAPABILITIES, ())
    try:
        with reading():
            listed = Capability.load(value[0], strict=True) if value else ()
            return tuple(each["algorithm"].dotted for each in listed)[:MOST_CAPABILITIES]
    except Permanent:
        return ()


def names(said: Said, certificate: Certificate) -> bool | None:
    """Whether the certificate signed over is this one; None when none is."""
    for number, default in (
        (oids.SIGNING_CERTIFICATE_V2, "sha256"),
        (oids.SIGNING_CERTIFICATE, "sha1"),
    ):
        value = said.perhaps(number)
        if value is not None:
            first = SigningCertificate.load(value, strict=True)["certificates"][0]
            digest = digest_of(first["algorithm"], default=default)
            said_of = bytes(first["digest"].native)
            return new(digest, certificate.der, usedforsecurity=False).digest() == said_of
    return None


def preferred(said: Said, certificates: Iterable[Certificate]) -> bytes | None:
    """The certificate the signer wants to be written to with, if it is among these."""
    certificates = list(certificates)
    with reading():
        if value := said.values.get(oids.MICROSOFT_KEY_PREFERENCE):
            return _first(_of_pair(certificates, IssuerAndSerial.load(value[0], strict=True)))
        if not (value := said.values.get(oids.ENCRYPTION_KEY_PREFERENCE)):
            return None
        octets = value[0]
        if octets[0] == context(0):
            pair = IssuerAndSerial.load(bytes((SEQUENCE,)) + octets[1:], strict=True)
            return _first(_of_pair(certificates, pair))
        if octets[0] == context(2, constructed=False):
            identifier = Identifier.load(bytes((context(0, constructed=False),)) + octets[1:])
            return _first(matching(certificates, identifier))
    return None


def _of_pair(certificates: list[Certificate], pair: Any) -> list[Certificate]:
    return of_issuer(certificates, bytes(pair["issuer"].dump()), int(pair["serial"].native))


def _first(found: list[Certificate]) -> bytes | None:
    return found[0].der if found else None


def written(
    *,
    content: str,
    digest: bytes,
    signing_time: int,
    capabilities: bytes,
    certificate: Certificate,
    sealed_to: Certificate | None,
) -> bytes:
    """The attributes we sign, as the SET that is digested.

    Args:
        content: OID of the type of content.
        digest: of the content.
        signing_time: Unix seconds.
        capabilities: SMIMECapabilities, DER.
        certificate: the signer's own.
        sealed_to: the one letters to us are to be sealed to, where it is another.
    """
    made = [
        _attribute(oids.CONTENT_TYPE, oid(content)),
        _attribute(oids.MESSAGE_DIGEST, octet_string(digest)),
        _attribute(oids.SIGNING_TIME, _time(signing_time)),
        _attribute(oids.CAPABILITIES, capabilities),
        _attribute(oids.SIGNING_CERTIFICATE_V2, _named(certificate)),
    ]
    if sealed_to is not None:
        pair = issuer_and_serial(sealed_to)[1:]
        preference = bytes((context(0),)) + pair
        made.append(_attribute(oids.ENCRYPTION_KEY_PREFERENCE, preference))
    return set_of(made)


def _attribute(number: str, value: bytes) -> bytes:
    return sequence(oid(number), set_of([value]))


def issuer_and_serial(certificate: Certificate) -> bytes:
    """IssuerAndSerialNumber, DER."""
    serial = core.Integer(certificate.serial).dump()
    return sequence(certificate.issuer, bytes(serial))


def _named(certificate: Certificate) -> bytes:
    """SigningCertificateV2 by SHA-256, its default and so left out (RFC 5035 §5)."""
    digest = octet_string(new("sha256", certificate.der).digest())
    name = sequence(der(context(4), certificate.issuer))
    issuer = sequence(name, bytes(core.Integer(certificate.serial).dump()))
    return sequence(sequence(sequence(digest, issuer)))


def _time(at: int) -> bytes:
    """RFC 5652 §11.3: UTCTime until 2049."""
    moment = datetime.fromtimestamp(at, UTC)
    if 1950 <= moment.year < 2050:
        return der(UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())
    return der(GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())
