"""Before anything is sent: is this store still the one that last sent from here?

One that was copied, or put back from a backup, holds letters that may have left since. They become
questions (store/db/copied.py), and the store is then at home where it is (docs/outbox.md).
"""

from __future__ import annotations

import logging

from store.db.copied import hold_what_waits, known_place, settle_here
from store.db.open import Connection
from store.host.log import event
from store.host.paths import Home
from store.host.place import Witness, place_of
from store.model.place import Found, Held, found

log = logging.getLogger(__name__)


def know_place(db: Connection, home: Home, *, now: int) -> Held:
    """Hold what waits when the store is a copy. Returns how much that is.

    To be called by whoever holds the node's lock, before it sends or looks at a folder.
    """
    here, witness = place_of(home), Witness(home)
    witness.keep()
    (known, dots), witnessed = known_place(db), witness.last()
    seen = found(known, here, dots=dots, witnessed=witnessed)
    if seen is Found.SAME:
        return Held()
    if seen is Found.NEW:
        settle_here(db, here)
        return Held()
    held = hold_what_waits(db, now=now, place=here, witnessed=witnessed)
    event(log, logging.WARNING, f"store.{seen}", **held._asdict())
    return held
