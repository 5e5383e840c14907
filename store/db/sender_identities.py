"""How each account writes: its signature, its quoting, its dictionary."""

from __future__ import annotations

from store.db.open import Connection, write
from store.model.ids import AccountId
from store.model.sender_identity import Quote, SenderIdentity


def identity(db: Connection, account_id: AccountId) -> SenderIdentity:
    """How an account writes; as Pli does by itself when nothing was chosen."""
    row = db.execute(
        "SELECT signature, quote, dictionary FROM sender_identity WHERE account_id = ?",
        (account_id,),
    ).fetchone()
    if row is None:
        return SenderIdentity()
    return SenderIdentity(signature=row[0], quote=Quote(row[1]), dictionary=row[2])


def change_identity(db: Connection, account_id: AccountId, changed: SenderIdentity) -> None:
    """Write as this from now on."""
    with write(db):
        db.execute(
            "INSERT INTO sender_identity (account_id, signature, quote, dictionary)"
            " VALUES (?, ?, ?, ?) ON CONFLICT (account_id) DO UPDATE SET"
            " signature = excluded.signature, quote = excluded.quote,"
            " dictionary = excluded.dictionary",
            (account_id, changed.signature, changed.quote.value, changed.dictionary),
        )
