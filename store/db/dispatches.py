"""Documents that were told to leave, so that the same one again is seen, and a correction can name
what it corrects."""

from __future__ import annotations

from collections.abc import Iterable

from store.db.open import Connection
from store.model.ids import AccountId, DispatchId


def destinations_before(db: Connection, account_id: AccountId, digest: bytes) -> set[str]:
    """Where the same document was told to go already."""
    rows = db.execute(
        "SELECT destination FROM dispatch_to JOIN dispatch ON id = dispatch_id"
        " WHERE account_id = ? AND digest = ?",
        (account_id, digest),
    )
    return {row[0] for row in rows}


def add_dispatch_within(
    db: Connection,
    account_id: AccountId,
    *,
    digest: bytes,
    document: str,
    to: Iterable[str],
    now: int,
) -> DispatchId:
    """Note one. Call inside `write`, with its letters and its files.

    Args:
        to: addr-specs in lower case, and 'dmp'.
    """
    row = db.execute(
        "INSERT INTO dispatch (account_id, digest, document, created_at) VALUES (?, ?, ?, ?)"
        " RETURNING id",
        (account_id, digest, document, now),
    ).fetchone()
    db.executemany(
        "INSERT OR IGNORE INTO dispatch_to (dispatch_id, destination) VALUES (?, ?)",
        [(row[0], destination) for destination in to],
    )
    return DispatchId(row[0])


def forget_dispatch_within(db: Connection, dispatch_id: DispatchId) -> None:
    """It did not come about. Files that have been put somewhere stay. Call inside `write`."""
    db.execute(
        "DELETE FROM dispatch WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM handover"
        " WHERE dispatch_id = ?1 AND state NOT IN ('waiting', 'held', 'canceled'))",
        (dispatch_id,),
    )
