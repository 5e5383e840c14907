"""The small structures of CMS, read by asn1crypto. What is large stays with sync/smime/ber.py.

Our own declarations and not asn1crypto's: those lack AuthEnvelopedData and the parameters of GCM,
refuse the elliptic keys openssl writes without parameters, and take attributes apart before anyone
asks. Every parameter and value is kept as the octets it came in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asn1crypto import core, x509
from cryptography.exceptions import UnsupportedAlgorithm

from store.errors import MailError, Permanent

READING_FAILS = (
    *(ValueError, TypeError, KeyError, IndexError),
    *(OverflowError, RecursionError, NotImplementedError),
    UnsupportedAlgorithm,
)
"""What asn1crypto and cryptography raise at octets that are not what they should be."""


@contextmanager
def reading(
    code: str = "smime.malformed", *, more: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Whatever a library makes of hostile octets becomes one error of ours.

    Raises:
        Permanent: `code`.
    """
    fails: tuple[type[Exception], ...] = (*READING_FAILS, *more)
    try:
        yield
    except MailError:
        raise
    except fails as error:
        raise Permanent(code) from error


class Algorithm(core.Sequence):
    """AlgorithmIdentifier."""

    _fields = [("algorithm", core.ObjectIdentifier), ("parameters", core.Any, {"optional": True})]


class Values(core.SetOf):
    """The values of an attribute."""

    _child_spec = core.Any


class Attribute(core.Sequence):
    """Attribute (RFC 5652 §5.3)."""

    _fields = [("type", core.ObjectIdentifier), ("values", Values)]


class Attributes(core.SetOf):
    """SignedAttributes, UnsignedAttributes, AuthAttributes."""

    _child_spec = Attribute


class IssuerAndSerial(core.Sequence):
    """IssuerAndSerialNumber."""

    _fields = [("issuer", core.Any), ("serial", core.Integer)]


class Identifier(core.Choice):
    """SignerIdentifier, and RecipientIdentifier."""

    _alternatives = [
        ("issuer_and_serial", IssuerAndSerial),
        ("key_id", core.OctetString, {"implicit": 0}),
    ]


class SignerInfo(core.Sequence):
    """SignerInfo (RFC 5652 §5.3)."""

    _fields = [
        ("version", core.Integer),
        ("sid", Identifier),
        ("digest_algorithm", Algorithm),
        ("signed_attributes", Attributes, {"implicit": 0, "optional": True}),
        ("signature_algorithm", Algorithm),
        ("signature", core.OctetString),
        ("unsigned_attributes", Attributes, {"implicit": 1, "optional": True}),
    ]


class KeyTransport(core.Sequence):
    """KeyTransRecipientInfo (RFC 5652 §6.2.1)."""

    _fields = [
        ("version", core.Integer),
        ("rid", Identifier),
        ("algorithm", Algorithm),
        ("encrypted_key", core.OctetString),
    ]


class RecipientKeyId(core.Sequence):
    """RecipientKeyIdentifier."""

    _fields = [
        ("key_id", core.OctetString),
        ("date", core.GeneralizedTime, {"optional": True}),
        ("other", core.Any, {"optional": True}),
    ]


class AgreementIdentifier(core.Choice):
    """KeyAgreeRecipientIdentifier."""

    _alternatives = [
        ("issuer_and_serial", IssuerAndSerial),
        ("key_id", RecipientKeyId, {"implicit": 0}),
    ]


class AgreedKey(core.Sequence):
    """RecipientEncryptedKey."""

    _fields = [("rid", AgreementIdentifier), ("encrypted_key", core.OctetString)]


class AgreedKeys(core.SequenceOf):
    """RecipientEncryptedKeys."""

    _child_spec = AgreedKey


class OriginatorKey(core.Sequence):
    """OriginatorPublicKey."""

    _fields = [("algorithm", Algorithm), ("public_key", core.OctetBitString)]


class Originator(core.Choice):
    """OriginatorIdentifierOrKey."""

    _alternatives = [
        ("issuer_and_serial", IssuerAndSerial),
        ("key_id", core.OctetString, {"implicit": 0}),
        ("key", OriginatorKey, {"implicit": 1}),
    ]


class KeyAgreement(core.Sequence):
    """KeyAgreeRecipientInfo (RFC 5652 §6.2.2), its own tag put aside."""

    _fields = [
        ("version", core.Integer),
        ("originator", Originator, {"explicit": 0}),
        ("ukm", core.OctetString, {"explicit": 1, "optional": True}),
        ("algorithm", Algorithm),
        ("keys", AgreedKeys),
    ]


class PssParameters(core.Sequence):
    """RSASSA-PSS-params (RFC 4055 §3.1)."""

    _fields = [
        ("hash", Algorithm, {"explicit": 0, "optional": True}),
        ("mgf", Algorithm, {"explicit": 1, "optional": True}),
        ("salt_length", core.Integer, {"explicit": 2, "default": 20}),
        ("trailer", core.Integer, {"explicit": 3, "default": 1}),
    ]


class OaepParameters(core.Sequence):
    """RSAES-OAEP-params (RFC 4055 §4.1)."""

    _fields = [
        ("hash", Algorithm, {"explicit": 0, "optional": True}),
        ("mgf", Algorithm, {"explicit": 1, "optional": True}),
        ("source", Algorithm, {"explicit": 2, "optional": True}),
    ]


class GcmParameters(core.Sequence):
    """GCMParameters (RFC 5084 §3.2)."""

    _fields = [("nonce", core.OctetString), ("tag_length", core.Integer, {"default": 12})]


class Rc2Parameters(core.Sequence):
    """RC2CBCParameter (RFC 3370 §5.2)."""

    _fields = [("version", core.Integer), ("iv", core.OctetString)]


class Capability(core.SequenceOf):
    """SMIMECapabilities (RFC 8551 §2.5.2)."""

    _child_spec = Algorithm


class SignedCertificate(core.Sequence):
    """ESSCertIDv2 (RFC 5035 §4), its digest algorithm put aside when it is the default."""

    _fields = [
        ("algorithm", Algorithm, {"optional": True}),
        ("digest", core.OctetString),
        ("issuer_and_serial", core.Any, {"optional": True}),
    ]


class SignedCertificates(core.SequenceOf):
    """The first field of SigningCertificate and SigningCertificateV2."""

    _child_spec = SignedCertificate


class SigningCertificate(core.Sequence):
    """SigningCertificate and SigningCertificateV2."""

    _fields = [("certificates", SignedCertificates), ("policies", core.Any, {"optional": True})]


class Time(core.Choice):
    """Time (RFC 5652 §11.3)."""

    _alternatives = [("utc", core.UTCTime), ("general", core.GeneralizedTime)]


def same_name(one: bytes, other: bytes) -> bool:
    """Whether two encoded names are one: as octets, or as RFC 5280 §7.1 compares them.

    Outlook re-encodes the issuer it names in a recipient's identifier.
    """
    if one == other:
        return True
    with reading():
        return bool(x509.Name.load(one, strict=True) == x509.Name.load(other, strict=True))


def absent(value: Any) -> bool:
    """Whether an optional field was left out. Asking for its `native` would take it apart."""
    return isinstance(value, core.Void)


def parameters(algorithm: Any) -> bytes:
    """The parameters of an Algorithm as they came; b'' when absent or NULL."""
    given = algorithm["parameters"]
    octets = b"" if absent(given) else bytes(given.dump())
    return b"" if octets == b"\x05\x00" else octets
