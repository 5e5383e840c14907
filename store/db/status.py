"""One look at everything: what `pli status` prints and the status line shows."""

from __future__ import annotations

from dataclasses import dataclass

from store.db.drafts import told_to_leave
from store.db.open import Connection
from store.db.reports import aftermath
from store.db.submission_rows import counts_by_shown_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Counts over the whole store; deletions wished for count as done."""

    messages: int
    seen: int
    flagged: int
    outbox: dict[str, int]
    """Submissions by state, plus 'writing' for letters told to leave and not yet frozen,
    'held_back' for those of them that cannot, and what wants a look after they left
    (store/db/reports.py)."""
    drop: dict[str, int]
    """Drop folder documents by state."""


def status(db: Connection) -> Status:
    """The counts now."""
    messages, seen, flagged = db.execute(
        "SELECT count(*), coalesce(sum(1 - unread), 0),"
        " coalesce(sum(instr(' ' || keywords || ' ', ' $flagged ') > 0), 0)"
        " FROM placement WHERE deleted = 0"
    ).fetchone()
    outbox = counts_by_shown_state(db)
    outbox |= told_to_leave(db) | aftermath(db)
    drop = dict(db.execute("SELECT state, count(*) FROM drop_item GROUP BY state ORDER BY state"))
    return Status(messages=messages, seen=seen, flagged=flagged, outbox=outbox, drop=drop)
