"""When a revocation list is fetched again. Pure: no clock, no network, no database.

On an ordinary line once half of its time is over, so that a day without a line does not leave it
stale. On a metered one only when it is no longer current. After a failure ever more slowly.
"""

from __future__ import annotations

from dataclasses import replace

from store.model.trust import Crl

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 900, 6 * 3600
LEAST_SECONDS = 3600
"""Between two good answers, whatever the list says of itself."""
MOST_SECONDS = 7 * 86_400
"""A list that promises a year is asked about all the same."""


def due_at(crl: Crl, *, metered: bool) -> int:
    """When to ask for it next, Unix seconds; 0 for at once."""
    if crl.tried_at is None:
        return 0
    if crl.failures:
        pause = FIRST_PAUSE_SECONDS << min(crl.failures - 1, 10)
        return crl.tried_at + min(pause, LONGEST_PAUSE_SECONDS)
    checked = crl.checked_at or 0
    if crl.this_update_at is None or crl.next_update_at is None:
        return checked + MOST_SECONDS
    whole = crl.next_update_at - crl.this_update_at
    wanted = crl.next_update_at if metered else crl.this_update_at + whole // 2
    if not metered:
        # Past its half and not yet replaced there: not at each look.
        wanted = max(wanted, checked + min(whole // 8, 86_400))
    return max(min(wanted, checked + MOST_SECONDS), checked + LEAST_SECONDS)


def failed(crl: Crl, code: str, now: int) -> Crl:
    """What is kept after a try that brought nothing valid: the list that was there."""
    return replace(crl, tried_at=now, failures=crl.failures + 1, error=code)


def unchanged(crl: Crl, now: int) -> Crl:
    """What is kept when the server has nothing newer."""
    return replace(crl, tried_at=now, checked_at=now, failures=0, error="")
