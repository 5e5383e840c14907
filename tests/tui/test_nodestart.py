"""The node that the screen starts: one, unlocked through a pipe, ended with the screen."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.db.node import node_state
from store.db.open import Connection
from store.host.keys import DataKey
from store.host.lock import NodeLock, node_runs
from store.host.paths import Home
from store.host.private import GIVEN
from sync.submit.smtp import CLOSING_SECONDS
from sync.submit.transaction import Patience
from tui.nodestart import FINISH_SECONDS, OwnNode, environment

PATIENCE_SECONDS = 30.0


def becomes(true: Callable[[], bool]) -> bool:
    """Wait for another process."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def node() -> Iterator[OwnNode]:
    """A node of the screen's, ended at the end."""
    own = OwnNode()
    yield own
    own.stop()


def test_a_node_is_started_and_ended(
    home: Home, key: DataKey, db: Connection, node: OwnNode
) -> None:
    assert node.start(home, key)
    assert becomes(lambda: node_state(db) is not None)
    assert node_runs(home)
    node.stop()
    assert not node.started
    assert not node_runs(home)


def test_a_second_node_is_never_started(
    home: Home, key: DataKey, db: Connection, node: OwnNode
) -> None:
    with NodeLock(home):
        assert not node.start(home, key)
    assert not node.started


def test_none_starts_once_the_screen_has_ended(home: Home, key: DataKey, node: OwnNode) -> None:
    node.stop()
    assert not node.start(home, key)


def test_the_key_is_in_no_argument(home: Home, key: DataKey, db: Connection, node: OwnNode) -> None:
    node.start(home, key)
    assert becomes(lambda: node_state(db) is not None)
    state = node_state(db)
    assert state is not None
    words = Path(f"/proc/{state.pid}/cmdline").read_bytes()
    words += Path(f"/proc/{state.pid}/environ").read_bytes()
    assert key.octets not in words
    assert key.octets.hex().encode() not in words


def test_the_node_knows_the_files_that_must_never_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GIVEN, "PLI_KEY_FILE", "/media/cle/k")
    assert environment()["PLI_KEY_FILE"] == "/media/cle/k"


FINISHING = """
import os, signal, time

def told(*_):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.write(1, b"told\\n")

signal.signal(signal.SIGTERM, told)
os.write(1, b"ready\\n")  # print is not reentrant: the signal may come inside it
while True:
    time.sleep(60)
"""


def test_told_twice_the_screen_does_not_wait_for_what_its_node_finishes() -> None:
    own = OwnNode()
    command = [sys.executable, "-c", FINISHING]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        own._process = process
        stopping = threading.Thread(target=own.stop)
        stopping.start()
        assert process.stdout.readline() == b"told\n"
        own.hurry()
        stopping.join(PATIENCE_SECONDS)
        assert process.returncode == -signal.SIGTERM
    own.hurry()


def test_the_screen_waits_longer_than_the_node_may_take() -> None:
    patience = Patience()
    assert patience.finish_seconds + patience.quit_seconds + CLOSING_SECONDS < FINISH_SECONDS
