"""Which certificates a letter may be sealed to: judged here, kept as a fact the store can show.

Judged when they are learnt, when the anchors, the lists or the policy change, once a day, and once
more for the recipients of a letter when it is frozen.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence

from store.db.certificates import learn
from store.db.crls import want_crls
from store.db.open import Connection
from store.db.sealing import judged_by, keep_judged, known_to, learnt, to_judge, to_learn
from store.errors import MailError
from store.host import clock
from store.host.log import event
from store.model.certificate import Judgement, Source
from store.model.ids import CertificateId
from store.model.trust import Finding, Kept, Policy, Revocation
from sync.keyring import facts_of
from sync.trust.judge import lists_wanted, recipient
from sync.trust.kept import kept

log = logging.getLogger(__name__)
Known = Sequence[tuple[CertificateId, bytes]]
DAY_SECONDS = 86_400
LOOK_SECONDS = 3_600


def may_be_sealed_to(finding: Finding, policy: Policy, now: int) -> bool:
    """Whether nothing is missing: a chain without faults, valid now, that nobody has revoked."""
    state = finding.revocation.state
    unrevoked = state is Revocation.GOOD if policy.needs_revocation else True
    sound = bool(finding.path) and not finding.faults
    return sound and finding.valid_at(now) and unrevoked and state is not Revocation.REVOKED


def judgements(known: Known, held: Kept, now: int) -> list[tuple[Judgement, Finding]]:
    """What is to be said of each, by what is held. Pure, and slow: a signature or two each."""
    found = []
    for certificate_id, der in known:
        finding = recipient(der, held, now)
        trusted = may_be_sealed_to(finding, held.policy, now) and _has_a_use(der)
        judged = Judgement(
            certificate_id=certificate_id, trusted=trusted, until_at=finding.until_at
        )
        found.append((judged, finding))
    return found


def _has_a_use(der: bytes) -> bool:
    try:
        from sync.smime.certificates import read_certificate

        return read_certificate(der).can_be_sealed_to
    except MailError:
        return False


def judge_for(db: Connection, addresses: Iterable[str], now: int) -> str:
    """Judge anew whatever is known for these addresses. Returns what it was judged by."""
    by = judged_by(db)
    if known := known_to(db, addresses):
        _keep(db, judgements(known, kept(db), now), by, now)
    return by


def judge_all(db: Connection, now: int) -> None:
    """Judge all that was judged by something else, or yesterday, or never: for the commands."""
    while known := to_judge(db, by := judged_by(db), before=now - DAY_SECONDS):
        _keep(db, judgements(known, kept(db), now), by, now)


async def judge_waiting(db: Connection) -> float:
    """The node's duty: learn what is wished, judge what is due. Returns seconds until the next."""
    learn_wished(db)
    while True:
        by, now = judged_by(db), clock.now()
        known = to_judge(db, by, before=now - DAY_SECONDS)
        if not known:
            return LOOK_SECONDS
        found = await asyncio.to_thread(judgements, known, kept(db), now)
        _keep(db, found, by, now)


def learn_wished(db: Connection) -> None:
    """Remember the certificates that the person took from a directory; to remember is no trust."""
    for row, address, der in to_learn(db):
        try:
            facts = facts_of(der)
            # One that says whose it is, is theirs and nobody else's, whatever a directory says.
            given = () if facts.addresses else (address,)
            learn(db, facts, source=Source.DIRECTORY, at=clock.now(), addresses=given)
        except MailError as error:
            event(log, logging.INFO, "certificate.not_learnt", row=row, error=error)
        learnt(db, row)


def _keep(db: Connection, found: list[tuple[Judgement, Finding]], by: str, now: int) -> None:
    keep_judged(db, [judged for judged, _ in found], by=by, at=now)
    want_crls(db, [each for _, finding in found for each in lists_wanted(finding)])
