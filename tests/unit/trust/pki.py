"""A small world of authorities, in which anything can be wrong with any certificate.

Everything is made by one builder with honest defaults; a test says only what differs. Keys are EC
P-256 but where a test is about RSA; those are made once.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from asn1crypto import core as asn1_core
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = 1_795_000_000
"""The present, in this world. Unix seconds."""
DAY = 86_400
ALICE = "alice@cabinet.example"
MAIL = (ExtendedKeyUsageOID.EMAIL_PROTECTION,)
CRL_URL = "http://crl.autorite.example/une.crl"


def moment(at: int) -> datetime.datetime:
    """As `cryptography` takes it."""
    return datetime.datetime.fromtimestamp(at, datetime.UTC)


def name(common: str, **others: str) -> x509.Name:
    """A distinguished name; `email` and `organization` besides the common name."""
    oids = {"email": NameOID.EMAIL_ADDRESS, "organization": NameOID.ORGANIZATION_NAME}
    parts = [x509.NameAttribute(oids[kind], value) for kind, value in others.items()]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])


@cache
def ec_key(label: str) -> ec.EllipticCurvePrivateKey:
    """The key of that name, made once."""
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    """One RSA key of that size, made once."""
    return rsa.generate_private_key(65537, bits)


def usage(*names: str) -> x509.KeyUsage:
    """Key usage with exactly these bits."""
    bits = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    bits += ("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{bit: bit in names for bit in bits})


@dataclass(frozen=True)
class Made:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: object

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True)
class Wanted:
    """What to put into a certificate; `None` leaves an extension out."""

    subject: x509.Name
    key: object
    ca: bool | None = False
    path_length: int | None = None
    usage: x509.KeyUsage | None = None
    purposes: Sequence[x509.ObjectIdentifier] | None = None
    addresses: Sequence[str] = ()
    hosts: Sequence[str] = ()
    from_at: int = NOW - 100 * DAY
    until_at: int = NOW + 100 * DAY
    crl_urls: Sequence[str] = ()
    extra: Sequence[tuple[x509.ExtensionType, bool]] = ()
    digest: hashes.HashAlgorithm | None = None
    issuer_name: x509.Name | None = None
    serial: int = 0


def make(wanted: Wanted, issuer: Made | None = None, signer: object = None) -> Made:
    """Sign it: by `issuer`, by itself without one, or by the wrong key `signer`."""
    above = wanted.subject if issuer is None else issuer.certificate.subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(wanted.subject)
        .issuer_name(wanted.issuer_name or above)
        .public_key(wanted.key.public_key())
        .serial_number(wanted.serial or x509.random_serial_number())
        .not_valid_before(moment(wanted.from_at))
        .not_valid_after(moment(wanted.until_at))
    )
    for extension, critical in _extensions(wanted):
        builder = builder.add_extension(extension, critical)
    key = signer or (wanted.key if issuer is None else issuer.key)
    return Made(builder.sign(key, wanted.digest or hashes.SHA256()), wanted.key)


def _extensions(wanted: Wanted) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = []
    if wanted.ca is not None:
        found.append((x509.BasicConstraints(wanted.ca, wanted.path_length), True))
    if wanted.usage is not None:
        found.append((wanted.usage, True))
    if wanted.purposes is not None:
        found.append((x509.ExtendedKeyUsage(wanted.purposes), False))
    names = [x509.RFC822Name(each) for each in wanted.addresses]
    names += [_host(each) for each in wanted.hosts]
    if names:
        found.append((x509.SubjectAlternativeName(names), False))
    if wanted.crl_urls:
        places = [x509.UniformResourceIdentifier(each) for each in wanted.crl_urls]
        points = [x509.DistributionPoint(places, None, None, None)]
        found.append((x509.CRLDistributionPoints(points), False))
    return [*found, *wanted.extra]


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def authority(common: str, **changes: object) -> Wanted:
    """What an honest authority asks for."""
    sound = Wanted(name(common), ec_key(common), ca=True, usage=usage("key_cert_sign", "crl_sign"))
    return replace(sound, **changes)


def person(common: str = "Dr Alice Martin", **changes: object) -> Wanted:
    """What an honest person asks for."""
    sound = Wanted(
        name(common),
        ec_key(common),
        usage=usage("digital_signature"),
        purposes=MAIL,
        addresses=(ALICE,),
        crl_urls=(CRL_URL,),
    )
    return replace(sound, **changes)


ROOT = make(authority("Racine"))
MIDDLE = make(
    authority("Intermédiaire", crl_urls=("http://crl.autorite.example/racine.crl",)), ROOT
)
SIGNER = make(person(), MIDDLE)


def crl(
    issuer: Made,
    *revoked: int | x509.RevokedCertificate,
    from_at: int = NOW - DAY,
    until_at: int | None = NOW + DAY,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    signer: object = None,
    digest: hashes.HashAlgorithm | None = None,
) -> bytes:
    """A revocation list, DER; `revoked` are serial numbers or whole entries."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(moment(from_at)).next_update(moment(until_at or NOW))
    for each in revoked:
        builder = builder.add_revoked_certificate(entry(each) if isinstance(each, int) else each)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical)
    signed = builder.sign(signer or issuer.key, digest or hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


def entry(serial: int, *extra: tuple[x509.ExtensionType, bool]) -> x509.RevokedCertificate:
    """One line of a revocation list."""
    builder = x509.RevokedCertificateBuilder().serial_number(serial)
    builder = builder.revocation_date(moment(NOW - 2 * DAY))
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical)
    return builder.build()


def with_sha1(made: Made, issuer: Made) -> Made:
    """The same, signed with SHA-1 by an authority with an RSA key; `cryptography` refuses to."""
    found = asn1.Certificate.load(made.der)
    for algorithm in (found["tbs_certificate"]["signature"], found["signature_algorithm"]):
        algorithm["algorithm"] = "sha1_rsa"
    tbs = found["tbs_certificate"].dump(force=True)
    found["signature_value"] = issuer.key.sign(tbs, padding.PKCS1v15(), hashes.SHA1())
    return Made(x509.load_der_x509_certificate(found.dump(force=True)), made.key)


def crl_by_sha1(der: bytes, issuer: Made) -> bytes:
    """The same list, signed with SHA-1 by an authority with an RSA key."""
    found = asn1_crl.CertificateList.load(der)
    for algorithm in (found["tbs_cert_list"]["signature"], found["signature_algorithm"]):
        algorithm["algorithm"] = "sha1_rsa"
    tbs = found["tbs_cert_list"].dump(force=True)
    found["signature"] = issuer.key.sign(tbs, padding.PKCS1v15(), hashes.SHA1())
    return found.dump(force=True)


def with_serial(made: Made, issuer: Made, serial: int) -> bytes:
    """The same certificate, under a number that `cryptography` refuses to write."""
    found = asn1.Certificate.load(made.der)
    found["tbs_certificate"]["serial_number"] = serial
    tbs = found["tbs_certificate"].dump(force=True)
    found["signature_value"] = issuer.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    return found.dump(force=True)


def crl_with_serial(der: bytes, issuer: Made, serial: int) -> bytes:
    """The same list, its first line about such a number."""
    found = asn1_crl.CertificateList.load(der)
    found["tbs_cert_list"]["revoked_certificates"][0]["user_certificate"] = serial
    tbs = found["tbs_cert_list"].dump(force=True)
    found["signature"] = issuer.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    return found.dump(force=True)


def response_by_sha1(der: bytes, issuer: Made) -> bytes:
    """The same OCSP response, signed with SHA-1 by an authority with an RSA key."""
    found = asn1_ocsp.OCSPResponse.load(der)
    basic = found["response_bytes"]["response"].parsed
    basic["signature_algorithm"]["algorithm"] = "sha1_rsa"
    tbs = basic["tbs_response_data"].dump()
    basic["signature"] = issuer.key.sign(tbs, padding.PKCS1v15(), hashes.SHA1())
    found["response_bytes"]["response"] = asn1_core.ParsableOctetString(basic.dump(force=True))
    return found.dump(force=True)
