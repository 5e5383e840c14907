"""A file of authorities: PEM, DER, or the p7b in which national authorities publish their chains.

Those that signed themselves are anchors; the others only help to find the way to one. What is no
authority vouches for nobody and is left out.
"""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from store.errors import NeedsUser
from store.model.trust import Anchor, Kind
from sync.trust.certificate import Certificate, read

MOST_OCTETS = 4 * 1024 * 1024
MOST_CERTIFICATES = 500


def read_bundle(path: Path, name: str, now: int) -> list[Anchor]:
    """The authorities in a file, anchors first.

    Args:
        name: of the bundle they will belong to.
        now: Unix seconds; when they are imported.

    Raises:
        NeedsUser: `anchors.unreadable`, `anchors.none`.
    """
    found = []
    for der in dict.fromkeys(certificates_in(path)):
        certificate = read(der)
        if certificate is not None and _may_vouch(certificate):
            found.append(_anchor(certificate, name, now))
    if not any(each.kind is Kind.ANCHOR for each in found):
        raise NeedsUser("anchors.none", path=str(path))
    return sorted(found, key=lambda each: (each.kind is not Kind.ANCHOR, each.name))


def certificates_in(path: Path) -> list[bytes]:
    """Every certificate in a file, DER.

    Raises:
        NeedsUser: `anchors.unreadable`.
    """
    try:
        with path.open("rb") as file:
            octets = file.read(MOST_OCTETS + 1)
        if len(octets) > MOST_OCTETS:
            raise ValueError("too long")
        found = _parsed(octets)
        if len(found) > MOST_CERTIFICATES:
            raise ValueError("too many")
        return [each.public_bytes(Encoding.DER) for each in found]
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise NeedsUser("anchors.unreadable", path=str(path)) from error


def _parsed(octets: bytes) -> list[x509.Certificate]:
    if b"-----BEGIN CERTIFICATE-----" in octets:
        return x509.load_pem_x509_certificates(octets)
    if b"-----BEGIN" in octets:
        return pkcs7.load_pem_pkcs7_certificates(octets)
    try:
        return [x509.load_der_x509_certificate(octets)]
    except ValueError:
        return pkcs7.load_der_pkcs7_certificates(octets)


def _may_vouch(certificate: Certificate) -> bool:
    basic = certificate.extension(x509.BasicConstraints)
    usage = certificate.extension(x509.KeyUsage)
    return basic is not None and basic.ca and (usage is None or usage.key_cert_sign)


def _anchor(certificate: Certificate, bundle: str, now: int) -> Anchor:
    alone = certificate.self_issued and certificate.signed_by(certificate)
    return Anchor(
        bundle=bundle,
        kind=Kind.ANCHOR if alone else Kind.INTERMEDIATE,
        certificate=certificate.der,
        fingerprint=certificate.fingerprint,
        name=certificate.name,
        not_after_at=certificate.until_at,
        imported_at=now,
    )
