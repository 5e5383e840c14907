"""A program of this machine, given a document: an argument list, never a shell.

What it is given and what it answers stay in memory, so that no copy of a patient's letter is left
on a disk; its time and its answer are bounded, and it ends with all it started. Only a program that
must be given a file gets one, in a folder for its owner alone, which goes when Pli ends.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NamedTuple

from store.errors import Usage
from tui.aside_folders import make

SECONDS = 60.0
MOST_OCTETS = 4 * 2**20
MOST_MEMORY = 1 << 30


class Ran(NamedTuple):
    """How a program ended, and what it wrote."""

    code: int
    said: bytes


def words_of(command: str) -> list[str]:
    """A command as a person types it, taken apart; nothing in it is expanded.

    Raises:
        Usage: `tui.outside.no_program`, it is empty, cannot be taken apart, or is not there.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise Usage("tui.outside.no_program", command=command) from error
    if not words or shutil.which(words[0]) is None:
        raise Usage("tui.outside.no_program", command=command)
    return words


def run(
    command: Sequence[str],
    octets: bytes,
    *,
    seconds: float = SECONDS,
    most_octets: int = MOST_OCTETS,
) -> Ran:
    """Run a program with `octets` as its input.

    Raises:
        Usage: `tui.outside.no_program`; `tui.outside.too_long`, it was ended.
    """
    with _in_memory() as given, _in_memory() as answer:
        given.write(octets)
        given.seek(0)
        child = _start(command, given, answer)
        try:
            _limit(child.pid, seconds, most_octets)
            child.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise Usage("tui.outside.too_long", command=command[0]) from error
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        answer.seek(0)
        return Ran(child.returncode, answer.read(most_octets))


def _in_memory() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("pli"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def _start(command: Sequence[str], given: IO[bytes], answer: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = {name: v for name, v in os.environ.items() if not name.startswith("PLI_")}
    try:
        return subprocess.Popen(
            list(command),
            stdin=given,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise Usage("tui.outside.no_program", command=command[0]) from error


def _limit(pid: int, seconds: float, most_octets: int) -> None:
    """At once after it began: no moment of it is free of them for long."""
    limits = {
        resource.RLIMIT_CPU: int(seconds) + 1,
        resource.RLIMIT_FSIZE: most_octets,
        resource.RLIMIT_AS: MOST_MEMORY,
        resource.RLIMIT_CORE: 0,
    }
    if hasattr(resource, "prlimit"):
        for limit, most in limits.items():
            with contextlib.suppress(OSError, ValueError):
                resource.prlimit(pid, limit, (most, most))


class Lent:
    """Documents in files, for programs that take nothing else."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def lend(self, name: str, octets: bytes) -> Path:
        """A file with these octets, for its owner only."""
        if self._folder is None:
            runtime = os.environ.get("XDG_RUNTIME_DIR")  # in memory, for this person alone
            where = Path(runtime) if runtime and os.path.isdir(runtime) else None
            self._folder = make(where)
        apart = Path(tempfile.mkdtemp(dir=self._folder))
        path = apart / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
        return path

    def take_back(self) -> None:
        """Remove them all."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def start(command: Sequence[str], path: Path) -> None:
    """Start a program of the desktop with a file, and leave it to the person.

    Raises:
        Usage: `tui.outside.no_program`.
    """
    environment = {name: v for name, v in os.environ.items() if not name.startswith("PLI_")}
    try:
        child = subprocess.Popen(
            [*command, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise Usage("tui.outside.no_program", command=command[0]) from error
    # Somebody has to take note of its end, or it stays a name in the list of processes.
    threading.Thread(target=child.wait, daemon=True).start()
