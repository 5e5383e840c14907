"""What may be said of a letter's signature. A pure function of evidence, policy and time.

15 of 22 mail programs could be made to show a badge over a forged letter (USENIX Security 2019). So
the badge is what is left when nothing is missing: every rule below can only take it away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from store.model.trust import (
    Evidence,
    Finding,
    Level,
    Policy,
    Reason,
    Revocation,
    RevocationFact,
    Root,
    Sealing,
    Signer,
    Verdict,
)
from store.routing.domains import normal

DIGESTS = {"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512", "shake256"}
MOST_DECRYPTIONS = 1
CLOCKS_DIFFER_SECONDS = 600
ORDER = {reason: place for place, reason in enumerate(Reason)}
BROKEN = {Reason.TAMPERED, Reason.NO_SIGNER, Reason.CONTENT_TWICE, Reason.REVOKED}
REMARKS = {
    *(Reason.EXPIRED_SINCE, Reason.REVOCATION_UNKNOWN, Reason.HEADERS_NOT_SIGNED),
    *(Reason.NOT_SIGNED, Reason.STAYS_SEALED, Reason.SEALED, Reason.SEAL_NOT_AUTHENTICATED),
}
"""What is said and takes nothing away."""


def verdict(evidence: Evidence, policy: Policy, now: int) -> Verdict:
    """The level, the reasons in the order they are told, and whose identity may be shown."""
    if evidence.root is Root.NONE and not evidence.signers:
        # Most are signed first and sealed after: of a closed one nobody knows.
        known = () if evidence.sealing is Sealing.CLOSED else (Reason.NOT_SIGNED,)
        return Verdict(level=Level.UNSIGNED, reasons=_told([*known, *_seal(evidence)]))
    if not evidence.signers:
        # Of a certificate nobody has seen nothing is told.
        part = Reason.PART_ONLY in set(_structure(evidence))
        reasons = {Reason.PART_ONLY if part else Reason.NO_SIGNER}
        return Verdict(level=_level(reasons), reasons=_told(reasons | set(_seal(evidence))))
    reasons = set(_structure(evidence))
    for signer in evidence.signers:
        reasons |= set(_signer(signer, evidence, policy, now))
    reasons |= set(_identity(evidence))
    if not reasons - REMARKS:
        if evidence.signed_from_fields is None:
            reasons.add(Reason.HEADERS_NOT_SIGNED)
        named = next(each for each in evidence.signers if _names_sender(each, evidence))
        return Verdict(
            level=Level.PROVEN,
            reasons=_told(reasons | set(_seal(evidence, signed=True))),
            signer=named.finding,
            address=evidence.from_addresses[0],
        )
    first = next((each.finding for each in evidence.signers if each.finding is not None), None)
    return Verdict(
        level=_level(reasons), reasons=_told(reasons | set(_seal(evidence))), signer=first
    )


def _level(reasons: set[Reason]) -> Level:
    """Of what keeps a badge away; a part that is broken is still only a part."""
    if Reason.PART_ONLY in reasons:
        return Level.PARTLY
    return Level.BROKEN if reasons & BROKEN else Level.UNPROVEN


def _told(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(set(reasons), key=ORDER.__getitem__))


def _structure(evidence: Evidence) -> Iterator[Reason]:
    if evidence.root is not Root.WHOLE or evidence.decryptions > MOST_DECRYPTIONS:
        yield Reason.PART_ONLY
    if evidence.sealing is Sealing.CLOSED:
        yield Reason.PART_ONLY
    if evidence.detached == evidence.embedded:
        # Both: two contents, of which one is shown and the other was signed. Neither: nothing was.
        yield Reason.CONTENT_TWICE


def _signer(signer: Signer, evidence: Evidence, policy: Policy, now: int) -> Iterator[Reason]:
    if signer.certificate is None or signer.finding is None:
        yield Reason.NO_CERTIFICATE
        return
    if not signer.known:
        yield Reason.UNKNOWN_METHOD
    elif not signer.verified:
        yield Reason.TAMPERED
    if signer.digest not in DIGESTS:
        yield Reason.WEAK_DIGEST
    yield from signer.finding.faults
    if not signer.finding.path:
        yield Reason.NO_ANCHOR
    yield from _times(signer, signer.finding, evidence, now)
    yield from _revocation(signer.finding.revocation, evidence, policy)


def _revocation(fact: RevocationFact, evidence: Evidence, policy: Policy) -> Iterator[Reason]:
    """Revoked is never a badge; a letter held here before that is not called a forgery either."""
    if fact.state is Revocation.REVOKED:
        arrived, revoked = evidence.arrived_at, fact.revoked_at
        since = arrived is not None and revoked is not None and arrived < revoked
        yield Reason.REVOKED_SINCE if since else Reason.REVOKED
    elif fact.state is not Revocation.GOOD:
        yield Reason.REVOCATION_NEEDED if policy.needs_revocation else Reason.REVOCATION_UNKNOWN


def _times(signer: Signer, finding: Finding, evidence: Evidence, now: int) -> Iterator[Reason]:
    """Three times: as the signer claims, when the letter came here, and now."""
    if signer.signed_at is not None:
        if signer.signed_at > now + CLOCKS_DIFFER_SECONDS:
            yield Reason.SIGNED_LATER
        if not finding.valid_at(signer.signed_at):
            yield Reason.NOT_VALID_THEN
    if now < finding.from_at:
        yield Reason.NOT_YET_VALID
    elif now > finding.until_at:
        # A signer can claim any time; that we held the letter while the certificate was valid, not.
        arrived = evidence.arrived_at
        held = arrived is not None and finding.valid_at(arrived) and arrived <= now
        yield Reason.EXPIRED_SINCE if held else Reason.EXPIRED


def _identity(evidence: Evidence) -> Iterator[Reason]:
    """Exactly one From with exactly one address, which a certificate names (RFC 8550 §3)."""
    if evidence.from_fields != 1 or len(evidence.from_addresses) != 1:
        yield Reason.FROM_NOT_ONE
        return
    if evidence.signed_from_fields is not None:
        if evidence.signed_from_fields != 1 or len(evidence.signed_from_addresses) != 1:
            yield Reason.FROM_NOT_ONE
            return
        inner, outer = evidence.signed_from_addresses[0], evidence.from_addresses[0]
        if not same_address(inner, outer):
            yield Reason.FROM_DIFFERS
    if any(_names_sender(each, evidence) for each in evidence.signers):
        return
    weak = (a for s in evidence.signers if s.finding for a in s.finding.weak_addresses)
    sender = evidence.from_addresses[0]
    yield Reason.NAMED_WEAKLY if any(same_address(a, sender) for a in weak) else Reason.NOT_NAMED


def _names_sender(signer: Signer, evidence: Evidence) -> bool:
    named = () if signer.finding is None else signer.finding.addresses
    return any(same_address(each, evidence.from_addresses[0]) for each in named)


def _seal(evidence: Evidence, *, signed: bool = False) -> Iterator[Reason]:
    """How it was encrypted; a good signature inside makes up for a seal that proves nothing."""
    if evidence.sealing is Sealing.CLOSED:
        yield Reason.STAYS_SEALED
    elif evidence.sealing is Sealing.UNAUTHENTICATED:
        yield Reason.SEALED if signed else Reason.SEAL_NOT_AUTHENTICATED
    elif evidence.sealing is Sealing.AUTHENTICATED:
        yield Reason.SEALED


def same_address(one: str, other: str) -> bool:
    """Whether two addr-specs are one mailbox: the local part as written, the domain in any case."""
    local, at, domain = one.rpartition("@")
    other_local, other_at, other_domain = other.rpartition("@")
    if not (at and other_at and local and domain):
        return False
    return local == other_local and _domain(domain) == _domain(other_domain)


def _domain(domain: str) -> str:
    """As written where it has no one spelling: `casefold` would make `straße` a `strasse`."""
    return normal(domain) or domain
