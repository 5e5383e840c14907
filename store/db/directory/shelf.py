"""Open the imported directory, and both books at once: the mailbox's own and the imported one.

The directory's key is a subkey of the data key, so that whoever opens the store opens it too.
A file of another version is emptied: all of it can be imported again.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

from store.db.directory.importing import IMPORT_CACHE_KIB
from store.db.migrate import statements
from store.db.open import Connection, connect, open_file, write
from store.host.keys import DataKey
from store.host.paths import Home

VERSION = 1
PURPOSE = "directory"
TABLES = ("word", "listing_words", "listing", "label", "snapshot")
READ_CACHE_KIB = 12_288
"""Of memory: a search as one types touches the same upper pages each time."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Two connections of one thread."""

    db: Connection
    """The store: contacts, correspondents."""
    listings: Connection
    """What was imported."""

    def close(self) -> None:
        """Close both."""
        self.listings.close()
        self.db.close()


def open_shelf(home: Home, key: DataKey) -> Shelf:
    """Both books, for looking only.

    Raises:
        As `store.db.open.connect`.
    """
    db = connect(home, key, readonly=True)
    try:
        listings = connect_listings(home, key, readonly=True)
    except BaseException:
        db.close()
        raise
    return Shelf(db, listings)


def connect_listings(home: Home, key: DataKey, *, readonly: bool = False) -> Connection:
    """The imported directory; empty when nothing ever was.

    Raises:
        As `store.db.open.connect`.
    """
    listings = open_file(home.directory, key.derive(PURPOSE))
    try:
        if _version(listings) != VERSION:
            _make(listings)
        if readonly:
            listings.execute(f"PRAGMA cache_size = -{READ_CACHE_KIB}")
            listings.execute("PRAGMA query_only = 1")
        else:
            listings.execute(f"PRAGMA cache_size = -{IMPORT_CACHE_KIB}")
    except BaseException:
        listings.close()
        raise
    return listings


def _version(listings: Connection) -> int:
    return int(listings.execute("PRAGMA user_version").fetchone()[0])


def _make(listings: Connection) -> None:
    with write(listings):
        if _version(listings) == VERSION:
            return  # another process did
        for table in TABLES:
            listings.execute(f"DROP TABLE IF EXISTS {table}")
        script = (resources.files("store.db.directory") / "schema.sql").read_text("utf-8")
        for statement in statements(script):
            listings.execute(statement)
        listings.execute(f"PRAGMA user_version = {VERSION}")
