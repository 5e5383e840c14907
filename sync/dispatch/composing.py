"""Composed letters that are health documents: looked at while they are written, sent when told to.

While it is written, the node says what still lacks (`draft_look`), so that a person learns it
before sending. When its time has come it becomes, in one transaction, the letters and the files of
the dispatch, told to leave; killed before it, the draft is there, after it they are.
"""

from __future__ import annotations

import logging

from store.db.accounts import account as account_by_id
from store.db.drafts import draft, draft_refused, drafts_to_send, revision_of
from store.db.health_wishes import (
    Look,
    facts_of_look,
    look_of,
    note_look,
    said_of,
    with_wish,
)
from store.db.open import Connection, StoreBroken
from store.db.routing import ways
from store.errors import MailError, Permanent, Transient, Usage
from store.host.log import event
from store.model.account import Account
from store.model.draft import Draft
from store.model.ids import DraftId
from store.routing.content import content_of, recipients_of
from sync.dispatch.composed import build_composed
from sync.dispatch.facts import Built, DispatchFacts, Held
from sync.dispatch.queueing import Composed, enter, unfiled
from sync.dispatch.remarks import remarks_of
from sync.trust.sealing import judge_for

log = logging.getLogger(__name__)
HELD = "composed.held"


async def look_at_composed(db: Connection, *, now: int) -> int:
    """Say of each one being written what keeps it from leaving, where that may have changed.

    Returns how many were looked at.
    """
    done = 0
    for draft_id in with_wish(db):
        try:
            account_id, written = draft(db, draft_id)
            of, before = facts_of_look(db, account_id, written), look_of(db, draft_id)
            if before is None or before.of != of:
                found = await _built(db, account_by_id(db, account_id), draft_id, written, now)
                _note(db, draft_id, of, found if isinstance(found, Held) else found[1])
                done += 1
        except (Usage, Transient) as error:  # gone meanwhile; or no process to be had just now
            event(log, logging.INFO, "draft.not_looked_at", draft=draft_id, error=error)
    return done


async def dispatch_composed(db: Connection, account: Account, *, now: int) -> int:
    """Let those whose time has come become what leaves. Returns how many.

    One that cannot keeps its reasons and waits for the person; it stops no other.

    Raises:
        Transient: `store.busy`, `pdf.cannot_start`: the wish of one stands, for the next pass; the
            others have had their turn.
    """
    done, later = 0, None
    for draft_id in drafts_to_send(db, account.id, now):
        revision = revision_of(db, draft_id)
        try:
            account_id, written = draft(db, draft_id)
            if written.health is not None and account_id == account.id:
                composed = Composed(draft_id=draft_id, written=written)
                done += await _dispatch(db, account, composed, revision, now)
        except Usage as error:
            if error.code != "draft.unknown":
                raise
        except Transient as error:
            if error.code != "draft.changed":
                later = error
    if later is not None:
        raise later
    return done


async def _built(
    db: Connection, account: Account, draft_id: DraftId, written: Draft, now: int
) -> tuple[DispatchFacts, Built] | Held:
    """What is attached comes from anywhere. One that we stumble over is held: it must stop neither
    the letters nor the documents of others.

    Raises:
        Transient: `pdf.cannot_start`.
    """
    try:
        return await build_composed(db, account, written, at=now)
    except (MailError, StoreBroken):
        raise
    except Exception as error:
        event(log, logging.ERROR, "draft.not_built", draft=draft_id, error=error)
        return Held(reasons=(Permanent("submission.unbuildable"),))


async def _dispatch(
    db: Connection, account: Account, composed: Composed, revision: int | None, now: int
) -> bool:
    """Whether it became what leaves; else why not is noted."""
    draft_id, written = composed.draft_id, composed.written
    assert written.health
    of = facts_of_look(db, account.id, written)
    found = await _built(db, account, draft_id, written, now)
    if not isinstance(found, Held):
        facts, built = found
        try:
            for each in (built.letter, built.patient_letter):
                if each is not None:
                    _check_ways(db, account, unfiled(each, seal=written.seal), now)
            entered = enter(
                *(db, account, facts, built),
                again=written.health.again,
                sign=written.sign,
                seal=written.seal,
                composed=composed,
            )
        except Transient:
            raise
        except MailError as error:
            found = Held(reasons=(error,))
        else:
            event(log, logging.INFO, "dispatch.entered", draft=draft_id, dispatch=entered.dispatch)
            return True
    _note(db, draft_id, of, found)
    draft_refused(db, draft_id, HELD, revision=revision)
    event(log, logging.WARNING, "draft.not_frozen", draft=draft_id, error=found.reasons[0])
    return False


def _check_ways(db: Connection, account: Account, letter: Draft, now: int) -> None:
    """Raises what the guard does, before anything of it is kept."""
    people = recipients_of(letter)
    judge_for(db, people, now)
    ways(db, account.id, people, content_of(letter), now=now)


def _note(db: Connection, draft_id: DraftId, of: bytes, found: Built | Held) -> None:
    reasons = tuple(map(said_of, found.reasons)) if isinstance(found, Held) else ()
    remarks = () if isinstance(found, Held) else remarks_of(found)
    note_look(db, draft_id, Look(of, reasons, remarks))
