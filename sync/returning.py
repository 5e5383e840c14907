"""Letters put off come back on time, whether or not a screen is open (store/db/snoozing.py), and
claims that somebody left behind end (store/db/claim_ages.py).

The server is told by the same pass that tells it any keyword, so another client sees it too.
"""

from __future__ import annotations

from store.db.claim_ages import age_claims
from store.db.open import Connection
from store.db.snoozing import waiting, wake
from store.host import clock
from sync.clock import know_clock

LONGEST_SECONDS = 3600.0
"""Somebody may set the clock."""


async def bring_back(db: Connection) -> float:
    """Bring back those whose time has come, end what is old. Seconds until the next one's."""
    at = clock.now()
    know_clock(db)
    wake(db, at)
    times = (waiting(db).first_at, age_claims(db, at))
    return min([LONGEST_SECONDS, *(max(1.0, each - at) for each in times if each is not None)])
