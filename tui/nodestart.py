"""Start a node when none runs, and end the one we started.

The node is a process of its own: it needs neither the screen nor its terminal. The data key goes
to it through an inherited pipe, never through an argument or a file.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from store.db.node import NodeState
from store.errors import Transient
from store.host.keys import DataKey
from store.host.lock import node_runs
from store.host.log import event
from store.host.paths import Home
from store.host.private import GIVEN

log = logging.getLogger(__name__)
FINISH_SECONDS = 90
"""How long a node may take to finish what it is doing: the answer to a letter past its final dot,
for which it waits up to 60 s (docs/outbox.md), then the goodbyes and one transaction."""
SILENT_SECONDS = 180
"""A node says it is alive every minute; after three missed signs it is not."""


class OwnNode:
    """The node that this screen started, if it started one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = threading.Lock()
        self._ended = False

    @property
    def started(self) -> bool:
        """True while the node we started still runs."""
        return self._process is not None and self._process.poll() is None

    def start(self, home: Home, key: DataKey) -> bool:
        """Start a node unless one runs already. Returns whether one was started.

        Raises:
            Transient: `node.not_started`, this machine has no room for a program more.
        """
        with self._one_at_a_time:
            # A person may leave before the node they came with has begun.
            if self._ended or self.started or node_runs(home):
                return False
            try:
                self._start(home, key)
            except OSError as error:
                event(log, logging.ERROR, "screen.node_not_started", error=error)
                raise Transient("node.not_started") from error
            return True

    def _start(self, home: Home, key: DataKey) -> None:
        reading, writing = os.pipe()
        try:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tui.cli", "--home", str(home.root.absolute())),
                    *("node", "--key-fd", str(reading)),
                ],
                pass_fds=[reading],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Ctrl+C in the terminal is a key for the screen, not the end of the node.
                start_new_session=True,
                env=environment(),
            )
            os.write(writing, key.octets)
        finally:
            os.close(reading)
            os.close(writing)
        event(log, logging.INFO, "screen.node_started", pid=self._process.pid)

    def stop(self) -> None:
        """Ask our node to finish and wait for it; end it when it does not. None starts again."""
        with self._one_at_a_time:
            self._ended = True
            if self._process is None:
                return
            self._process.terminate()
            try:
                self._process.wait(FINISH_SECONDS)
            except subprocess.TimeoutExpired:
                event(log, logging.WARNING, "screen.node_killed", pid=self._process.pid)
                self._process.kill()
                self._process.wait()
            self._process = None

    def hurry(self) -> None:
        """Tell a node that is finishing to end at once, as a second SIGTERM does."""
        if (process := self._process) is not None:
            process.terminate()


class Pulse:
    """Hears a node that another started.

    Its silence is counted by a clock that stands while the machine sleeps and that nobody sets: a
    node that slept as long as the screen has not been silent.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._state: NodeState | None = None
        self._heard_at: float | None = None
        """None for the sign that was there when one began to listen: it may be of yesterday."""

    def is_beating(self, state: NodeState | None, now: int) -> bool:
        """Whether the node that gave this last sign of life is still there."""
        if state != self._state:
            self._heard_at = None if self._state is None else self._seconds()
            self._state = state
        if state is None or self._heard_at is None:
            return is_alive(state, now)
        return self._seconds() - self._heard_at <= SILENT_SECONDS and _is_there(state.pid)


def is_alive(state: NodeState | None, now: int) -> bool:
    """Whether the node whose last sign of life this is can still be there."""
    return state is not None and now - state.alive_at <= SILENT_SECONDS and _is_there(state.pid)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def environment() -> dict[str, str]:
    """Ours, with the place of our packages, wherever `pli` was called from.

    The node gets its key from a pipe; the files the key came from, it must only never send.
    """
    here = str(Path(__file__).resolve().parent.parent)
    others = os.environ.get("PYTHONPATH")
    return os.environ | GIVEN | {"PYTHONPATH": f"{here}{os.pathsep}{others}" if others else here}
