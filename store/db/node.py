"""The node's sign of life, for the status line. The lock file is the truth (store/host/lock.py)."""

from __future__ import annotations

from typing import NamedTuple

from store.db.open import Connection, write


class NodeState(NamedTuple):
    """When the node last said it was alive. Unix seconds UTC."""

    pid: int
    started_at: int
    alive_at: int


def node_state(db: Connection) -> NodeState | None:
    """The last sign of life; None when no node ever ran here."""
    row = db.execute("SELECT pid, started_at, alive_at FROM node").fetchone()
    return None if row is None else NodeState(*row)


def node_started(db: Connection, pid: int, now: int) -> None:
    """Say that a node starts."""
    with write(db):
        db.execute(
            "INSERT INTO node (only_row, pid, started_at, alive_at) VALUES (1, ?, ?, ?)"
            " ON CONFLICT (only_row) DO UPDATE SET pid = excluded.pid,"
            " started_at = excluded.started_at, alive_at = excluded.alive_at",
            (pid, now, now),
        )


def node_alive(db: Connection, now: int) -> None:
    """Say that it still runs. Wakes nobody: who wants to know looks."""
    with write(db, rings=False):
        db.execute("UPDATE node SET alive_at = ?", (now,))
