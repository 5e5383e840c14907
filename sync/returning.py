"""Letters put off come back on time, whether or not a screen is open (store/db/snoozing.py).

The server is told by the same pass that tells it any keyword, so another client sees it too.
"""

from __future__ import annotations

from store.db.open import Connection
from store.db.snoozing import waiting, wake
from store.host import clock

LONGEST_SECONDS = 3600.0
"""Somebody may set the clock."""


async def bring_back(db: Connection) -> float:
    """Bring back those whose time has come. Seconds until the next one's."""
    at = clock.now()
    wake(db, at)
    first_at = waiting(db).first_at
    return LONGEST_SECONDS if first_at is None else min(LONGEST_SECONDS, max(1.0, first_at - at))
