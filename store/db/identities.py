"""How each account writes: its signature, its quoting, its dictionary."""

from __future__ import annotations

from store.db.open import Connection, write
from store.model.identity import Identity, Quote
from store.model.ids import AccountId


def identity(db: Connection, account_id: AccountId) -> Identity:
    """How an account writes; as Pli does by itself when nothing was chosen."""
    row = db.execute(
        "SELECT signature, quote, dictionary FROM identity WHERE account_id = ?", (account_id,)
    ).fetchone()
    if row is None:
        return Identity()
    return Identity(signature=row[0], quote=Quote(row[1]), dictionary=row[2])


def change_identity(db: Connection, account_id: AccountId, changed: Identity) -> None:
    """Write as this from now on."""
    with write(db):
        db.execute(
            "INSERT INTO identity (account_id, signature, quote, dictionary) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (account_id) DO UPDATE SET signature = excluded.signature,"
            " quote = excluded.quote, dictionary = excluded.dictionary",
            (account_id, changed.signature, changed.quote.value, changed.dictionary),
        )
