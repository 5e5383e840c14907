"""A command that does the node's work itself: alone, on a store that knows where it is, where no
attempt is under way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from store.db.open import Connection
from store.errors import Transient
from store.host.clock import now
from store.host.lock import NodeLock, node_runs
from store.host.paths import Home
from store.plain import said
from sync.copied import know_place
from sync.submit.interrupted import settle_interrupted


@contextmanager
def as_node(db: Connection, home: Home) -> Iterator[None]:
    """Hold the node's lock; say so when the store proves to be a copy.

    Raises:
        Transient: `node.already_running`.
    """
    with NodeLock(home):
        held = know_place(db, home, now=now())
        if any(held):
            click.echo(said("store.copied", **held._asdict()), err=True)
        settle_interrupted(db, now=now())
        yield


def know_first(db: Connection, home: Home) -> None:
    """Before something new is queued: what waits in a copy is not what somebody writes now."""
    if not node_runs(home):
        with suppress(Transient), as_node(db, home):
            pass
