"""Which files of this store must never leave through a watched folder."""

from __future__ import annotations

import os

from store.db.accounts import accounts
from store.db.open import Connection
from store.host.private import GIVEN, Private
from store.model.account import Account


def private_of(db: Connection) -> Private:
    """The home this database lies in, the accounts' secret files, and what opened the store."""
    (database,) = (row[2] for row in db.execute("PRAGMA database_list") if row[1] == "main")
    files = {path for a in accounts(db) for path in _secrets(a) if path}
    return Private(home=os.path.dirname(database), files=tuple(sorted(files | set(GIVEN.values()))))


def _secrets(account: Account) -> tuple[str, ...]:
    """Its files with a secret in them. A certificate without a key file may hold the key."""
    certificate = "" if account.client_key else account.client_cert
    return account.password_file, account.client_key, account.client_password_file, certificate
