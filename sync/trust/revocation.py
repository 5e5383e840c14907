"""Good, revoked or unknown, and as of when: from the lists and responses that are at hand.

What is revoked stays revoked, however old the list: it was kept because the line was cut. What is
not named is good only while the list is current; after that nobody knows. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from store.model.trust import NEVER_ASKED, Finding, Revocation, RevocationFact
from sync.trust.certificate import Certificate, read
from sync.trust.crl import RevocationList, believed, read_crl
from sync.trust.ocsp import ocsp_says

WORST_FIRST = (Revocation.REVOKED, Revocation.UNKNOWN, Revocation.GOOD)


@dataclass(frozen=True, slots=True)
class AtHand:
    """What may be believed, once its signature is verified."""

    crls: tuple[RevocationList, ...] = ()
    ocsp_responses: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, crls: Collection[bytes], ocsp_responses: Collection[bytes] = ()) -> AtHand:
        """From DER; what cannot be read is left out."""
        lists = tuple(found for der in crls if (found := read_crl(der)) is not None)
        return cls(lists, tuple(ocsp_responses))


def with_revocation(finding: Finding, at_hand: AtHand, now: int) -> Finding:
    """`finding`, its chain looked up."""
    path = [each for der in finding.path if (each := read(der)) is not None]
    return replace(finding, revocation=of_path(path, at_hand, now))


def of_path(path: Sequence[Certificate], at_hand: AtHand, now: int) -> RevocationFact:
    """The worst that is known of a chain, the anchor excepted: nobody vouches for that one."""
    facts = [_of_one(a, b, at_hand, now) for a, b in pairwise(path)]
    return _worst(facts) if facts else NEVER_ASKED


def _of_one(
    certificate: Certificate, issuer: Certificate, at_hand: AtHand, now: int
) -> RevocationFact:
    """The best founded answer: revoked by anyone, else good by anyone, else the newest unknown."""
    said: list[RevocationFact] = []
    for each in at_hand.crls:
        if each.covers(certificate) and believed(each, issuer):
            said.append(each.says(certificate, now))
    for response in at_hand.ocsp_responses:
        fact = ocsp_says(response, certificate, issuer, now)
        if fact is not None:
            said.append(fact)
    order = (Revocation.REVOKED, Revocation.GOOD, Revocation.UNKNOWN)
    return min(said, key=lambda f: (order.index(f.state), -(f.as_of_at or 0)), default=NEVER_ASKED)


def _worst(facts: Iterable[RevocationFact]) -> RevocationFact:
    """The worst of several; among equals the oldest, so that the age said is true of all."""
    return min(facts, key=lambda f: (WORST_FIRST.index(f.state), f.as_of_at or 0))


def lists_of(path: Sequence[Certificate]) -> list[tuple[str, bytes]]:
    """Where the lists are published that a chain to an anchor asks for, and who must sign each.

    Plain HTTP only: they are signed; and HTTPS would need another chain with lists of its own.
    """
    return [
        (url, issuer.der)
        for each, issuer in pairwise(path)
        for url in each.crl_urls
        if url.lower().startswith("http://")
    ]
