"""Certificates that were met, and keys of ours: facts to show and to use, no verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from store.model.ids import AccountId, CertificateId, KeyId


class Source(StrEnum):
    """How a certificate was learnt."""

    SIGNED_MAIL = "signed_mail"
    DIRECTORY = "directory"
    VCARD = "vcard"
    BY_HAND = "by_hand"


class Learnt(StrEnum):
    """What learning a certificate for an address was."""

    FIRST = "first"
    """Nothing was known from this source for this address."""
    SAME = "same"
    CHANGED = "changed"
    """This source gave another one before: to be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """What a certificate says of itself. `subject` and `addresses` are words from outside."""

    fingerprint: str
    """SHA-256 of `der`, hexadecimal."""
    der: bytes = field(repr=False)
    subject: str
    addresses: tuple[str, ...]
    not_before_at: int
    """Unix seconds."""
    not_after_at: int
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCertificate:
    """A certificate as it was learnt for one address."""

    id: CertificateId
    address: str
    source: Source
    der: bytes = field(repr=False)
    subject: str
    not_before_at: int
    """Unix seconds."""
    not_after_at: int
    """Unix seconds."""
    first_seen_at: int
    """Unix seconds."""
    last_seen_at: int
    """Unix seconds."""
    replaced_id: CertificateId | None
    """What the same source gave before it; None when it is the first."""
    capabilities: tuple[str, ...] | None
    """OIDs; None when its holder never said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmimeKey:
    """A private key of ours; its octets are wrapped."""

    id: KeyId
    account_id: AccountId
    account: str
    """Name of the account."""
    fingerprint: str
    """Of its certificate."""
    certificate: bytes = field(repr=False)
    """DER."""
    chain: tuple[bytes, ...] = field(repr=False)
    """DER of the issuers that came with it."""
    subject: str
    not_before_at: int
    """Unix seconds."""
    not_after_at: int
    """Unix seconds."""
    imported_at: int
    """Unix seconds."""
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether a letter may be sealed to a certificate, at the time it was looked at."""

    certificate_id: CertificateId
    trusted: bool
    until_at: int
    """The whole chain is valid until then, Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderFacts:
    """Somebody a letter is sealed to."""

    certificate: bytes = field(repr=False)
    """DER."""
    capabilities: tuple[str, ...] | None
    """OIDs; None when its holder never said."""
