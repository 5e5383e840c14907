"""From a certificate to a configured anchor, or the reasons why not. Pure: no clock, no network.

We build the path ourselves, over the primitives of `cryptography`, because each fault must have its
own sentence and times must stay open (docs/decisions/0007-own-path-building.md): when a letter was
signed, when it came, and now are three questions. A path is therefore valid *between* two times.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import chain

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from store.model.trust import Finding, Reason
from sync.trust.certificate import Certificate, read, weak_digest, weaknesses
from sync.trust.constraints import allowed

LONGEST = 8
"""Certificates in a path, both ends included."""
MOST_TRIES = 64
"""Signatures checked for one certificate: a letter may bring many that all bear one name."""
PROCESSED = {
    *(ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE),
    *(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, ExtensionOID.NAME_CONSTRAINTS),
    *(ExtensionOID.CRL_DISTRIBUTION_POINTS, ExtensionOID.CERTIFICATE_POLICIES),
    # Without a policy that is required, these change nothing (RFC 5280 §6.1).
    *(ExtensionOID.POLICY_CONSTRAINTS, ExtensionOID.POLICY_MAPPINGS),
    ExtensionOID.INHIBIT_ANY_POLICY,
}
"""Extensions that may be critical."""
FOR_MAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
FOR_ANYTHING = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE


class Purpose(Enum):
    """What the key of a certificate is to be used for."""

    SIGN = "sign"
    SEAL = "seal"
    """To encrypt to it."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What a path may be made of."""

    anchors: tuple[Certificate, ...]
    others: tuple[Certificate, ...]
    """Vouch for nothing by themselves."""

    @classmethod
    def of(cls, anchors: Collection[bytes], others: Collection[bytes]) -> Pool:
        """From DER; what cannot be read is left out."""
        return cls(
            tuple(found for der in anchors if (found := read(der)) is not None),
            tuple(found for der in others if (found := read(der)) is not None),
        )


def examine(
    der: bytes, pool: Pool, now: int, *, purpose: Purpose = Purpose.SIGN, any_purpose: bool = False
) -> Finding:
    """What a certificate says, by the best of its paths: without faults, valid now, valid longest.

    Args:
        any_purpose: anyExtendedKeyUsage is enough for mail.
    """
    leaf = read(der)
    if leaf is None:
        return Finding(name="", issuer="", fingerprint="", faults=(Reason.MALFORMED,))
    found = [_finding(leaf, path, purpose, any_purpose) for path in _paths(leaf, pool)]
    if not found:
        return _finding(leaf, (), purpose, any_purpose)
    return min(found, key=lambda f: (len(f.faults), not f.valid_at(now), -f.until_at))


def vouched_for(certificate: Certificate, pool: Pool) -> bool:
    """Whether it is an anchor, or a chain without faults leads from it to one."""
    return certificate in pool.anchors or any(
        not set(_path_faults(path)) for path in _paths(certificate, pool)
    )


def _finding(
    leaf: Certificate, path: tuple[Certificate, ...], purpose: Purpose, any_purpose: bool
) -> Finding:
    faults = set(_leaf_faults(leaf, purpose, any_purpose))
    faults |= set(_path_faults(path)) if path else {Reason.NO_ANCHOR}
    order = list(Reason)
    return Finding(
        name=leaf.name,
        issuer=leaf.issuer_name,
        fingerprint=leaf.fingerprint,
        addresses=leaf.addresses,
        weak_addresses=leaf.weak_addresses,
        path=tuple(each.der for each in path),
        faults=tuple(sorted(faults, key=order.index)),
        from_at=max(each.from_at for each in (leaf, *path)),
        until_at=min(each.until_at for each in (leaf, *path)),
    )


def _paths(leaf: Certificate, pool: Pool) -> Iterator[tuple[Certificate, ...]]:
    """Every path from `leaf` to an anchor whose names and signatures follow."""
    tries = 0
    anchors = set(pool.anchors)
    waiting: list[tuple[Certificate, ...]] = [(leaf,)]
    while waiting:
        path = waiting.pop()
        last = path[-1]
        for issuer in dict.fromkeys(chain(pool.anchors, pool.others)):
            if issuer.subject != last.issuer or issuer in path:
                continue
            tries += 1
            if tries > MOST_TRIES:
                return
            # Nobody verifies SHA-1 any more; what bears it has a fault of its own (`weaknesses`).
            if not (weak_digest(last) or last.signed_by(issuer)):
                continue
            if issuer in anchors:
                yield (*path, issuer)
            elif len(path) < LONGEST - 1:
                waiting.append((*path, issuer))


def _leaf_faults(leaf: Certificate, purpose: Purpose, any_purpose: bool) -> Iterator[Reason]:
    basic = leaf.extension(x509.BasicConstraints)
    if basic is not None and basic.ca:
        yield Reason.IS_AUTHORITY
    usage = leaf.extension(x509.KeyUsage)
    if usage is not None and not _usable(leaf, usage, purpose):
        yield Reason.WRONG_USAGE
    purposes = leaf.extension(x509.ExtendedKeyUsage)
    if purposes is None or not _for_mail(purposes, any_purpose):
        yield Reason.NOT_FOR_MAIL


def _usable(leaf: Certificate, usage: x509.KeyUsage, purpose: Purpose) -> bool:
    if purpose is Purpose.SIGN:
        return usage.digital_signature or usage.content_commitment
    if isinstance(leaf.parsed.public_key(), rsa.RSAPublicKey):
        return usage.key_encipherment
    return usage.key_agreement


def _for_mail(purposes: x509.ExtendedKeyUsage, any_purpose: bool) -> bool:
    return FOR_MAIL in purposes or (any_purpose and FOR_ANYTHING in purposes)


def _path_faults(path: tuple[Certificate, ...]) -> Iterator[Reason]:
    """What is wrong along a path whose signatures hold; `path` begins with the leaf."""
    below = 0  # authorities under this one that are not self-issued
    for place, issuer in enumerate(path[1:], start=1):
        signed = path[place - 1]
        yield from weaknesses(signed, issuer)
        yield from _issuer_faults(issuer, below, is_anchor=place == len(path) - 1)
        constraints = issuer.extension(x509.NameConstraints)
        if constraints is not None:
            for at, each in enumerate(path[:place]):
                if (at == 0 or not each.self_issued) and not allowed(each, constraints):
                    yield Reason.NAME_NOT_ALLOWED
        below += not issuer.self_issued
    for each in path[:-1]:
        if _unknown_critical(each):
            yield Reason.UNKNOWN_CRITICAL
    for each in path[1:]:
        policies = each.extension(x509.PolicyConstraints)
        if policies is not None and policies.require_explicit_policy is not None:
            yield Reason.POLICY_REQUIRED


def _issuer_faults(issuer: Certificate, below: int, *, is_anchor: bool) -> Iterator[Reason]:
    basic = issuer.extension(x509.BasicConstraints)
    usage = issuer.extension(x509.KeyUsage)
    if basic is None or not basic.ca or (usage is not None and not usage.key_cert_sign):
        yield Reason.BAD_ISSUER
    elif basic.path_length is not None and below > basic.path_length:
        yield Reason.PATH_TOO_LONG
    purposes = issuer.extension(x509.ExtendedKeyUsage)
    if not is_anchor and purposes is not None and not _for_mail(purposes, any_purpose=True):
        yield Reason.NOT_FOR_MAIL


def _unknown_critical(certificate: Certificate) -> bool:
    return any(each.critical and each.oid not in PROCESSED for each in certificate.extensions)
