"""One run of one program, from its start to its end: seconds, processor, memory, children included.

What a program has its own children do is its own cost: interimap's local server, our PDF reader.
"""

from __future__ import annotations

import contextlib
import math
import os
import pwd
import re
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from tests.meta.sources import ROOT

SAMPLE_SECONDS = 0.02
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
TELL_OCTETS = 2000
"""How much of a program's last words a failure carries."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run cost."""

    seconds: float
    cpu_seconds: float
    """User and system, of the process and of all it started."""
    peak_octets: int
    """The most memory they held together."""
    given_up: bool = False
    """It was ended before it was done: each figure is at least so much."""


class Running:
    """A program that runs now, in a session of its own."""

    def __init__(
        self,
        command: list[str],
        env: dict[str, str] | None = None,
        owner: pwd.struct_passwd | None = None,
    ) -> None:
        """owner: as whom, when we are root; by default as us."""
        other = owner if os.getuid() == 0 else None
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the program
        self._name = Path(command[0]).name
        self._peak_octets = 0
        self._ticks: dict[int, int] = {}
        self._waited_seconds = 0.0
        self._begun = time.perf_counter()
        # Its own session, so that `stop` ends it with all it started.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=self._said,
            env=env,
            cwd=ROOT,
            start_new_session=True,
            user=other and other.pw_uid,
            group=other and other.pw_gid,
            extra_groups=other and [],
        )

    @property
    def pid(self) -> int:
        """Of the program itself."""
        return self._process.pid

    def ended(self) -> bool:
        """Whether it did; takes a sample when it did not."""
        if self._process.returncode is not None:
            return True
        self._sample()
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        if not pid:
            return False
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._waited_seconds = usage.ru_utime + usage.ru_stime
        return True

    def wait(self, seconds: float, give_up_after: float = math.inf) -> Run:
        """To its end, or until it is given up, which is no failure.

        Raises:
            RuntimeError: it failed, or took longer than `seconds`; carries what it said.
        """
        try:
            while not self.ended():
                if self.seconds() > give_up_after:
                    run = replace(self.so_far(), given_up=True)
                    self.stop()
                    return run
                if self.seconds() > seconds:
                    raise RuntimeError(f"{self._name}: not within {seconds:.0f} s")
                time.sleep(SAMPLE_SECONDS)
        except BaseException:
            self.stop()
            raise
        run = self.so_far()
        if self._process.returncode:
            raise RuntimeError(f"{self._name} {self._process.returncode}: {self._told()}")
        self._said.close()
        return run

    def seconds(self) -> float:
        """Since it was started."""
        return time.perf_counter() - self._begun

    def so_far(self) -> Run:
        """What it has cost until now."""
        # A parent that does not wait for its children hides them from wait4; a sample misses what
        # came after it. The larger of the two is nearer.
        sampled = sum(self._ticks.values()) / TICKS_PER_SECOND
        return Run(self.seconds(), max(self._waited_seconds, sampled), self._peak_octets)

    def stop(self, patience_seconds: float = 10.0) -> None:
        """End it and all it started."""
        given_up = time.perf_counter() + patience_seconds
        self._signal(signal.SIGTERM)
        while not self.ended() and time.perf_counter() < given_up:
            time.sleep(SAMPLE_SECONDS)
        self._signal(signal.SIGKILL)
        while not self.ended():
            time.sleep(SAMPLE_SECONDS)
        self._said.close()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # all of it ended already
            os.killpg(self.pid, number)

    def _sample(self) -> None:
        pids = tree(self.pid)
        self._peak_octets = max(self._peak_octets, sum(map(most_memory, pids)))
        self._ticks |= {pid: ticks for pid in pids if (ticks := cpu_ticks(pid))}

    def _told(self) -> str:
        self._said.seek(0)
        told = self._said.read()[-TELL_OCTETS:].decode(errors="replace").strip()
        self._said.close()
        return told


def run(command: list[str], env: dict[str, str] | None = None, *, seconds: float = 600.0) -> Run:
    """Run to the end.

    Raises:
        RuntimeError: it failed, or took longer than `seconds`; carries what it said.
    """
    return Running(command, env).wait(seconds)


def tree(pid: int) -> list[int]:
    """A process and all that it and its children started, as far as they live."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in _proc(children).split()]
    return found


def most_memory(pid: int) -> int:
    """The most memory a process held so far, in octets; 0 once it has ended.

    Not what `wait4` tells: that counts from the fork on, when the child was as large as we are.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", _proc(Path(f"/proc/{pid}/status")))
    return int(found[1]) * 1024 if found else 0


def cpu_ticks(pid: int) -> int:
    """What a process has used of the processor, without its children; 0 once it has ended."""
    stat = _proc(Path(f"/proc/{pid}/stat"))
    # Fields 14 and 15; the second is a name in parentheses that may hold anything.
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]) if fields else 0


def _proc(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
