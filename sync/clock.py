"""Before anything is compared with the clock: has somebody set it since the last look?"""

from __future__ import annotations

import logging

from store.db.clock_steps import note_step
from store.db.open import Connection
from store.host.clock import boot, now
from store.host.log import event

log = logging.getLogger(__name__)


def know_clock(db: Connection) -> None:
    """Let nothing end by a leap alone (store/db/clock_steps.py).

    What is compared with the hours is read before: then a leap behind this look ends nothing.
    """
    by = note_step(db, *boot(), now=now())
    if by:
        event(log, logging.WARNING, "clock.stepped", seconds=by)
