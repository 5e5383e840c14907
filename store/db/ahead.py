"""Letters that were told to leave while the clock was ahead, by a minute or by years.

A clock without battery may be wrong until the line is there. What is to leave at a time then waits
for those years, unless the time is counted from when it was said: only what it was to wait is left.
"""

from __future__ import annotations

from store.db.open import Connection, write
from store.model.ids import AccountId

DRAFTS = "SELECT id FROM draft WHERE account_id = :account AND updated_at > :now"
LETTERS = """
SELECT id FROM email_submission WHERE account_id = :account
   AND state IN ('queued', 'deferred', 'sending') AND state <> 'sending' AND created_at > :now
"""
"""Worded as the index email_submission_due is, or SQLite would not use it."""


def any_ahead(db: Connection, account_id: AccountId, *, now: int) -> bool:
    """True when something waits that was told to leave later than now."""
    values = {"account": account_id, "now": now}
    told = f"SELECT 1 FROM draft_to_send WHERE draft_id IN ({DRAFTS}) UNION ALL {LETTERS} LIMIT 1"
    return db.execute(told, values).fetchone() is not None


def count_from_now(db: Connection, account_id: AccountId, *, now: int) -> None:
    """Let it wait from now on for as long as it was to wait then. Writes nothing without need."""
    if not any_ahead(db, account_id, now=now):
        return
    values = {"account": account_id, "now": now}
    with write(db):
        db.execute(
            "UPDATE draft_to_send SET send_at = send_at + :now -"
            " (SELECT updated_at FROM draft WHERE id = draft_id)"
            f" WHERE draft_id IN ({DRAFTS})",
            values,
        )
        db.execute(
            "UPDATE draft SET updated_at = :now WHERE id IN (SELECT draft_id FROM draft_to_send)"
            f" AND id IN ({DRAFTS})",
            values,
        )
        db.execute(
            "UPDATE email_submission SET send_at = send_at + :now - created_at, created_at = :now"
            f" WHERE id IN ({LETTERS})",
            values,
        )
