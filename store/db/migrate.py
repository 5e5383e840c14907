"""Bring a database to the schema of this version, whole or not at all.

Each step is a numbered SQL file, applied through sqlite-utils' `Migrations`, which records it in
the same savepoint. The whole is wrapped in BEGIN IMMEDIATE: without it two processes starting
together collide (seen 2026-11 with sqlite-utils 4.2: `database is locked`; docs/quirks.md).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any

from store.db.open import Connection, as_sqlite_utils, complete_statement, write
from store.errors import Permanent

NAMES = (
    "0001_first_light",
    "0002_guard",
    "0003_link",
    "0004_drafts",
    "0005_lanes",
    "0006_unseen",
    "0007_smime",
    "0008_trust",
    "0009_connect",
    "0010_directory",
    "0011_routing",
    "0013_opened",
    "0014_sending",
    "0015_directory_trust",
    "0017_network",
    "0018_pop3_size",
    "0019_documents",
    "0020_author",
    "0021_receipts",
    "0022_drop_rules",
    "0023_reading",
    "0024_writing",
    "0026_drop_documents",
    "0027_documents_more",
    "0028_drop_news",
    "0029_drop_held",
    "0030_copied",
    "0031_works",
    "0032_composing",
    "0034_known_people",
    "0035_letters",
    "0036_copied_answers",
    "0038_claims",
    "0039_uncompared",
    "0042_clock_steps",
)


def migrate(db: Connection) -> None:
    """Apply what is missing. Does nothing, and takes no lock, when nothing is.

    Raises:
        Permanent: `store.newer`, written by a later Pli; `store.broken_reference`.
    """
    applied = _applied(db)
    if applied - set(NAMES):
        raise Permanent("store.newer")
    if applied == set(NAMES):
        return
    _apply(db)


def _apply(db: Connection) -> None:
    # Here alone: at each start of Pli it would take 40 ms and 5 MB to find that nothing is missing.
    as_sqlite_utils()
    import sqlite_utils

    steps = sqlite_utils.Migrations("pli")
    for name in NAMES:
        steps(name=name)(_step(name))
    with write(db):
        steps.apply(sqlite_utils.Database(db))
        # Violations come back as rows, not as an error.
        if db.execute("PRAGMA foreign_key_check").fetchall():
            raise Permanent("store.broken_reference")


def _applied(db: Connection) -> set[str]:
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone():
        return set()
    rows = db.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'pli'")
    return {str(row[0]) for row in rows}


def _step(name: str) -> Callable[[Any], None]:
    def apply(database: Any) -> None:
        for statement in statements(script(name)):
            database.conn.execute(statement)

    return apply


def script(name: str) -> str:
    """The SQL text of one migration."""
    return (resources.files("store.db.migrations") / f"{name}.sql").read_text(encoding="utf-8")


def statements(script: str) -> list[str]:
    """Cut a script into statements; a trigger's body keeps its inner semicolons."""
    found, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if line.rstrip().split("--")[0].rstrip().endswith(";") and complete_statement(current):
            found.append(current.strip())
            current = ""
    if current.strip():
        found.append(current.strip())
    return found
