"""Whether an address is one that the directory, or the mailbox's own contacts, give to somebody."""

from __future__ import annotations

from store.db import contacts
from store.db.directory.shelf import Shelf


def is_listed(shelf: Shelf, email: str) -> bool | None:
    """None when nothing was ever imported, and it is no contact: nothing can then be said."""
    if not email:
        return None
    if contacts.by_address(shelf.db, email):
        return True
    row = shelf.listings.execute(
        "SELECT EXISTS (SELECT 1 FROM snapshot),"
        " EXISTS (SELECT 1 FROM listing WHERE email = ? COLLATE NOCASE AND email <> '')",
        (email,),
    ).fetchone()
    return bool(row[1]) if row[0] else None
