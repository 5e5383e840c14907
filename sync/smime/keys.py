"""Private keys that this program holds: taken from PKCS#12 and PEM files, used to sign and to open.

What cannot be read: of a PKCS#12 file with several private keys only the one its maker put first;
a file whose MAC or encryption is not of RFC 7292 (`cryptography` reads PBES2, and the RC2, RC4 and
3DES of old Windows exports); keys that are neither RSA nor on a curve of OpenSSL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
    pkcs12,
)

from store.errors import NeedsUser, Permanent
from sync.smime.certificate_files import certificates_in
from sync.smime.certificates import Certificate, read_certificate
from sync.smime.key_wrapping import KeyPadding, rsa_padding
from sync.smime.signatures import ECDSA, HASHES, RSA, Scheme, pss_padding
from sync.smime.structures import reading

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey
PEM_KEY = re.compile(
    rb"-----BEGIN ((?:ENCRYPTED |RSA |EC )?PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL
)
MOST_FILE = 4 * 1024 * 1024
MOST_CHAIN = 8


@dataclass(frozen=True, slots=True)
class SoftwareKey:
    """A private key in memory, with its certificate and its issuers'. A Signer and an Opener."""

    certificate: bytes
    chain: tuple[bytes, ...]
    key: PrivateKey

    def __repr__(self) -> str:
        return "SoftwareKey(...)"

    def sign(self, octets: bytes, scheme: Scheme) -> bytes:
        """The signature over octets."""
        key, digest = self.key, HASHES[scheme.digest]()
        if isinstance(key, rsa.RSAPrivateKey):
            padded = padding.PKCS1v15() if scheme.kind == RSA else pss_padding(scheme)
            return key.sign(octets, padded, digest)
        if isinstance(key, ec.EllipticCurvePrivateKey) and scheme.kind == ECDSA:
            return key.sign(octets, ec.ECDSA(digest))
        raise Permanent("smime.key_cannot_sign")

    def decrypt(self, encrypted: bytes, padding: KeyPadding) -> bytes:
        """What was encrypted to this RSA key; ValueError where it was not."""
        if not isinstance(self.key, rsa.RSAPrivateKey):
            raise ValueError("kind")
        return self.key.decrypt(encrypted, rsa_padding(padding))

    def agree(self, peer: bytes) -> bytes:
        """The secret shared with an encoded public key; ValueError where it is no such key."""
        if isinstance(self.key, x25519.X25519PrivateKey):
            return self.key.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            curve = self.key.curve
            return self.key.exchange(
                ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve, peer)
            )
        raise ValueError("kind")

    def pkcs8(self) -> bytes:
        """The private key in clear, to be wrapped at once."""
        return self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def from_pkcs8(certificate: bytes, chain: tuple[bytes, ...], octets: bytes) -> SoftwareKey:
    """A key as `pkcs8` gave it.

    Raises:
        Permanent: `smime.bad_key_file`.
    """
    with reading("smime.bad_key_file"):
        return SoftwareKey(certificate, chain, _usable(load_der_private_key(octets, None)))


def keys_in(octets: bytes, passphrase: str | None) -> list[SoftwareKey]:
    """The private keys of a PKCS#12 or PEM file, each with its certificate.

    Raises:
        NeedsUser: `smime.passphrase_needed`, `smime.wrong_passphrase`.
        Permanent: `smime.bad_key_file`, it holds no key that can be used; `smime.key_alone`, no
            certificate of it.
    """
    if len(octets) > MOST_FILE:
        raise Permanent("smime.bad_key_file")
    if PEM_KEY.search(octets):
        return _from_pem(octets, passphrase)
    return [_from_pkcs12(octets, passphrase)]


def _from_pkcs12(octets: bytes, passphrase: str | None) -> SoftwareKey:
    try:
        bag = pkcs12.load_pkcs12(octets, passphrase.encode() if passphrase else None)
    except (ValueError, UnsupportedAlgorithm, TypeError) as error:
        raise _refused(error, passphrase) from error
    held = [bag.cert, *bag.additional_certs]
    found = [each.certificate.public_bytes(Encoding.DER) for each in held if each is not None]
    return _with_certificate(_usable(bag.key), found)


def _refused(failure: Exception, passphrase: str | None) -> NeedsUser | Permanent:
    words = str(failure).lower()
    if "password" in words or "mac" in words:
        return NeedsUser("smime.wrong_passphrase" if passphrase else "smime.passphrase_needed")
    return Permanent("smime.bad_key_file")


def _from_pem(octets: bytes, passphrase: str | None) -> list[SoftwareKey]:
    found = certificates_in(octets)
    secret = passphrase.encode() if passphrase else None
    made = []
    for block in PEM_KEY.finditer(octets):
        sealed = b"ENCRYPTED" in block[0]
        try:
            key = load_pem_private_key(block[0], secret if sealed else None)
        except TypeError as error:
            raise NeedsUser("smime.passphrase_needed") from error
        except (ValueError, UnsupportedAlgorithm) as error:
            wrong = sealed and secret is not None
            raise (
                NeedsUser("smime.wrong_passphrase") if wrong else Permanent("smime.bad_key_file")
            ) from error
        made.append(_with_certificate(_usable(key), found))
    return made


def _usable(key: object) -> PrivateKey:
    if not isinstance(key, PrivateKey):
        raise Permanent("smime.bad_key_file")
    return key


def _with_certificate(key: PrivateKey, found: list[bytes]) -> SoftwareKey:
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    own = [each for each in found if _same_key(read_certificate(each), spki)]
    if not own:
        raise Permanent("smime.key_alone")
    # Of several, renewed over one key, the one that lasts longest.
    chosen = max(own, key=lambda der: read_certificate(der).not_after_at)
    return SoftwareKey(chosen, tuple(chain(chosen, found)), key)


def _same_key(certificate: Certificate, spki: bytes) -> bool:
    public = certificate.public_key
    return public is not None and spki == public.public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )


def chain(certificate: bytes, found: list[bytes]) -> list[bytes]:
    """Its issuers among `found`, the nearest first; by name alone, which a reader verifies.

    Raises:
        Permanent: `smime.bad_certificate`.
    """
    issuers = {read_certificate(each).subject_name: each for each in found if each != certificate}
    above: list[bytes] = []
    at = read_certificate(certificate)
    while (der := issuers.get(at.issuer)) and der not in above and len(above) < MOST_CHAIN:
        above.append(der)
        at = read_certificate(der)
    return above
