"""A command of the person's, run as what it is: somebody else's program.

An argument list, never a shell. It is given no word of ours: no standard input, none of our
environment variables, no descriptor. Its time, its processor time and its output are bounded, it
leaves no core with secrets in it, and it ends with all it started.
"""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence

CHUNK_OCTETS = 65_536


class CommandFailed(Exception):
    """It could not be run, failed, took too long or said too much. Carries none of its words."""


def output_of(command: Sequence[str], *, seconds: float, most_octets: int) -> bytes:
    """What it wrote to its standard output before it ended well.

    Raises:
        CommandFailed: it did not.
    """
    if not command:
        raise CommandFailed
    environment = {name: v for name, v in os.environ.items() if not name.startswith("PLI_")}
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise CommandFailed from error
    try:
        _limit(child.pid, seconds)
        said = _read(child, seconds, most_octets)
    finally:
        # Not waited for yet: until then its number, which is its group's, can be nobody else's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        assert child.stdout is not None
        child.stdout.close()
    if child.returncode != 0:
        raise CommandFailed
    return said


def _limit(pid: int, seconds: float) -> None:
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: int(seconds) + 1}
    for limit, value in limits.items():
        with contextlib.suppress(ProcessLookupError, PermissionError, ValueError):
            resource.prlimit(pid, limit, (value, value))


def _read(child: subprocess.Popen[bytes], seconds: float, most_octets: int) -> bytes:
    """All it says until it has ended."""
    assert child.stdout is not None
    said, until = bytearray(), time.monotonic() + seconds
    ended = os.pidfd_open(child.pid)
    try:
        with selectors.DefaultSelector() as waiting:
            waiting.register(child.stdout, selectors.EVENT_READ)
            while waiting.select(max(0.0, until - time.monotonic())):
                piece = os.read(child.stdout.fileno(), CHUNK_OCTETS)
                if not piece:
                    break
                said += piece
                if len(said) > most_octets:
                    raise CommandFailed
            else:
                raise CommandFailed  # too late, though it may have said something
            waiting.unregister(child.stdout)
            waiting.register(ended, selectors.EVENT_READ)
            if not waiting.select(max(0.0, until - time.monotonic())):
                raise CommandFailed
    finally:
        os.close(ended)
    return bytes(said)
