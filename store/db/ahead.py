"""Letters that were told to leave while the clock was ahead, by a minute or by years.

A clock without battery may be wrong until the line is there. What is to leave at a time then waits
for those years, unless the time is counted from when it was said: only what it was to wait is left.

The clock that is wrong may be the one of now: after a power cut it begins in 1970, or where it was
last written down. A letter that a person gave a day and an hour then waits for it: what waits for
too long is seen and let go, what left too early is not called back.
"""

from __future__ import annotations

import json

from store.db.attempts import WAITS
from store.db.open import Connection, write
from store.model.ids import AccountId

UNDO_SECONDS = 600
"""The longest time to think better of it. A longer wait is for a day and an hour."""
DAY_SECONDS = 86_400
"""By less, an hour of the day is meant as it was said."""
NEVER_BEFORE = 1_672_531_200
"""2023: Pli is younger, so a clock that says less is wrong."""
SERVERS_SAY = """
coalesce((SELECT max((SELECT max(received_at) FROM placement WHERE shown_mailbox_id = mailbox.id))
            FROM mailbox WHERE role = 'inbox'), 0)
"""
"""The clocks of servers, by which letters come in, are right."""
COUNTED = f"""
({{said_at}} > :now AND ({{send_at}} - {{said_at}} <= {UNDO_SECONDS}
  OR {{said_at}} - :now > {DAY_SECONDS} AND :now >= :never_before AND :now >= {SERVERS_SAY}))
"""
DRAFTS = f"""
SELECT draft.id FROM draft_to_send CROSS JOIN draft ON draft.id = draft_id
 WHERE account_id = :account AND {COUNTED.format(said_at="updated_at", send_at="send_at")}
"""
LETTERS = f"""
SELECT id FROM email_submission WHERE account_id = :account AND {WAITS}
   AND {COUNTED.format(said_at="created_at", send_at="send_at")}
"""


def any_ahead(db: Connection, account_id: AccountId, *, now: int) -> bool:
    """True when something waits whose time is to be counted from now."""
    query = f"{DRAFTS} UNION ALL {LETTERS} LIMIT 1"
    return db.execute(query, _values(account_id, now)).fetchone() is not None


def count_from_now(db: Connection, account_id: AccountId, *, now: int) -> None:
    """Let it wait from now on for as long as it was to wait then. Writes nothing without need."""
    if not any_ahead(db, account_id, now=now):
        return
    with write(db):
        drafts, letters = (
            json.dumps([row[0] for row in db.execute(query, _values(account_id, now))])
            for query in (DRAFTS, LETTERS)
        )
        db.execute(
            "UPDATE draft_to_send SET send_at = send_at + ?1 -"
            " (SELECT updated_at FROM draft WHERE id = draft_id)"
            " WHERE draft_id IN (SELECT value FROM json_each(?2))",
            (now, drafts),
        )
        db.execute(
            "UPDATE draft SET updated_at = ?1 WHERE id IN (SELECT value FROM json_each(?2))",
            (now, drafts),
        )
        db.execute(
            "UPDATE email_submission SET send_at = send_at + ?1 - created_at, created_at = ?1"
            " WHERE id IN (SELECT value FROM json_each(?2))",
            (now, letters),
        )


def _values(account_id: AccountId, now: int) -> dict[str, int]:
    return {"account": account_id, "now": now, "never_before": NEVER_BEFORE}
