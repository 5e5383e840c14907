"""What is known of a signature, a certificate, a revocation; and the verdict drawn from it.

Whoever opens a letter fills `Evidence` with what it found, `sync/trust/chain.py` adds a `Finding`
for each certificate, `sync/trust/verdict.py` says what follows. Certificates travel as DER.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Reason(StrEnum):
    """Why a verdict is what it is; the order is that in which they are told."""

    # Forged, or as good as forged.
    TAMPERED = "tampered"
    NO_SIGNER = "no_signer"
    CONTENT_TWICE = "content_twice"
    REVOKED = "revoked"
    # What was signed is not the letter.
    PART_ONLY = "part_only"
    # The signature holds, and does not say who wrote this.
    NO_CERTIFICATE = "no_certificate"
    UNKNOWN_METHOD = "unknown_method"
    WEAK_DIGEST = "weak_digest"
    SHORT_KEY = "short_key"
    FROM_NOT_ONE = "from_not_one"
    FROM_DIFFERS = "from_differs"
    NOT_NAMED = "not_named"
    NAMED_WEAKLY = "named_weakly"
    SIGNED_LATER = "signed_later"
    NOT_VALID_THEN = "not_valid_then"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED_SINCE = "revoked_since"
    REVOCATION_NEEDED = "revocation_needed"
    # The chain.
    NO_ANCHOR = "no_anchor"
    MALFORMED = "malformed"
    BAD_ISSUER = "bad_issuer"
    PATH_TOO_LONG = "path_too_long"
    NAME_NOT_ALLOWED = "name_not_allowed"
    UNKNOWN_CRITICAL = "unknown_critical"
    POLICY_REQUIRED = "policy_required"
    IS_AUTHORITY = "is_authority"
    WRONG_USAGE = "wrong_usage"
    NOT_FOR_MAIL = "not_for_mail"
    # Remarks: said, whatever the level.
    EXPIRED_SINCE = "expired_since"
    REVOCATION_UNKNOWN = "revocation_unknown"
    HEADERS_NOT_SIGNED = "headers_not_signed"
    NOT_SIGNED = "not_signed"
    STAYS_SEALED = "stays_sealed"
    SEALED = "sealed"
    SEAL_NOT_AUTHENTICATED = "seal_not_authenticated"


class Level(StrEnum):
    """What the screen may show outside the letter. Only `PROVEN` is a badge."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    """Signed; by whom is not sure."""
    PARTLY = "partly"
    """Holds a signed part; the letter itself is not signed."""
    BROKEN = "broken"
    """Signed, and the signature is wrong or its certificate revoked."""
    UNSIGNED = "unsigned"


class Root(StrEnum):
    """Where in a letter the signature lies."""

    NONE = "none"
    WHOLE = "whole"
    """What is signed is the root of the letter, or of what `Evidence.decryptions` opened."""
    PART = "part"
    """Anywhere else: beside, above or below something unsigned."""


class Sealing(StrEnum):
    """How a letter was encrypted."""

    NONE = "none"
    AUTHENTICATED = "authenticated"
    UNAUTHENTICATED = "unauthenticated"
    """CBC: whoever carried it may have changed what came out."""
    CLOSED = "closed"
    """It could not be opened here."""


class Revocation(StrEnum):
    """The three answers there are."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationFact:
    """What is known of the revocation of a certificate, or of the worst one of a chain."""

    state: Revocation
    as_of_at: int | None = None
    """When the authority last said so; None when it never did. Unix seconds."""
    until_at: int | None = None
    """When it promised to say more. Unix seconds."""
    revoked_at: int | None = None
    """Unix seconds."""


NEVER_ASKED = RevocationFact(state=Revocation.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a certificate says, and whether a configured anchor vouches for it."""

    name: str
    """Of the subject, as it would be said to a person; from outside, so never drawn as it is."""
    issuer: str
    fingerprint: str
    """SHA-256 of the certificate, hexadecimal."""
    addresses: tuple[str, ...] = ()
    """Its rfc822Names."""
    weak_addresses: tuple[str, ...] = ()
    """emailAddress in its distinguished name: a weaker fact."""
    path: tuple[bytes, ...] = ()
    """DER, from the certificate to the anchor; empty when there is no anchor."""
    faults: tuple[Reason, ...] = (Reason.NO_ANCHOR,)
    """What is wrong with it or its chain, times and revocation excepted."""
    from_at: int = 0
    until_at: int = 0
    """The whole chain is valid between these two. Unix seconds."""
    revocation: RevocationFact = NEVER_ASKED

    def valid_at(self, at: int) -> bool:
        """Whether every certificate of the chain was valid then."""
        return self.from_at <= at <= self.until_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One signerInfo."""

    certificate: bytes | None
    """DER; None when it was found nowhere."""
    verified: bool
    """Its signature, its digest and its signed attributes are all right."""
    digest: str
    """'sha256': the weaker of the content's and the signature's."""
    known: bool = True
    """False: its algorithms are not known here, so that nothing could be verified."""
    signed_at: int | None = None
    """As the signer claims, Unix seconds; None when not said."""
    capabilities: tuple[str, ...] = ()
    """OIDs of what the signer says can be read."""
    encryption_certificate: bytes | None = None
    """DER of the one the signer wants to be written to with, where the letter holds it."""
    finding: Finding | None = None
    """None until `sync/trust/chain.py` has looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was found in a letter. The defaults are those of a letter that is neither."""

    root: Root = Root.NONE
    decryptions: int = 0
    """Layers opened between the letter and what is signed."""
    sealing: Sealing = Sealing.NONE
    """Of the weakest layer."""
    signers: tuple[Signer, ...] = ()
    detached: bool = False
    """multipart/signed: the content stands beside the signature."""
    embedded: bool = False
    """The signature carries a content of its own (eContent)."""
    certificates: tuple[bytes, ...] = ()
    """DER, as they came with the signature; they vouch for nothing."""
    crls: tuple[bytes, ...] = ()
    """DER, as they came with the signature."""
    ocsp_responses: tuple[bytes, ...] = ()
    """DER, as they came with the signature."""
    from_fields: int = 0
    """How many From fields the letter has."""
    from_addresses: tuple[str, ...] = ()
    """Every addr-spec in them."""
    signed_from_fields: int | None = None
    """The same inside what is signed (RFC 9788); None when no header fields are protected."""
    signed_from_addresses: tuple[str, ...] = ()
    arrived_at: int | None = None
    """When this letter was first seen here, by our own clock. Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a site asks for."""

    needs_revocation: bool = False
    """No badge, and no server, whose revocation is unknown."""
    any_purpose: bool = False
    """A certificate for any purpose (anyExtendedKeyUsage) is one for mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What may be said of a letter, and why."""

    level: Level
    reasons: tuple[Reason, ...] = ()
    signer: Finding | None = None
    """The certificate whose identity is shown; None when none may be."""
    address: str = ""
    """What the certificate proves the letter to be from; '' without a badge."""

    @property
    def badge(self) -> bool:
        """Whether the screen may say that the sender is proven."""
        return self.level is Level.PROVEN


class Kind(StrEnum):
    """What an imported certificate is for."""

    ANCHOR = "anchor"
    """Signed by itself: vouches for others."""
    INTERMEDIATE = "intermediate"
    """Helps to find the way to an anchor; vouches for nothing by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A certificate the person imported."""

    bundle: str
    """'igc-sante', or the name it was given."""
    kind: Kind
    certificate: bytes
    """DER."""
    fingerprint: str
    name: str
    not_after_at: int
    """Unix seconds."""
    imported_at: int
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crl:
    """A revocation list: where it comes from, the last valid one, and how the last try ended."""

    url: str
    issuer: bytes
    """DER of the authority that must have signed it."""
    octets: bytes = b""
    """DER of the last valid one; b'' before the first."""
    this_update_at: int | None = None
    """Unix seconds, as next_update_at."""
    next_update_at: int | None = None
    checked_at: int | None = None
    """When the server last gave it, or said that it has not changed. Unix seconds."""
    tried_at: int | None = None
    """Unix seconds."""
    failures: int = 0
    """Tries that failed since `checked_at`."""
    error: str = ""
    """Code of why the last try failed; '' when it did not."""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRevocation:
    """What was known of a server's certificate at the last handshake."""

    account: str
    host: str
    state: Revocation
    as_of_at: int | None
    """Unix seconds; None when nothing was known."""
    seen_at: int
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Everything a judgement needs from the store: what vouches, what is revoked, what is asked."""

    anchors: tuple[bytes, ...] = ()
    intermediates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    policy: Policy = Policy()
