"""A held document leaves because somebody said so, by the same doors as any other.

It is read where it lies, in `failed/`, and must still be the one that was held, with all that lies
beside it: who may write there could else send it to somebody else by the word of a person. Who is
to have it and by which way is found out anew, and the guard is asked again in the transaction that
queues it; the ledger's index allows its content once. Its file follows when its letter has ended.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from store.db import drop_wishes as wishes
from store.db.drop_ledger import item_with_content
from store.db.open import Connection, write
from store.host.log import event
from store.model.drop import DropItem, DropRule
from sync.drop import files, names
from sync.drop.book import became_within
from sync.drop.claiming import examine_held
from sync.drop.claims import claim_directory
from sync.drop.correcting import correction
from sync.drop.doctors import Doctors
from sync.drop.fate import Fate, fate_of, making_for, reason_of
from sync.drop.files import Root
from sync.drop.health import Lacks
from sync.drop.parcel import Parcel
from sync.drop.plan import Policy
from sync.drop.reasons import Reason
from sync.drop.roads import check_roads
from sync.drop.understand import Decided, Understood, understand_or_hold
from sync.submit.security import Keys

log = logging.getLogger(__name__)
MOST_AT_ONCE = 20


def read_held(root: Root, held: DropItem, policy: Policy) -> Parcel | None:
    """What lies in `failed/` under this claim; None unless it is what was held."""
    try:
        with claim_directory(root, held.claim, where=root.failed) as directory:
            note = names.reason_name(held.name)
            entries = [each for each in files.listing(directory) if each.name != note]
            main = next((each for each in entries if each.name == held.name), None)
            if main is None or any(map(root.is_private, entries)):
                return None
            found = examine_held(directory, main, entries, policy)
    except FileNotFoundError:
        return None
    if not isinstance(found, Parcel) or found.digest != held.digest:
        return None
    return found if not held.held_as or found.held_as == held.held_as else None


async def release(
    db: Connection,
    rule: DropRule,
    held: DropItem,
    parcel: Parcel | None,
    *,
    now: int,
    token: Callable[[], str],
    keys: Keys,
    doctors: Doctors,
) -> bool:
    """Queue one held document as a person wished, or hold it again with why not. True if queued.

    Raises:
        Transient: `store.busy`, `pdf.cannot_start`: the wish stands, for the next look.
    """
    said = Understood()
    if parcel is not None:
        decided = Decided(wish=held.wish, to=held.wish_to)
        said = await understand_or_hold(rule, parcel, doctors, decided)
    making = making_for(db, rule, [said], keys, now=now, token=token)
    fate: Fate = Reason.CHANGED_SINCE
    corrected = None
    if parcel is not None:
        corrected = correction(db, rule, held.name, said)
        fate = await asyncio.to_thread(fate_of, parcel, said, corrected, making)
    with write(db):
        if not wishes.is_wished_within(db, held):
            return False  # somebody has thought better of it
        check_roads(db, rule, making.roads, now)
        if item_with_content(db, rule.id, held.digest) is not None:
            fate = Reason.SAME_CONTENT
        reason = reason_of(fate)
        if reason is None:
            wishes.released_within(
                db,
                held,
                became=became_within(db, making, said, fate),
                recipients=said.recipients,
                found_in=said.found_in.value if said.found_in else "",
                corrects=corrected.item_id if corrected and corrected.is_known else None,
                now=now,
            )
        else:
            lacks = fate.codes if isinstance(fate, Lacks) else ()
            wishes.held_again_within(db, held, reason, now=now, lacks=lacks)
    queued = reason is None
    event(log, logging.INFO, "drop.released", rule=rule.id, item=held.id, queued=queued)
    return queued
