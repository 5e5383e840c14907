"""One X.509 certificate, read once: names, dates, key, extensions. Judges nothing beyond itself.

Certificates come from letters: whatever cannot be read makes it malformed, never an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

from store.model.trust import Reason

LEAST_RSA_BITS = 2048
LEAST_EC_BITS = 256
STRONG = (hashes.SHA256, hashes.SHA384, hashes.SHA512, hashes.SHA3_256, hashes.SHA3_384)
WITHOUT_DIGEST = {SignatureAlgorithmOID.ED25519, SignatureAlgorithmOID.ED448}
BAD_VALUE = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension)
"""What `cryptography` raises for octets that are no proper certificate."""
Extension = TypeVar("Extension", bound=x509.ExtensionType)


@dataclass(frozen=True)
class Certificate:
    """A certificate that could be read. Two are equal when their octets are."""

    der: bytes

    @cached_property
    def parsed(self) -> x509.Certificate:
        """As `cryptography` reads it."""
        return x509.load_der_x509_certificate(self.der)

    @cached_property
    def extensions(self) -> x509.Extensions:
        """All of them; reading has succeeded before (`read`)."""
        return self.parsed.extensions

    def extension(self, kind: type[Extension]) -> Extension | None:
        """The value of one extension; None without."""
        try:
            found = self.extensions.get_extension_for_class(kind)
        except x509.ExtensionNotFound:
            return None
        assert isinstance(found.value, kind)
        return found.value

    @cached_property
    def subject(self) -> bytes:
        """DER of the name."""
        return self.parsed.subject.public_bytes()

    @cached_property
    def issuer(self) -> bytes:
        """DER of the name."""
        return self.parsed.issuer.public_bytes()

    @property
    def self_issued(self) -> bool:
        """Whether it bears its issuer's name."""
        return self.subject == self.issuer

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256, hexadecimal."""
        return self.parsed.fingerprint(hashes.SHA256()).hex()

    @cached_property
    def from_at(self) -> int:
        """Unix seconds."""
        return int(self.parsed.not_valid_before_utc.timestamp())

    @cached_property
    def until_at(self) -> int:
        """Unix seconds."""
        return int(self.parsed.not_valid_after_utc.timestamp())

    @cached_property
    def name(self) -> str:
        """Its subject, as it would be said to a person."""
        return said_name(self.parsed.subject)

    @cached_property
    def issuer_name(self) -> str:
        """Its issuer, as it would be said to a person."""
        return said_name(self.parsed.issuer)

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """Its rfc822Names."""
        names = self.extension(x509.SubjectAlternativeName)
        return () if names is None else tuple(names.get_values_for_type(x509.RFC822Name))

    @cached_property
    def weak_addresses(self) -> tuple[str, ...]:
        """emailAddress in its distinguished name."""
        found = self.parsed.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
        return tuple(str(each.value) for each in found)

    @cached_property
    def crl_urls(self) -> tuple[str, ...]:
        """Where the lists that may name it are published, each of a whole distribution point."""
        points = self.extension(x509.CRLDistributionPoints)
        return tuple(
            str(name.value)
            for point in points or ()
            if point.reasons is None and point.crl_issuer is None
            for name in point.full_name or ()
            if isinstance(name, x509.UniformResourceIdentifier)
        )

    def signed_by(self, issuer: Certificate) -> bool:
        """Whether that key signed it, and its names follow."""
        try:
            self.parsed.verify_directly_issued_by(issuer.parsed)
        except (*BAD_VALUE, InvalidSignature):
            return False
        return True


@lru_cache(maxsize=512)
def read(der: bytes) -> Certificate | None:
    """The certificate in these octets; None when they are none, or one that cannot be trusted."""
    certificate = Certificate(der)
    try:
        if certificate.parsed.version is not x509.Version.v3:
            return None
        if certificate.parsed.serial_number < 0:
            return None  # RFC 5280 §4.1.2.2; no list can be asked about it
        # What is lazy in `cryptography` is read now, so that nothing raises later.
        _ = certificate.extensions, certificate.parsed.public_key(), certificate.name
        _ = certificate.from_at, certificate.until_at, certificate.parsed.signature_hash_algorithm
        _ = certificate.weak_addresses, certificate.subject, certificate.issuer
    except BAD_VALUE:
        return None
    return certificate


def weaknesses(certificate: Certificate, issuer: Certificate) -> set[Reason]:
    """What is too weak in a certificate, and in the key that signed it."""
    found = {Reason.WEAK_DIGEST} if weak_digest(certificate) else set()
    if short_key(certificate) or short_key(issuer):
        found.add(Reason.SHORT_KEY)
    return found


def weak_digest(certificate: Certificate) -> bool:
    """Whether it was signed with what can be forged."""
    digest = certificate.parsed.signature_hash_algorithm
    oid = certificate.parsed.signature_algorithm_oid
    return not (isinstance(digest, STRONG) or oid in WITHOUT_DIGEST)


def short_key(certificate: Certificate) -> bool:
    """Whether its key is too short, or of a kind nobody should use."""
    key = certificate.parsed.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size < LEAST_RSA_BITS or key.public_numbers().e < 3
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.key_size < LEAST_EC_BITS
    return not isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey)


def said_name(name: x509.Name) -> str:
    """The common name, else the organisation, else all of it."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        if found := name.get_attributes_for_oid(oid):
            return str(found[-1].value)
    return name.rfc4514_string()
