"""A verdict and the age of what it rests on, in words; to be drawn where no letter can draw.

Whoever shows a verdict takes its words here, so that the screen and the commands say the same. A
certificate's name stands between our words: it is kept short, and cannot hold our marks.
"""

from __future__ import annotations

from collections.abc import Iterator

from store.host.clock import local
from store.host.i18n import sentence
from store.model.opened import LetterTrust
from store.model.trust import Finding, Level, Reason, RevocationFact, Verdict
from store.plain import Plain, plain_words, said

SIGNS = {
    Level.PROVEN: "✓",
    Level.UNPROVEN: "?",
    Level.PARTLY: "~",
    Level.BROKEN: "✗",
    Level.UNSIGNED: "-",
}
BETWEEN = " · "
OURS = str.maketrans(dict.fromkeys("·«»✓✗", " "))
"""Marks of ours, which no name may hold."""
MOST_NAME = 48
"""Characters of a name on the line; the reasons give all of it."""
OLD_SECONDS = 2 * 86_400
"""A verdict is given anew each day; one that is older says so."""


def line(trust: LetterTrust, now: int, *, listed: bool | None = None) -> Plain:
    """All that may be said of a letter, on one line, with a sign that is no colour.

    Args:
        listed: whether the directory has the sender's address; None when that is not known.
    """
    return Plain(
        f"{sign(trust)} " + BETWEEN.join(each for each in _facts(trust, now, listed) if each)
    )


def sign(trust: LetterTrust) -> str:
    """One cell; the words beside it say the same."""
    unknown = trust.pending or _is_closed(trust.verdict)
    return "…" if unknown else SIGNS[trust.verdict.level]


def _is_closed(verdict: Verdict) -> bool:
    """Whether a signature may still lie inside."""
    return verdict.level is Level.UNSIGNED and Reason.STAYS_SEALED in verdict.reasons


def _facts(trust: LetterTrust, now: int, listed: bool | None) -> Iterator[str]:
    if trust.waiting is None:
        yield of_verdict(trust.verdict)
    else:
        yield said(f"trust.waiting.{trust.waiting.value}")
    if trust.verdict.level is Level.PROVEN and Reason.HEADERS_NOT_SIGNED in trust.verdict.reasons:
        yield said("trust.line.headers_not_signed")
    yield of_learnt(trust)
    yield _sealing(trust)
    yield said(f"trust.network.{trust.network}") if trust.network else ""
    if listed is not None:
        yield said("trust.line.listed" if listed else "trust.line.not_listed")
    if trust.judged_at and now - trust.judged_at > OLD_SECONDS:
        yield said("trust.line.judged", at=day(trust.judged_at))


def _sealing(trust: LetterTrust) -> Plain:
    if trust.pending:
        return Plain("")
    if not trust.sealed:
        return said("trust.line.not_sealed")
    if trust.stopped:
        return said("trust.line.closed")
    if not trust.sealed_for:
        return said("trust.line.sealed")
    return said("trust.line.sealed_for", name=_short(trust.sealed_for))


def of_learnt(trust: LetterTrust) -> Plain:
    """That a proven certificate is the first of its sender, or a new one; '' where it is known."""
    if trust.learnt is None:
        return Plain("")
    facts = {"address": trust.verdict.address, "at": day(trust.learnt_at)}
    return said(f"trust.learnt.{trust.learnt.value}", **facts)


def explained(trust: LetterTrust, now: int, *, listed: bool | None = None) -> tuple[Plain, ...]:
    """The line, each reason, and what the certificate says, one line each."""
    told = [line(trust, now, listed=listed), Plain(""), *_reasons_now(trust)]
    if trust.stopped:
        told.append(said(trust.stopped))
    if trust.sealed_for:
        told.append(said("trust.fact.sealed_for", name=trust.sealed_for))
    if trust.verdict.signer is not None:
        told += [Plain(""), *of_certificate(trust.verdict.signer)]
    if trust.judged_at:
        told += [Plain(""), said("trust.fact.judged", at=day(trust.judged_at))]
    return tuple(told)


def _reasons_now(trust: LetterTrust) -> tuple[Plain, ...]:
    """None while it waits: that it is not signed would be one."""
    return () if trust.pending else of_reasons(trust.verdict)


def of_certificate(found: Finding) -> Iterator[Plain]:
    """What a certificate says of itself, and how far that is vouched for."""
    yield said("trust.fact.subject", name=found.name)
    yield said("trust.fact.addresses", names=", ".join(found.addresses) or "-")
    yield said("trust.fact.issuer", name=found.issuer)
    yield said("trust.fact.valid", since=day(found.from_at), until=day(found.until_at))
    yield said("trust.fact.fingerprint", fingerprint=found.fingerprint)
    yield of_revocation(found.revocation)


def of_verdict(verdict: Verdict) -> Plain:
    """In one line: who signed, or why nobody can say so."""
    if _is_closed(verdict):
        return said("trust.line.signed_unknown")
    name = "" if verdict.signer is None else _short(verdict.signer.name)
    return said(f"trust.level.{verdict.level.value}", name=name, address=verdict.address)


def _short(name: str) -> str:
    """A name from outside that stands between words of ours."""
    words = " ".join(plain_words(name).translate(OURS).split())
    return words if len(words) <= MOST_NAME else words[: MOST_NAME - 1] + "…"


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
