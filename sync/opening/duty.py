"""The node's care for letters that are signed or sealed: open them, judge them, judge them again.

A letter is opened once for each opener and each set of keys, never endlessly; judged when it was
opened, when an anchor, a list or the policy changed, and once a day, because time passes. Opening
and judging run in a thread; between two letters the loop is free.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from store.db.apicrypt import programs
from store.db.certificates import known_for
from store.db.crls import want_crls
from store.db.emails import octets_of
from store.db.open import Connection, write
from store.db.opened import (
    closed,
    first_judged_at,
    keep_opening,
    learn_proven,
    means_to_judge,
    means_to_open,
    save_opening,
    save_verdict,
    to_judge,
    to_open,
)
from store.db.smime_keys import keys
from store.errors import MailError, Permanent, Transient
from store.host.clock import now
from store.host.keys import DataKey
from store.host.log import event
from store.model.ids import EmailId
from store.model.opened import Opening, ToOpen
from store.model.trust import Evidence, Kept, Level, Reason, Verdict
from sync.derive import derive_all
from sync.keyring import facts_of, opened_key
from sync.opening.letter import KEYS_WANTING, open_whole
from sync.smime.key_wrapping import Opener
from sync.smime.keys import SoftwareKey
from sync.trust.judge import examined, lists_wanted
from sync.trust.kept import kept
from sync.trust.verdict import verdict

log = logging.getLogger(__name__)
OPENER_VERSION = 2
"""Raise it when what is found in a letter changes: every one is then opened again."""
BATCH = 20
DAY_SECONDS = 86_400
LOOK_SECONDS = 3600
UNREADABLE = "smime.malformed"
NOT_JUDGED = Verdict(level=Level.UNPROVEN, reasons=(Reason.MALFORMED,))


async def keep_letters(db: Connection, *, key: DataKey) -> float:
    """Open and judge what is due. Returns for how many seconds nothing is, if nothing changes."""
    await open_claimed(db, key)
    await judge_due(db)
    oldest = first_judged_at(db)
    due = LOOK_SECONDS if oldest is None else oldest + DAY_SECONDS - now()
    return max(1, min(due, LOOK_SECONDS))


async def open_claimed(db: Connection, key: DataKey) -> int:
    """Open what was never tried, or was closed to other keys than today's. Returns how many."""
    means, ours, done = means_to_open(db), None, 0
    while batch := to_open(db, OPENER_VERSION, means, BATCH):
        ours = _keys(db, key) if ours is None else ours
        for each in batch:
            try:
                found = await _opened(db, each, ours)
            except Transient:
                return done  # this machine has no room for it now; it stays to be opened
            with write(db):
                _save(db, each, found, means)
            done += 1
        await derive_all(db)
    return done


async def open_with(db: Connection, openers: Sequence[Opener]) -> int:
    """Open what stays sealed with keys that are here now, on a card say. Returns how many opened.

    What they do not open stays as it was, and why.
    """
    done = 0
    for each in closed(db):
        found = await _opened(db, each, openers)
        if found.octets is not None:
            with write(db):
                _save(db, each, found, means_to_open(db))
            done += 1
    await derive_all(db)
    await judge_due(db)
    return done


def _keys(db: Connection, data_key: DataKey) -> list[SoftwareKey]:
    """Every key that can be used; a row that is damaged closes no letter to the others."""
    found = []
    for each in keys(db):
        try:
            found.append(opened_key(data_key, each))
        except Permanent as error:
            event(log, logging.ERROR, "key.unusable", key=each.id, error=error)
    return found


async def _opened(db: Connection, each: ToOpen, ours: Sequence[Opener]) -> Opening:
    try:
        return await asyncio.to_thread(
            open_whole,
            octets_of(db, each.email_id),
            ours,
            known=[known.der for known in known_for(db, each.sender_email)],
            program=programs(db, each.account_id).open,
            arrived_at=each.seen_at,
        )
    except Transient:
        raise
    except Exception as error:  # one letter, whatever is in it, must never stop the node
        event(log, logging.ERROR, "email.not_opened", email=each.email_id, error=error)
        code = error.code if isinstance(error, MailError) else UNREADABLE
        return Opening(octets=None, stopped=code, sealed=True, evidence=Evidence())


def _save(db: Connection, each: ToOpen, found: Opening, means: str) -> None:
    if each.opened_before and found.octets is None and found.stopped in KEYS_WANTING:
        # The key was taken away. What it opened is kept: it was read, answered, filed.
        keep_opening(db, each.email_id, version=OPENER_VERSION, means=means)
    else:
        save_opening(db, each.email_id, found, version=OPENER_VERSION, means=means)


async def judge_due(db: Connection) -> int:
    """Judge what was never judged, or by other means, or a day ago. Returns how many."""
    means, at, done = means_to_judge(db), now(), 0
    known: Kept | None = None
    while batch := to_judge(db, means, at - DAY_SECONDS, BATCH):
        known = kept(db) if known is None else known
        found = await asyncio.to_thread(_judged, batch, known, at)
        with write(db):
            for email_id, examined_, said in found:
                save_verdict(db, email_id, said, at=at, means=means)
                _learn(db, email_id, examined_, said)
        for _, examined_, _ in found:
            for signer in examined_.signers:
                if signer.finding is not None:
                    want_crls(db, lists_wanted(signer.finding))
        done += len(batch)
    return done


def _judged(
    batch: Sequence[tuple[EmailId, Evidence]], known: Kept, at: int
) -> list[tuple[EmailId, Evidence, Verdict]]:
    found = []
    for email_id, evidence in batch:
        try:
            looked_at = examined(evidence, known, at)
            found.append((email_id, looked_at, verdict(looked_at, known.policy, at)))
        except Exception as error:  # one certificate must never keep the others from being judged
            event(log, logging.ERROR, "email.not_judged", email=email_id, error=error)
            found.append((email_id, evidence, NOT_JUDGED))
    return found


def _learn(db: Connection, email_id: EmailId, evidence: Evidence, said: Verdict) -> None:
    """Of a proven letter, who signed and which certificate to write to; of another, nothing."""
    if not said.badge or said.signer is None:
        return
    for signer in evidence.signers:
        if signer.finding is None or signer.finding.fingerprint != said.signer.fingerprint:
            continue
        for der in (signer.certificate, signer.encryption_certificate):
            try:
                if der is not None:
                    learn_proven(
                        db, email_id, facts_of(der), said.address, capabilities=signer.capabilities
                    )
            except Permanent as error:
                event(log, logging.INFO, "certificate.not_learnt", email=email_id, error=error)
