"""A verdict and the age of what it rests on, in words; to be drawn where no letter can draw.

Whoever shows a verdict takes its words here, so that the screen and the commands say the same.
"""

from __future__ import annotations

from store.host.clock import local
from store.host.i18n import sentence
from store.model.trust import Reason, RevocationFact, Verdict
from store.plain import Plain, plain_words, said


def of_verdict(verdict: Verdict) -> Plain:
    """In one line: who signed, or why nobody can say so."""
    name = "" if verdict.signer is None else verdict.signer.name
    return said(f"trust.level.{verdict.level.value}", name=name, address=verdict.address)


def of_reasons(verdict: Verdict) -> tuple[Plain, ...]:
    """Each reason, in the order they are told; last, how old what is known of a revocation is."""
    told = tuple(of_reason(each) for each in verdict.reasons)
    if verdict.signer is None or not verdict.signer.path:
        return told
    return (*told, of_revocation(verdict.signer.revocation))


def of_reason(reason: Reason) -> Plain:
    """One reason: of a verdict, or for not encrypting to somebody."""
    return said(f"trust.reason.{reason.value}")


def of_revocation(fact: RevocationFact) -> Plain:
    """Good, revoked or unknown, and as of when."""
    return said(f"trust.revocation.{fact.state.value}", at=day(fact.as_of_at))


def day(at: int | None) -> Plain:
    """A local date; 'never' for None."""
    return plain_words(sentence("cli.never") if at is None else f"{local(at):%d/%m/%Y}")
