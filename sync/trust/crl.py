"""A certificate revocation list (RFC 5280 §5): whether it can be believed, and what it says.

Refused, so that its silence is never taken for "good": delta and indirect lists, lists of some
reasons or of attribute certificates only, lists with a critical extension we do not know, and those
whose signature, issuer or dates do not convince. Pure: no clock, no network.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from cryptography import x509
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from store.model.trust import Revocation, RevocationFact
from sync.trust.certificate import BAD_VALUE, STRONG, WITHOUT_DIGEST, Certificate, short_key

MOST_OCTETS = 20 * 1024 * 1024
SLACK_SECONDS = 600
"""Two clocks may differ by so much."""
PROCESSED = {
    *(ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.AUTHORITY_KEY_IDENTIFIER),
    ExtensionOID.CRL_NUMBER,
}
ENTRY_PROCESSED = {CRLEntryExtensionOID.CRL_REASON, CRLEntryExtensionOID.INVALIDITY_DATE}


@dataclass(frozen=True)
class RevocationList:
    """A list that could be read and that we know how to use; not yet believed."""

    der: bytes

    @cached_property
    def parsed(self) -> x509.CertificateRevocationList:
        """As `cryptography` reads it."""
        return x509.load_der_x509_crl(self.der)

    @cached_property
    def issuer(self) -> bytes:
        """DER of the name."""
        return self.parsed.issuer.public_bytes()

    @cached_property
    def from_at(self) -> int:
        """thisUpdate, Unix seconds."""
        return int(self.parsed.last_update_utc.timestamp())

    @cached_property
    def until_at(self) -> int | None:
        """nextUpdate, Unix seconds; None when not said."""
        at = self.parsed.next_update_utc
        return None if at is None else int(at.timestamp())

    @cached_property
    def point(self) -> x509.IssuingDistributionPoint | None:
        """What part of an authority's certificates it is about; None for all."""
        try:
            return self.parsed.extensions.get_extension_for_class(
                x509.IssuingDistributionPoint
            ).value
        except x509.ExtensionNotFound:
            return None

    def covers(self, certificate: Certificate) -> bool:
        """Whether its silence about a certificate would mean anything."""
        if self.point is None:
            return True
        basic = certificate.extension(x509.BasicConstraints)
        is_authority = basic is not None and basic.ca
        if self.point.only_contains_ca_certs and not is_authority:
            return False
        if self.point.only_contains_user_certs and is_authority:
            return False
        if self.point.full_name is None:
            return self.point.relative_name is None
        places = {
            str(name.value)
            for name in self.point.full_name
            if isinstance(name, x509.UniformResourceIdentifier)
        }
        return bool(places & set(certificate.crl_urls))

    def says(self, certificate: Certificate, now: int) -> RevocationFact:
        """What a believed list that covers it says of a certificate."""
        entry = self.parsed.get_revoked_certificate_by_serial_number(
            certificate.parsed.serial_number
        )
        revoked_at = None
        if entry is not None and _reason(entry) is not x509.ReasonFlags.remove_from_crl:
            state = Revocation.REVOKED
            revoked_at = int(entry.revocation_date_utc.timestamp())
        elif self.current(now):
            state = Revocation.GOOD
        else:
            state = Revocation.UNKNOWN
        return RevocationFact(
            state=state, as_of_at=self.from_at, until_at=self.until_at, revoked_at=revoked_at
        )

    def current(self, now: int) -> bool:
        """Whether its silence still means something."""
        early = now + SLACK_SECONDS < self.from_at
        return not early and self.until_at is not None and now <= self.until_at + SLACK_SECONDS


@lru_cache(maxsize=64)
def read_crl(der: bytes) -> RevocationList | None:
    """The list in these octets; None when it is none, or of a kind we do not use."""
    found = RevocationList(der)
    try:
        extensions = found.parsed.extensions
        for each in extensions:
            # Also where it is not critical: a delta or an indirect list is no whole list.
            if each.oid == ExtensionOID.DELTA_CRL_INDICATOR:
                return None
            if each.critical and each.oid not in PROCESSED:
                return None
        point = found.point
        if point is not None and (
            point.indirect_crl or point.only_contains_attribute_certs or point.only_some_reasons
        ):
            return None
        _ = found.issuer, found.from_at, found.until_at
        if any(_hidden(entry) for entry in found.parsed):
            return None
    except BAD_VALUE:
        return None
    return found


def _hidden(entry: x509.RevokedCertificate) -> bool:
    """Whether an entry says something that changes what the others mean, or cannot be looked up."""
    return entry.serial_number < 0 or any(
        each.oid == CRLEntryExtensionOID.CERTIFICATE_ISSUER
        or (each.critical and each.oid not in ENTRY_PROCESSED)
        for each in entry.extensions
    )


def _reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return x509.ReasonFlags.unspecified


@lru_cache(maxsize=64)
def believed(crl: RevocationList, issuer: Certificate) -> bool:
    """Whether that authority signed it, may sign lists, and did it well enough."""
    usage = issuer.extension(x509.KeyUsage)
    if issuer.subject != crl.issuer or (usage is not None and not usage.crl_sign):
        return False
    try:
        digest = crl.parsed.signature_hash_algorithm
        strong = isinstance(digest, STRONG) or crl.parsed.signature_algorithm_oid in WITHOUT_DIGEST
        if not strong or short_key(issuer):
            return False
        return crl.parsed.is_signature_valid(issuer.parsed.public_key())  # type: ignore[arg-type]
    except BAD_VALUE:
        return False
