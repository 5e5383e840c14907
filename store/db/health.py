"""Is the file whole? What `pli doctor` asks of the database itself."""

from __future__ import annotations

from store.db.open import Connection


def is_whole(db: Connection) -> bool:
    """True when SQLite, SQLCipher and the schema's own references find nothing wrong."""
    structure = db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    sealed = not db.execute("PRAGMA cipher_integrity_check").fetchall()
    linked = not db.execute("PRAGMA foreign_key_check").fetchall()
    return structure and sealed and linked
