"""Documents that were told to leave, so that the same one again is seen, and a correction can name
what it corrects."""

from __future__ import annotations

from store.db.open import Connection
from store.model.ids import AccountId, DispatchId


def dispatched_before(db: Connection, account_id: AccountId, digest: bytes) -> int | None:
    """When the same was last told to leave, Unix seconds; None when it never was."""
    row = db.execute(
        "SELECT max(created_at) FROM dispatch WHERE account_id = ? AND digest = ?",
        (account_id, digest),
    ).fetchone()
    return None if row[0] is None else int(row[0])


def add_dispatch_within(
    db: Connection, account_id: AccountId, *, digest: bytes, document: str, now: int
) -> DispatchId:
    """Note one. Call inside `write`, with its letters and its files."""
    row = db.execute(
        "INSERT INTO dispatch (account_id, digest, document, created_at) VALUES (?, ?, ?, ?)"
        " RETURNING id",
        (account_id, digest, document, now),
    ).fetchone()
    return DispatchId(row[0])


def forget_dispatch_within(db: Connection, dispatch_id: DispatchId) -> None:
    """It did not come about. Files that have been put somewhere stay. Call inside `write`."""
    db.execute(
        "DELETE FROM dispatch WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM handover"
        " WHERE dispatch_id = ?1 AND state NOT IN ('waiting', 'held', 'canceled'))",
        (dispatch_id,),
    )
