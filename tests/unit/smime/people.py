"""Invented people with keys, made once per session, and the two other programs that judge us."""

from __future__ import annotations

import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sync.smime.keys import SoftwareKey

AT = 1_790_000_000
"""21 September 2026."""
BEGAN, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
ENTITY = (
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    b"\r\nBilan : glyc=C3=A9mie 1,05 g/L\r\n\r\nDr Alice Martin\r\n"
)


def _private(kind: str):
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("rsa") or 2048))
    if kind == "x25519":
        return x25519.X25519PrivateKey.generate()
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(CURVES[kind])


@cache
def authority() -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """The certificate and key of the one who signs the others."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name.from_rfc4514_string("CN=Autorite d'essai,O=Pli,C=FR")
    made = (
        _builder(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )
    return made.sign(key, hashes.SHA256()), key


def _builder(subject: x509.Name, issuer: x509.Name, public, *, ends: datetime = ENDS):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGAN if ends > BEGAN else ends - timedelta(days=365))
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(**given: bool) -> x509.KeyUsage:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: given.get(name, False) for name in names})


def issue(private, name: str, *, ends: datetime = ENDS, **usage: bool) -> SoftwareKey:
    """A certificate for a key."""
    ca, ca_key = authority()
    public = private.public_key()
    subject = x509.Name.from_rfc4514_string(f"CN={name},O=Pli,C=FR")
    usage = usage or {
        "digital_signature": True,
        "key_encipherment": isinstance(private, rsa.RSAPrivateKey),
        "key_agreement": not isinstance(private, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey),
    }
    made = (
        _builder(subject, ca.subject, public, ends=ends)
        .add_extension(_usage(**usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        .add_extension(
            x509.SubjectAlternativeName([x509.RFC822Name(f"{name}@cabinet.example")]), False
        )
    )
    certificate = made.sign(ca_key, hashes.SHA256())
    return SoftwareKey(
        certificate.public_bytes(Encoding.DER), (ca.public_bytes(Encoding.DER),), private
    )


def person(kind: str, name: str = "alice") -> SoftwareKey:
    """Somebody with a key of a kind: 'rsa', 'rsa1024', 'p256', 'p384', 'p521', 'x25519'."""
    return _person(kind, name)


@cache
def _person(kind: str, name: str) -> SoftwareKey:
    return issue(_private(kind), name)


@cache
def folder() -> Path:
    """Where the files of the other programs lie."""
    return Path(tempfile.mkdtemp(prefix="pli-smime-"))


@cache
def files(kind: str, name: str = "alice") -> tuple[str, str]:
    """The paths of a certificate and its key, PEM."""
    who = person(kind, name)
    certificate, key = folder() / f"{kind}-{name}.pem", folder() / f"{kind}-{name}.key"
    read = x509.load_der_x509_certificate(who.certificate)
    certificate.write_bytes(read.public_bytes(Encoding.PEM))
    key.write_bytes(who.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(certificate), str(key)


@cache
def authority_file() -> str:
    """The path of the authority's certificate, PEM."""
    path = folder() / "ca.pem"
    path.write_bytes(authority()[0].public_bytes(Encoding.PEM))
    return str(path)


def openssl(*words: str, given: bytes = b"") -> bytes:
    """What `openssl cms` says of octets; it fails the test where openssl does."""
    done = subprocess.run(["openssl", "cms", *words], input=given, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-800:]
    return done.stdout


def laid_down(octets: bytes) -> str:
    """A file with these octets, for openssl, which reads only one thing from its input."""
    path = Path(tempfile.mkstemp(dir=folder())[1])
    path.write_bytes(octets)
    return str(path)
