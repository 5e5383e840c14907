"""One node per store: a lock that the kernel drops when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from types import TracebackType

from store.errors import Transient
from store.host.paths import Home

TRIES, TRY_SECONDS = 5, 0.05
"""Somebody who only asks (`node_runs`) holds the lock for an instant."""


class NodeLock:
    """Hold it while acting as the node: `with NodeLock(home): ...`.

    Raises:
        Transient: `node.already_running`, another process holds it.
    """

    def __init__(self, home: Home) -> None:
        self._path = home.lock
        self._handle = -1

    def __enter__(self) -> NodeLock:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        for left in reversed(range(TRIES)):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if not left:
                    os.close(handle)
                    raise Transient("node.already_running") from error
                time.sleep(TRY_SECONDS)
        self._handle = handle
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._handle)
        self._handle = -1


def node_runs(home: Home) -> bool:
    """True while some process holds the lock. Shared, so that two who ask do not see each other."""
    try:
        handle = os.open(home.lock, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
