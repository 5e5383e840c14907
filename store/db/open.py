"""Open the encrypted database, and the promises every connection keeps.

SQLCipher always, with a raw key, so that opening costs no key derivation. Write-ahead log with
FULL synchronous: WAL with NORMAL lost acknowledged rows in 64 % of replayed power cuts. The
promises are read back after they are asked for; a database that will not give them is not used.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlcipher3 import dbapi2 as sqlcipher

from store.errors import Locked, NeedsUser, Transient
from store.host.bell import ring
from store.host.keys import DataKey
from store.host.lock import node_runs
from store.host.paths import Home

if TYPE_CHECKING:
    # sqlcipher3 carries no types and has the interface of the standard library's module.
    from sqlite3 import Connection as _Connection
else:
    _Connection = sqlcipher.Connection


class Connection(_Connection):
    """A connection that knows its file, and opens it again for who only looks."""

    path: Path
    again: Callable[[], Connection]


PROMISES = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL
    "foreign_keys": 1,
    "secure_delete": 1,
    "temp_store": 2,  # MEMORY: sort spills would reach the disk in clear
    "trusted_schema": 0,
    "cell_size_check": 1,
    "recursive_triggers": 1,
}
StoreBroken = sqlcipher.DatabaseError
"""What SQLite raises of itself. The connection may be of no use any more: after a page of the disk
that was damaged, SQLCipher refuses everything on it."""
BUSY_MS = 5_000
AGAIN_SECONDS = 0.005
SEARCH_CACHE_KIB = 16_384
PAGE_BYTES = 8192
"""Part of the file's format: SQLCipher cannot read a file of another page size. Storing letters of
45 KB takes a sixth less time than with its default of 4096 (2026-11), and a key press still writes
little."""


def connect(
    home: Home, key: DataKey, *, readonly: bool = False, searches: bool = False
) -> Connection:
    """Open the store's database. `readonly` refuses every write, for what only looks; `searches`
    keeps twice as many pages deciphered, what half a dozen searches of 100,000 letters read.

    Raises:
        Locked: `key.wrong`, the key is not this database's.
        NeedsUser: `store.promise_broken`, SQLite did not give what was asked; `store.damaged`.
        Transient: `store.busy`.
    """
    db = open_file(home.database, key.octets, readonly=readonly)
    if searches:
        db.execute(f"PRAGMA cache_size = -{SEARCH_CACHE_KIB}")
    return db


def open_file(path: Path, octets: bytes, *, readonly: bool = False) -> Connection:
    """Open an encrypted database of ours by the 32 octets of its key; made when it is not there.

    Raises:
        As `connect`.
    """
    _make(path)
    # Autocommit, and one connection per thread: sqlcipher3 refuses it to any other.
    db: Connection = sqlcipher.connect(
        f"file:{_quoted(path)}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=True,
        factory=Connection,
    )
    db.path, db.again = path, partial(open_file, path, octets, readonly=True)
    try:
        # A wrong key makes SQLCipher write to the terminal, across the screen (2026-11, 4.19).
        db.execute("PRAGMA cipher_log_level = NONE")
        db.execute(f"PRAGMA key = \"x'{octets.hex()}'\"")
        db.execute(f"PRAGMA cipher_page_size = {PAGE_BYTES}")
        db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        db.create_function("node_works", 0, partial(node_runs, Home(path.parent)))
        _read_first_page(db)
        _promise(db)
        if readonly:
            db.execute("PRAGMA query_only = 1")
    except BaseException:
        db.close()
        raise
    return db


def _make(path: Path) -> None:
    """Ours alone from its first octet; SQLite gives its -wal and -shm the same mode.

    One that is there is not opened: closing it would drop the locks that other connections of this
    process hold on it (fcntl(2)), and another process would take itself for the last.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))


def _quoted(path: Path) -> str:
    """The path for a SQLite URI: `?`, `#` and `%` would otherwise end it (sqlite.org/uri)."""
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _read_first_page(db: Connection) -> None:
    try:
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlcipher.DatabaseError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise Transient("store.busy") from error
        if "malformed" in str(error):  # a wrong key finds no database at all
            raise NeedsUser("store.damaged") from error
        raise Locked("key.wrong") from error


def _promise(db: Connection) -> None:
    for name, wanted in PROMISES.items():
        _ask(db, name, wanted)
        got = db.execute(f"PRAGMA {name}").fetchone()
        if got is None or got[0] != wanted:
            raise NeedsUser("store.promise_broken", pragma=name)


def _ask(db: Connection, name: str, wanted: object) -> None:
    """SQLite refuses the change to a write-ahead log at once while another process makes it, the
    busy timeout unheard: 3 of 60 stores failed that two processes opened in one instant (2026-11).
    """
    last_at = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            db.execute(f"PRAGMA {name} = {wanted}")
            return
        except sqlcipher.OperationalError as error:
            if "locked" not in str(error):
                raise
            if time.monotonic() > last_at:
                raise Transient("store.busy") from error
        time.sleep(AGAIN_SECONDS)


@contextmanager
def write(db: Connection, *, rings: bool = True) -> Iterator[None]:
    """One transaction that takes the write lock first, so that it never fails half way.

    Whoever waits for a commit hears of it, unless `rings` says that nobody needs to.

    A deferred BEGIN that reads and then writes fails at once when another process wrote in
    between, ignoring the busy timeout.

    Raises:
        Transient: `store.busy`, another writer held the lock for longer than BUSY_MS.
    """
    try:
        db.execute("BEGIN IMMEDIATE")
    except sqlcipher.OperationalError as error:
        raise Transient("store.busy") from error
    try:
        yield
        db.execute("COMMIT")  # inside: a commit that fails would leave the write lock held
    except BaseException:
        # A full disk or an I/O error may have rolled back already.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    if rings:
        ring(db.path)


def complete_statement(text: str) -> bool:
    """True when `text` ends where a SQL statement may, a trigger's body counted as one."""
    return bool(sqlcipher.complete_statement(text))


def as_sqlite_utils() -> None:
    """Make sqlite-utils use our SQLite; to be called before its first import (see migrate.py)."""
    sys.modules.setdefault("pysqlite3", sys.modules["sqlcipher3"])
    sys.modules.setdefault("pysqlite3.dbapi2", sqlcipher)
