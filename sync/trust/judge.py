"""From what was found in a letter to its verdict: certificates are examined with what is kept here.

The door for whoever opens letters: `judge` for a signature, `recipient` before encrypting to
somebody, `examined` and `lists_wanted` for what a certificate leaves to be asked. Pure.
"""

from __future__ import annotations

from dataclasses import replace

from store.model.trust import Evidence, Finding, Kept, Policy, Verdict
from sync.trust.certificate import read
from sync.trust.chain import Pool, Purpose, examine
from sync.trust.revocation import AtHand, lists_of, with_revocation
from sync.trust.verdict import verdict

MOST_CERTIFICATES = 64
MOST_LISTS = 8
"""Taken from one letter."""


def judge(evidence: Evidence, kept: Kept, now: int) -> Verdict:
    """What may be said of a letter."""
    return verdict(examined(evidence, kept, now), kept.policy, now)


def examined(evidence: Evidence, kept: Kept, now: int) -> Evidence:
    """`evidence`, with a finding for each signer's certificate."""
    others = (*kept.intermediates, *evidence.certificates[:MOST_CERTIFICATES])
    pool = Pool.of(kept.anchors, others)
    crls = (*kept.crls, *evidence.crls[:MOST_LISTS])
    at_hand = AtHand.of(crls, evidence.ocsp_responses[:MOST_LISTS])
    signers = []
    for each in evidence.signers:
        if each.certificate is not None:
            finding = _found(each.certificate, pool, kept.policy, now)
            each = replace(each, finding=with_revocation(finding, at_hand, now))
        signers.append(each)
    return replace(evidence, signers=tuple(signers))


def recipient(certificate: bytes, kept: Kept, now: int) -> Finding:
    """What is known of a certificate before something is encrypted to it."""
    pool = Pool.of(kept.anchors, kept.intermediates)
    finding = _found(certificate, pool, kept.policy, now, Purpose.SEAL)
    return with_revocation(finding, AtHand.of(kept.crls), now)


def lists_wanted(finding: Finding) -> list[tuple[str, bytes]]:
    """The revocation lists a certificate asks for (store/db/crls.py); none without a sound chain.

    Otherwise whoever writes to us could have us call a server of theirs, and know when we read.
    """
    if not finding.path or finding.faults:
        return []
    return lists_of([each for der in finding.path if (each := read(der)) is not None])


def _found(
    certificate: bytes, pool: Pool, policy: Policy, now: int, purpose: Purpose = Purpose.SIGN
) -> Finding:
    return examine(certificate, pool, now, purpose=purpose, any_purpose=policy.any_purpose)
