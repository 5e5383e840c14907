"""Which files of this store must never leave through a watched folder."""

from __future__ import annotations

import os

from store.db.accounts import accounts
from store.db.open import Connection
from store.host.private import GIVEN, Private


def private_of(db: Connection) -> Private:
    """The home this database lies in, the accounts' secret files, and what opened the store."""
    (database,) = (row[2] for row in db.execute("PRAGMA database_list") if row[1] == "main")
    files = {path for a in accounts(db) for path in (a.password_file, a.client_key) if path}
    return Private(home=os.path.dirname(database), files=tuple(sorted(files | set(GIVEN.values()))))
