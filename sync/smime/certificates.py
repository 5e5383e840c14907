"""What a certificate says of itself, from its DER octets. Nothing here believes it.

Read by asn1crypto, which takes the old and odd ones that national authorities have issued; only
the public key goes to `cryptography`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any

from asn1crypto import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import load_der_public_key

from store.errors import Permanent
from sync.smime.structures import reading, same_name

MOST_OCTETS = 64 * 1024
SHORT_RSA = 2048
SHOWN = ("common_name", "organization_name", "country_name")


class KeyKind(StrEnum):
    """What a public key can be."""

    RSA = "rsa"
    EC = "ec"
    X25519 = "x25519"
    ED25519 = "ed25519"
    OTHER = "other"


CLASSES: dict[type, KeyKind] = {
    rsa.RSAPublicKey: KeyKind.RSA,
    ec.EllipticCurvePublicKey: KeyKind.EC,
    x25519.X25519PublicKey: KeyKind.X25519,
    ed25519.Ed25519PublicKey: KeyKind.ED25519,
}
PublicKey = (
    rsa.RSAPublicKey | ec.EllipticCurvePublicKey | x25519.X25519PublicKey | ed25519.Ed25519PublicKey
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The facts of one certificate. `subject` and `addresses` are words from outside."""

    der: bytes
    issuer: bytes
    """The issuer's name as encoded."""
    serial: int
    key_id: bytes
    """SubjectKeyIdentifier; b'' when it has none."""
    subject_name: bytes
    """The subject's name as encoded."""
    subject: str
    addresses: tuple[str, ...]
    """rfc822Name of the alternative names, then e-mail addresses in the subject."""
    not_before_at: int
    """Unix seconds."""
    not_after_at: int
    """Unix seconds, the last one."""
    usages: frozenset[str] | None
    """KeyUsage: 'digital_signature', 'key_encipherment'...; None when not said."""
    kind: KeyKind
    bits: int
    public_key: PublicKey | None = field(repr=False, compare=False)
    spki: bytes = field(repr=False)
    """SubjectPublicKeyInfo."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its octets, 64 hexadecimal digits."""
        return sha256(self.der).hexdigest()

    @property
    def can_sign(self) -> bool:
        """Whether its key may sign letters."""
        allowed = self.usages is None or bool(
            self.usages & {"digital_signature", "non_repudiation"}
        )
        return allowed and self.kind in (KeyKind.RSA, KeyKind.EC, KeyKind.ED25519)

    @property
    def can_be_sealed_to(self) -> bool:
        """Whether a letter may be sealed to its key."""
        if self.kind is KeyKind.RSA:
            return self.usages is None or "key_encipherment" in self.usages
        agreeing = self.kind in (KeyKind.EC, KeyKind.X25519)
        return agreeing and (self.usages is None or "key_agreement" in self.usages)


@lru_cache(maxsize=256)
def read_certificate(der: bytes) -> Certificate:
    """Read one certificate.

    Raises:
        Permanent: `smime.bad_certificate`.
    """
    if len(der) > MOST_OCTETS:
        raise Permanent("smime.bad_certificate")
    # asn1crypto 1.5.1 has universal types that it cannot give the value of: a REAL in a subject.
    with reading("smime.bad_certificate", more=(AttributeError,)):
        read = x509.Certificate.load(der, strict=True)
        body = read["tbs_certificate"]
        usage = read.key_usage_value
        spki = bytes(body["subject_public_key_info"].dump())
        public_key = _public_key(spki)
        return Certificate(
            der=der,
            issuer=bytes(body["issuer"].dump()),
            serial=int(body["serial_number"].native),
            key_id=bytes(read.key_identifier or b""),
            subject_name=bytes(body["subject"].dump()),
            subject=_shown(read.subject.native),
            addresses=tuple(dict.fromkeys(_addresses(read))),
            not_before_at=int(body["validity"]["not_before"].native.timestamp()),
            not_after_at=int(body["validity"]["not_after"].native.timestamp()),
            usages=None if usage is None else frozenset(usage.native),
            kind=_kind(public_key),
            bits=getattr(public_key, "key_size", 0),
            public_key=public_key,
            spki=spki,
        )


def _shown(subject: dict[str, object]) -> str:
    """Who is named: name, organisation, country; all of it where there is none of them."""
    known = [subject[each] for each in SHOWN if each in subject] or list(subject.values())
    flat = (word for each in known for word in (each if isinstance(each, list) else [each]))
    return ", ".join(str(word) for word in flat)


def _addresses(read: Any) -> Iterable[str]:
    for name in read.subject_alt_name_value or ():
        if name.name == "rfc822_name":
            yield str(name.native)
    for relative in read.subject.chosen:
        for pair in relative:
            if pair["type"].native == "email_address":
                yield str(pair["value"].native)


def _public_key(spki: bytes) -> PublicKey | None:
    try:
        key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, PublicKey) else None


def _kind(key: PublicKey | None) -> KeyKind:
    return next((kind for each, kind in CLASSES.items() if isinstance(key, each)), KeyKind.OTHER)


def matching(certificates: Iterable[Certificate], identifier: Any) -> list[Certificate]:
    """The certificates that an Identifier or AgreementIdentifier names."""
    if identifier.name == "key_id":
        chosen = identifier.chosen
        key_id = bytes((chosen["key_id"] if hasattr(chosen, "spec") else chosen).native)
        return [each for each in certificates if key_id and each.key_id == key_id]
    issuer = bytes(identifier.chosen["issuer"].dump())
    return of_issuer(certificates, issuer, int(identifier.chosen["serial"].native))


def of_issuer(certificates: Iterable[Certificate], issuer: bytes, serial: int) -> list[Certificate]:
    """The certificates with this serial number of this issuer."""
    return [
        each for each in certificates if each.serial == serial and same_name(each.issuer, issuer)
    ]
