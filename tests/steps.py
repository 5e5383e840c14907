"""How much work something is, counted: a timing would depend on who else uses the machine."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from store.db.accounts import set_link
from store.db.open import Connection
from store.model.account import Link
from store.model.ids import AccountId


def steps(work: Callable[[], object]) -> int:
    """How many lines of Python `work` takes; what C does in one of them is not seen."""
    count = 0

    def trace(frame: object, kind: str, argument: object) -> object:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def at_hand(password: str) -> Callable[[], Awaitable[str]]:
    """What `run_outbox` asks for, given at once."""

    async def password_asked() -> str:
        return password

    return password_asked


def looked_through(db: Connection, account_id: AccountId, at: int) -> None:
    """The account's mailboxes were, by a pass that began then."""
    set_link(db, account_id, Link.ONLINE, synced_at=at)


@contextmanager
def commits_of(db: Connection) -> Iterator[list[str]]:
    """The commits that this connection makes meanwhile; each is a FULL one, that waits for the
    disk."""
    made: list[str] = []
    db.set_trace_callback(lambda sql: made.append(sql) if sql == "COMMIT" else None)
    try:
        yield made
    finally:
        db.set_trace_callback(None)
