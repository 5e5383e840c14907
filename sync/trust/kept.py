"""What is kept of trust, taken from the store; and the lists, fetched anew when they are due.

A list is only ever asked for because a certificate of a sound chain to an imported or configured
anchor names it (`judge.lists_wanted`, `server.py`), never because a letter says so.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

from store.db.accounts import accounts
from store.db.anchors import anchors, trust_policy
from store.db.crls import crl_at, crls, forget_crls, keep_crl, want_crls
from store.db.link import budget
from store.db.open import Connection
from store.db.sources import sources
from store.errors import MailError, Permanent, Transient
from store.host.clock import now
from store.host.log import event
from store.model.trust import Crl, Kept, Kind
from sync.link.budget import limited
from sync.link.profile import profile_of
from sync.trust.bundle import certificates_in
from sync.trust.certificate import Certificate, read
from sync.trust.chain import Pool, vouched_for
from sync.trust.crl import SLACK_SECONDS, believed, read_crl
from sync.trust.download import download
from sync.trust.revocation import lists_of
from sync.trust.schedule import due_at, failed, unchanged

log = logging.getLogger(__name__)
IGC_SANTE, SYSTEM = "igc-sante", "system"
"""Values of `account.ca` that are no file."""
LOOK_SECONDS = 3600


def kept(db: Connection) -> Kept:
    """What judges letters: every imported anchor, every list, the policy of the site."""
    known = anchors(db)
    return Kept(
        anchors=tuple(each.certificate for each in known if each.kind is Kind.ANCHOR),
        intermediates=tuple(each.certificate for each in known if each.kind is not Kind.ANCHOR),
        crls=tuple(each.octets for each in crls(db) if each.octets),
        policy=trust_policy(db),
    )


def follow_anchors(db: Connection) -> None:
    """After an import or a removal: want the lists that these authorities name, and no others."""
    known = kept(db)
    pool = Pool.of(known.anchors, known.intermediates)
    for each in pool.others:
        for issuer in (*pool.anchors, *pool.others):
            if each.signed_by(issuer) and vouched_for(issuer, pool):
                want_crls(db, lists_of([each, issuer]))
    chosen = {each.ca for each in accounts(db)} | {each.ca for each in sources(db)}
    files = [der for ca in chosen for der in _file_anchors(ca)]
    wide = Pool.of((*known.anchors, *files), (*known.intermediates, *_issuers(db)))
    forget_crls(db, [each.url for each in crls(db, octets=False) if not _stands(each, wide)])


def _stands(crl: Crl, pool: Pool) -> bool:
    issuer = read(crl.issuer)
    return issuer is not None and vouched_for(issuer, pool)


def _issuers(db: Connection) -> list[bytes]:
    return [each.issuer for each in crls(db, octets=False)]


def _file_anchors(ca: str) -> list[bytes]:
    """What a chosen file vouches with; nothing when it cannot be read now."""
    if ca in (SYSTEM, IGC_SANTE):
        return []
    try:
        return [
            der
            for der in certificates_in(Path(ca))
            if (c := read(der)) is not None and c.signed_by(c)
        ]
    except MailError:
        return []


def metered(db: Connection) -> bool:
    """Whether any account's line is paid for by what crosses it."""
    return any(profile_of(each).list_first or limited(budget(db, each.id)) for each in accounts(db))


async def refresh(db: Connection, *, everything: bool = False) -> int | None:
    """Fetch each list that is due, one after the other. Returns when the next one is.

    Args:
        everything: those that are not due, too.
    """
    paid = metered(db)
    for each in crls(db, octets=False):
        if not everything and due_at(each, metered=paid) > now():
            continue
        before = crl_at(db, each.url)
        if before is not None:
            after = await asyncio.to_thread(fetched, before, now())
            keep_crl(db, after)
            if after.failures:
                event(log, logging.INFO, "crl.last_kept", failures=after.failures)
    return min((due_at(each, metered=paid) for each in crls(db, octets=False)), default=None)


async def keep_lists(db: Connection) -> float:
    """Fetch what is due. Returns for how many seconds nothing will be, if nothing is written."""
    due = await refresh(db)
    return LOOK_SECONDS if due is None else max(1, min(due - now(), LOOK_SECONDS))


def fetched(before: Crl, at: int) -> Crl:
    """The list as it is after one try: a newer valid one, or the one that was there. Blocks."""
    etag, last_modified = (before.etag, before.last_modified) if before.octets else ("", "")
    try:
        answer = download(before.url, etag=etag, last_modified=last_modified)
        if answer.octets is None:
            return unchanged(before, at)
        found, issuer = read_crl(answer.octets), read(before.issuer)
        if found is None or issuer is None or not believed(found, issuer):
            raise Permanent("crl.not_valid", url=before.url)
        if found.from_at > at + SLACK_SECONDS:
            raise Permanent("crl.not_valid", url=before.url)
        if before.octets and found.from_at < (before.this_update_at or 0):
            # Whoever carries it could hide what was revoked since by showing an older one.
            raise Transient("crl.older", url=before.url)
    except MailError as error:
        return failed(before, error.code, at)
    return replace(
        unchanged(before, at),
        octets=answer.octets,
        this_update_at=found.from_at,
        next_update_at=found.until_at,
        etag=answer.etag,
        last_modified=answer.last_modified,
    )


def ages(db: Connection) -> list[tuple[Crl, Certificate | None]]:
    """Every list and who signs it, for whoever shows them."""
    return [(each, read(each.issuer)) for each in crls(db, octets=False)]
