"""The clock of this world, and a store in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import store.host.clock
import sync.opening.duty
from store.db.open import Connection
from store.host.keys import DataKey
from tests.unit.opening.world import World
from tests.unit.trust.pki import NOW

Clock = Callable[[int], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let it be that many seconds after the present of these tests."""

    def later(seconds: int) -> None:
        for module in (store.host.clock, sync.opening.duty):
            monkeypatch.setattr(module, "now", lambda: NOW + seconds)

    later(0)
    return later


@pytest.fixture
def world(db: Connection, key: DataKey, clock: Clock) -> Iterator[World]:
    """Dr Alice's practice, where one key opens and two authorities are believed."""
    return World.of(db, key, "rsa")
