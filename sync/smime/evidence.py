"""What was found in a message: facts, and no verdict. Whether to trust them is sync/trust's answer.

Certificates are DER octets, times Unix seconds, so that evidence can be compared, kept and judged
without any library. Nothing here says "good": a signature that verifies says that one key signed
these octets, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SignatureState(StrEnum):
    """What came of one signature."""

    VERIFIED = "verified"
    """The key of `certificate` signed exactly this content."""
    CONTENT_CHANGED = "content_changed"
    """The digest that was signed is not that of this content."""
    NOT_THIS_KEY = "not_this_key"
    """The signature is not one of this key: forged, damaged, or of another certificate."""
    NO_CERTIFICATE = "no_certificate"
    """No certificate known here is the one it names."""
    UNKNOWN_ALGORITHM = "unknown_algorithm"
    MALFORMED = "malformed"
    """What it says of itself is missing, said twice, or contradictory."""


class Weakness(StrEnum):
    """What verifies or opens, and yet protects little."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHORT_RSA = "short_rsa"
    """Under 2048 bits."""
    NO_ATTRIBUTES = "no_attributes"
    """Only the content is signed: neither its type nor a time, nor which certificate is meant."""
    NOT_AUTHENTICATED = "not_authenticated"
    """CBC: whoever carried it may have changed what is inside (EFAIL)."""
    TRIPLE_DES = "triple_des"
    RC2 = "rc2"
    RSA_V15 = "rsa_v15"
    """The key came in PKCS#1 v1.5."""
    SHORT_TAG = "short_tag"
    """GCM with less than 16 octets of tag."""


class Oddity(StrEnum):
    """What two readers could read differently, or what no honest sender writes."""

    NO_SIGNERS = "no_signers"
    """Certificates only, or a signature stripped."""
    CONTENT_TWICE = "content_twice"
    """A detached signature with a content of its own inside; the one outside was verified."""
    NO_CONTENT = "no_content"
    CONTENT_NOT_DATA = "content_not_data"
    LINES_REWRITTEN = "lines_rewritten"
    """It verifies once bare line feeds are made CRLF: a gateway rewrote them."""
    TOO_MANY_SIGNERS = "too_many_signers"
    """Only the first were looked at."""
    BAD_CERTIFICATE = "bad_certificate"
    """One of the certificates inside cannot be read."""
    MORE_THAN_TWO_PARTS = "more_than_two_parts"
    """multipart/signed with something else than a content and its signature."""
    WRONG_TYPE = "wrong_type"
    """The MIME type or file name says something else than what is inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signer, and what came of it."""

    state: SignatureState
    certificate: bytes | None = None
    """DER; None when no certificate is the one it names."""
    digest_algorithm: str = ""
    """Of the content: 'sha256'; the OID of one that is not known."""
    signature_algorithm: str = ""
    """'rsa', 'rsa_pss', 'ecdsa', 'ed25519'; the OID of one that is not known."""
    signing_time_at: int | None = None
    """What the signer says, Unix seconds; nobody else vouches for it."""
    names_certificate: bool = False
    """The signer's certificate is itself signed over (RFC 5035), and it is this one."""
    capabilities: tuple[str, ...] = ()
    """OIDs of what the signer can read, best first (RFC 8551 §2.5.2)."""
    encryption_certificate: bytes | None = None
    """The certificate the signer wants to be written to with, where the message holds it."""
    weaknesses: tuple[Weakness, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedEvidence:
    """All that one SignedData says."""

    signatures: tuple[Signature, ...]
    detached: bool
    certificates: tuple[bytes, ...] = ()
    """Every certificate inside, DER, in order."""
    crls: tuple[bytes, ...] = ()
    """Every revocation list inside, DER."""
    oddities: tuple[Oddity, ...] = ()

    @property
    def all_verified(self) -> bool:
        """Whether there is a signature and every one verifies."""
        return bool(self.signatures) and all(
            each.state is SignatureState.VERIFIED for each in self.signatures
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEvidence:
    """All that one EnvelopedData or AuthEnvelopedData says, once opened."""

    cipher: str
    """'aes256_gcm'."""
    opened_with: bytes
    """The certificate of the key that opened it, DER."""
    key_algorithm: str
    """'rsa_oaep', 'rsa_v15', 'ecdh'."""
    recipients: int
    authenticated: bool
    weaknesses: tuple[Weakness, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressedEvidence:
    """A layer that was only compressed."""

    size: int
    """Octets inside."""


Evidence = SignedEvidence | SealedEvidence | CompressedEvidence
