"""Is the file whole? What `pli doctor` asks of the database itself."""

from __future__ import annotations

from contextlib import closing

from store.db.open import StoreBroken, connect
from store.host.keys import DataKey
from store.host.paths import Home


def is_whole(home: Home, key: DataKey) -> bool:
    """True when SQLite, SQLCipher and the schema's own references find nothing wrong.

    By a connection of its own: after a damaged page it would be of no use for the other questions.
    """
    with closing(connect(home, key, readonly=True)) as db:
        try:
            structure = db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
            sealed = not db.execute("PRAGMA cipher_integrity_check").fetchall()
            linked = not db.execute("PRAGMA foreign_key_check").fetchall()
        except StoreBroken:
            return False
    return structure and sealed and linked
