"""How long a loop waits after a failure that time alone may not mend: ever longer, never for ever.

A password that is wrong and tried often locks a mailbox; a person who has acted asks for a pass,
which ends any pause (sync/node.py).
"""

from __future__ import annotations

from store.errors import MailError, NeedsUser

OUTBOX_PAUSES_SECONDS = {False: (15.0, 300.0), True: (300.0, 3600.0)}
"""First and longest pause; True when a person must act."""
REFUSED_PAUSES_SECONDS = OUTBOX_PAUSES_SECONDS[True]
"""After a password that was not taken: three tries in half an hour lock no mailbox we know of."""


def of_the_outbox(error: MailError, failures: int) -> float:
    """Seconds before the outbox tries again, after so many failures in a row."""
    return _longer(OUTBOX_PAUSES_SECONDS[isinstance(error, NeedsUser)], failures)


def after_a_refusal(refusals: int) -> float:
    """Seconds before an account is tried again whose password was refused so often in a row."""
    return _longer(REFUSED_PAUSES_SECONDS, refusals)


def _longer(pauses: tuple[float, float], failures: int) -> float:
    """Seconds: the first pause, twice as long after each failure in a row, up to the longest."""
    first, longest = pauses
    return min(first * 2.0 ** min(failures - 1, 8), longest)
