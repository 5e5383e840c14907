"""Raw signatures: which algorithm is meant, whether octets verify, how we sign.

What a SignerInfo says of its algorithm is read here and nowhere else, so that no other place can
take a weaker one for granted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from store.errors import Permanent
from sync.smime import oids
from sync.smime.ber import NULL, context, der, integer, oid, sequence
from sync.smime.certificates import Certificate, KeyKind
from sync.smime.structures import Algorithm, PssParameters, absent, parameters

HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha3_256": hashes.SHA3_256,
    "sha3_384": hashes.SHA3_384,
    "sha3_512": hashes.SHA3_512,
}
RSA, PSS, ECDSA, ED25519 = "rsa", "rsa_pss", "ecdsa", "ed25519"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How octets are signed."""

    kind: str
    """`RSA`, `PSS`, `ECDSA` or `ED25519`; an OID where it is none of them."""
    digest: str = ""
    """Of what is signed: 'sha256'; '' for one that is not known."""
    mask_digest: str = ""
    """PSS: of the mask."""
    salt: int = 0
    """PSS: octets of salt."""


class Signer(Protocol):
    """Whoever holds a private key: this program, or a card that never gives it away."""

    @property
    def certificate(self) -> bytes:
        """DER."""

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER of its issuers, the nearest first."""

    def sign(self, octets: bytes, scheme: Scheme) -> bytes:
        """The signature over `octets`, which are still to be digested.

        Raises:
            MailError: the key cannot be used now.
        """


class NotKnown(Exception):
    """An algorithm that is not read here."""


def scheme_of(algorithm: Any, digest: str) -> Scheme:
    """What a SignerInfo means by its signatureAlgorithm; `digest` is that of its content.

    Raises:
        NotKnown: with the OID.
    """
    number = algorithm["algorithm"].dotted
    if number == oids.RSA:
        return Scheme(kind=RSA, digest=digest)
    if number in oids.RSA_WITH:
        return Scheme(kind=RSA, digest=oids.RSA_WITH[number])
    if number == oids.RSA_PSS:
        return _pss(parameters(algorithm))
    if number in oids.ECDSA_WITH:
        return Scheme(kind=ECDSA, digest=oids.ECDSA_WITH[number])
    if number == oids.EC:  # RFC 5753 §2.1.1 forbids it; old smart card software writes it
        return Scheme(kind=ECDSA, digest=digest)
    if number == oids.ED25519:
        return Scheme(kind=ED25519, digest=digest)
    raise NotKnown(number)


def _pss(octets: bytes) -> Scheme:
    read = PssParameters.load(octets or b"\x30\x00", strict=True)
    digest = digest_of(read["hash"], default="sha1")
    mgf = read["mgf"]
    mask = "sha1"
    if not absent(mgf):
        if mgf["algorithm"].dotted != oids.MGF1:
            raise NotKnown(mgf["algorithm"].dotted)
        mask = digest_of(Algorithm.load(parameters(mgf), strict=True))
    salt = int(read["salt_length"].native)
    if not 0 <= salt <= 512 or read["trailer"].native != 1:
        raise NotKnown(oids.RSA_PSS)
    return Scheme(kind=PSS, digest=digest, mask_digest=mask, salt=salt)


def digest_of(algorithm: Any, *, default: str = "") -> str:
    """The name of a digest algorithm; `default` when it is left out.

    Raises:
        NotKnown: with the OID.
    """
    if default and absent(algorithm):
        return default
    number = algorithm["algorithm"].dotted
    if number not in oids.DIGESTS:
        raise NotKnown(number)
    return oids.DIGESTS[number]


def verifies(certificate: Certificate, signature: bytes, octets: bytes, scheme: Scheme) -> bool:
    """Whether the key of a certificate made this signature.

    Raises:
        NotKnown: it cannot be said, for this key or by these libraries.
    """
    key = certificate.public_key
    try:
        match key, scheme.kind:
            case rsa.RSAPublicKey(), "rsa":
                key.verify(signature, octets, padding.PKCS1v15(), HASHES[scheme.digest]())
            case rsa.RSAPublicKey(), "rsa_pss":
                key.verify(signature, octets, pss_padding(scheme), HASHES[scheme.digest]())
            case ec.EllipticCurvePublicKey(), "ecdsa":
                key.verify(signature, octets, ec.ECDSA(HASHES[scheme.digest]()))
            case ed25519.Ed25519PublicKey(), "ed25519":
                key.verify(signature, octets)
            case _:
                raise NotKnown(scheme.kind)
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError) as error:
        raise NotKnown(scheme.kind) from error
    return True


def pss_padding(scheme: Scheme) -> padding.PSS:
    """The padding of a PSS scheme, as `cryptography` says it."""
    return padding.PSS(padding.MGF1(HASHES[scheme.mask_digest]()), scheme.salt)


def chosen_scheme(certificate: Certificate, *, digest: str = "", pss: bool = False) -> Scheme:
    """How we sign with a key: with the digest asked for, else the one that suits the key.

    Raises:
        Permanent: `smime.key_cannot_sign`.
    """
    if not certificate.can_sign or certificate.kind is KeyKind.ED25519:
        raise Permanent("smime.key_cannot_sign")
    if certificate.kind is KeyKind.EC:
        suits = (
            "sha256"
            if certificate.bits <= 256
            else "sha384"
            if certificate.bits <= 384
            else "sha512"
        )
        return Scheme(kind=ECDSA, digest=digest or suits)
    digest = digest or "sha256"
    if not pss:
        return Scheme(kind=RSA, digest=digest)
    return Scheme(kind=PSS, digest=digest, mask_digest=digest, salt=HASHES[digest]().digest_size)


def encoded_scheme(scheme: Scheme) -> bytes:
    """The signatureAlgorithm of a scheme we sign with, DER."""
    if scheme.kind == ECDSA:
        return sequence(oid(oids.ECDSA_OIDS[scheme.digest]))
    if scheme.kind == RSA:
        return sequence(oid(oids.RSA), der(NULL))
    hashed = sequence(oid(oids.DIGEST_OIDS[scheme.digest]), der(NULL))
    return sequence(
        oid(oids.RSA_PSS),
        sequence(
            der(context(0), hashed),
            der(context(1), sequence(oid(oids.MGF1), hashed)),
            der(context(2), integer(scheme.salt)),
        ),
    )
