"""How the key of a content reaches a reader: RSA (RFC 3370, 3560) or ECDH (RFC 5753, 8418).

Whoever holds a private key is an `Opener`: this program, or a card. PKCS#1 v1.5 is read without
becoming an oracle: whatever is wrong with it, a random key of the right length comes out, and the
failure is then that of a wrong key (RFC 3218; OpenSSL 3.2 and later do the same underneath).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha1
from hmac import compare_digest
from os import urandom
from typing import Any, Protocol

from asn1crypto import core
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from store.errors import Permanent
from sync.smime import oids
from sync.smime.ber import (
    BIT_STRING,
    NULL,
    Reader,
    context,
    der,
    integer,
    octet_string,
    oid,
    sequence,
)
from sync.smime.certificates import Certificate, KeyKind, read_certificate
from sync.smime.ciphers import DoesNotOpen
from sync.smime.signatures import HASHES, NotKnown, digest_of
from sync.smime.signed_attributes import issuer_and_serial
from sync.smime.structures import Algorithm, OaepParameters, absent, parameters

OAEP, V15, ECDH = "rsa_oaep", "rsa_v15", "ecdh"
TRIPLE_DES_WRAP_IV = bytes.fromhex("4adda22c79e82105")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPadding:
    """How a key is padded before RSA."""

    kind: str
    """`OAEP` or `V15`."""
    digest: str = ""
    mask_digest: str = ""
    label: bytes = b""


class Opener(Protocol):
    """Whoever holds a private key that letters are sealed to."""

    @property
    def certificate(self) -> bytes:
        """DER."""

    def decrypt(self, encrypted: bytes, padding: KeyPadding) -> bytes:
        """What was encrypted to an RSA key.

        Raises:
            ValueError: it was not encrypted to this key.  MailError: the key cannot be used now.
        """

    def agree(self, peer: bytes) -> bytes:
        """The secret shared with an encoded public key of the same curve.

        Raises:
            ValueError: it is no such key.  MailError: the key cannot be used now.
        """


def rsa_padding(padded: KeyPadding) -> padding.AsymmetricPadding:
    """The same, as `cryptography` says it."""
    if padded.kind == V15:
        return padding.PKCS1v15()
    mask = padding.MGF1(HASHES[padded.mask_digest]())
    return padding.OAEP(mask, HASHES[padded.digest](), padded.label or None)


# Sealing.


def wrapped(key: bytes, to: bytes, *, oaep: bool) -> bytes:
    """A RecipientInfo, DER.

    Args:
        key: of the content.
        to: the reader's certificate, DER.
        oaep: for RSA; else PKCS#1 v1.5.

    Raises:
        Permanent: `smime.cannot_seal_to`, `smime.bad_certificate`.
    """
    certificate = read_certificate(to)
    public = certificate.public_key
    if not certificate.can_be_sealed_to:
        raise Permanent("smime.cannot_seal_to")
    if isinstance(public, rsa.RSAPublicKey):
        return _transported(key, certificate, public, oaep=oaep)
    assert isinstance(public, ec.EllipticCurvePublicKey | x25519.X25519PublicKey)
    return _agreed(key, certificate, public)


def _transported(
    key: bytes, certificate: Certificate, public: rsa.RSAPublicKey, *, oaep: bool
) -> bytes:
    algorithm, kind = sequence(oid(oids.RSA), der(NULL)), KeyPadding(kind=V15)
    if oaep:
        hashed = sequence(oid(oids.DIGEST_OIDS["sha256"]), der(NULL))
        masked = sequence(oid(oids.MGF1), hashed)
        algorithm = sequence(
            oid(oids.RSA_OAEP), sequence(der(context(0), hashed), der(context(1), masked))
        )
        kind = KeyPadding(kind=OAEP, digest="sha256", mask_digest="sha256")
    encrypted = octet_string(public.encrypt(key, rsa_padding(kind)))
    return sequence(integer(0), issuer_and_serial(certificate), algorithm, encrypted)


def _agreed(
    key: bytes,
    certificate: Certificate,
    public: ec.EllipticCurvePublicKey | x25519.X25519PublicKey,
) -> bytes:
    if isinstance(public, x25519.X25519PublicKey):
        ephemeral = x25519.X25519PrivateKey.generate()
        secret, mine = ephemeral.exchange(public), ephemeral.public_key().public_bytes_raw()
        agreement, digest = oids.X25519_AGREEMENT, "sha256"
    else:
        own = ec.generate_private_key(public.curve)
        secret = own.exchange(ec.ECDH(), public)
        mine = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        bits = certificate.bits
        digest = "sha256" if bits <= 256 else "sha384" if bits <= 384 else "sha512"
        agreement = oids.STANDARD_AGREEMENTS[digest]
    wrap = sequence(oid(oids.AES_256_WRAP))
    wrapping = _derived(secret, 32, wrap, b"", digest, hkdf=certificate.kind is KeyKind.X25519)
    # With the parameters of the curve, which RFC 5753 §3.1.1 allows and pyHanko 0.38 demands.
    spki = Reader(certificate.spki)
    kind = spki.raw(next(spki.children(spki.root())))
    originator = der(context(1), kind, der(BIT_STRING, b"\0", mine))
    reader = sequence(issuer_and_serial(certificate), octet_string(aes_key_wrap(wrapping, key)))
    algorithm = sequence(oid(agreement), wrap)
    return der(context(1), integer(3), der(context(0), originator), algorithm, sequence(reader))


def _derived(
    secret: bytes, size: int, wrap: bytes, ukm: bytes, digest: str, *, hkdf: bool
) -> bytes:
    """The wrapping key (RFC 5753 §7.2; RFC 8418 §2.2)."""
    shared = sequence(
        wrap,
        der(context(0), octet_string(ukm)) if ukm else b"",
        der(context(2), octet_string((8 * size).to_bytes(4, "big"))),
    )
    algorithm: hashes.HashAlgorithm = HASHES[digest]()
    if hkdf:
        return HKDF(algorithm, size, salt=None, info=shared).derive(secret)
    return X963KDF(algorithm, size, shared).derive(secret)


# Opening.


def transported(info: Any, opener: Opener, sizes: range) -> tuple[bytes, str]:
    """The key in a KeyTransport, and which kind of padding it came in.

    Raises:
        DoesNotOpen, NotKnown; ValueError and what else a malformed structure raises.
    """
    padded = read_padding(info["algorithm"])
    encrypted = bytes(info["encrypted_key"].native)
    if padded.kind == OAEP:
        try:
            return opener.decrypt(encrypted, padded), OAEP
        except ValueError as error:
            raise DoesNotOpen from error
    substitute = urandom(sizes[-1] if len(sizes) == 1 else 16)
    try:
        key = opener.decrypt(encrypted, padded)
    except ValueError:
        return substitute, V15
    return (key if len(key) in sizes else substitute), V15


def read_padding(algorithm: Any) -> KeyPadding:
    """How a KeyTransport's key is padded.

    Raises:
        NotKnown.
    """
    number = algorithm["algorithm"].dotted
    if number == oids.RSA:
        return KeyPadding(kind=V15)
    if number != oids.RSA_OAEP:
        raise NotKnown(number)
    read = OaepParameters.load(parameters(algorithm) or b"\x30\x00", strict=True)
    mask, source, label = "sha1", read["source"], b""
    if not absent(read["mgf"]):
        if read["mgf"]["algorithm"].dotted != oids.MGF1:
            raise NotKnown(read["mgf"]["algorithm"].dotted)
        mask = digest_of(Algorithm.load(parameters(read["mgf"]), strict=True))
    if not absent(source):
        if source["algorithm"].dotted != oids.P_SPECIFIED:
            raise NotKnown(source["algorithm"].dotted)
        label = bytes(core.OctetString.load(parameters(source), strict=True).native)
    digest = digest_of(read["hash"], default="sha1")
    return KeyPadding(kind=OAEP, digest=digest, mask_digest=mask, label=label)


def agreed(info: Any, encrypted: bytes, opener: Opener) -> bytes:
    """The key in one RecipientEncryptedKey of a KeyAgreement.

    Raises:
        DoesNotOpen, NotKnown; ValueError and what else a malformed structure raises.
    """
    originator, number = info["originator"], info["algorithm"]["algorithm"].dotted
    if originator.name != "key":
        raise NotKnown(originator.name)
    hkdf = number in oids.HKDF_AGREEMENTS
    digest = oids.HKDF_AGREEMENTS.get(number) or oids.AGREEMENTS.get(number)
    if digest is None:
        raise NotKnown(number)
    wrap = bytes(info["algorithm"]["parameters"].dump())
    means = Algorithm.load(wrap, strict=True)["algorithm"].dotted
    size = 24 if means == oids.TRIPLE_DES_WRAP else oids.AES_WRAP.get(means)
    if size is None:
        raise NotKnown(means)
    ukm = bytes(info["ukm"].native or b"")
    try:
        secret = opener.agree(bytes(originator.chosen["public_key"].native))
        wrapping = _derived(secret, size, wrap, ukm, digest, hkdf=hkdf)
        if means == oids.TRIPLE_DES_WRAP:
            return _triple_des_unwrapped(wrapping, encrypted)
        return aes_key_unwrap(wrapping, encrypted)
    except (InvalidUnwrap, ValueError) as error:
        raise DoesNotOpen from error


def _triple_des_unwrapped(wrapping: bytes, encrypted: bytes) -> bytes:
    """RFC 3217 §3.2."""
    if len(encrypted) != 40:
        raise DoesNotOpen

    def clear(octets: bytes, iv: bytes) -> bytes:
        machine = Cipher(TripleDES(wrapping), modes.CBC(iv)).decryptor()
        return machine.update(octets) + machine.finalize()

    turned = clear(encrypted, TRIPLE_DES_WRAP_IV)[::-1]
    key = clear(turned[8:], turned[:8])
    check = sha1(key[:24], usedforsecurity=False).digest()[:8]
    if not compare_digest(check, key[24:]):
        raise DoesNotOpen
    return key[:24]


def holders(openers: Iterable[Opener]) -> list[tuple[Certificate, Opener]]:
    """Each opener with its certificate read."""
    return [(read_certificate(each.certificate), each) for each in openers]
