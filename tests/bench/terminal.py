"""A terminal with nobody in front of it: runs a program and times its answers."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from tests.bench.readers import Reader
from tests.bench.running import TICKS_PER_SECOND, cpu_ticks, most_memory, tree

LINES, COLUMNS = 40, 120
QUIET_SECONDS = 0.25
"""After this long without an octet an answer is complete."""
PATIENCE_SECONDS = 60.0
ESCAPES = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|.)"
)


class Terminal:
    """One run of the screen."""

    def __init__(self, reader: Reader) -> None:
        self._master, slave = pty.openpty()
        size = struct.pack("HHHH", LINES, COLUMNS, 0, 0)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **reader.env}
        self._begun = time.perf_counter()
        self._process = subprocess.Popen(
            reader.command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=reader.cwd,
            env=env,
            start_new_session=True,
            # aerc asks for its controlling terminal by name.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._master)

    @property
    def has_ended(self) -> bool:
        """Whether the program left by itself."""
        return self._process.poll() is not None

    def wait_for(self, words: str) -> float:
        """Seconds from the start of the process until `words` are on the screen.

        Raises:
            TimeoutError: they never were; shows what was.
        """
        said, deadline = b"", time.perf_counter() + PATIENCE_SECONDS
        while words.encode() not in ESCAPES.sub(b"", said):
            if time.perf_counter() > deadline or self._process.poll() is not None:
                raise TimeoutError(ESCAPES.sub(b" ", said)[-2000:].decode(errors="replace"))
            said += self._read(0.05)
        return time.perf_counter() - self._begun

    def settle(self) -> None:
        """Read until nothing more is said; a program that never falls silent is not waited for."""
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while self._read(QUIET_SECONDS) and time.perf_counter() < deadline:
            pass

    def press(self, keys: str) -> tuple[float, int]:
        """Seconds until the last octet of the answer to a key, and how many octets it had.

        Raises:
            TimeoutError: the program turns a wheel on the screen and never falls silent.
        """
        pressed = answered = time.perf_counter()
        os.write(self._master, keys.encode())
        octets = 0
        while chunk := self._read(QUIET_SECONDS):
            octets += len(chunk)
            answered = time.perf_counter()
            if answered - pressed > PATIENCE_SECONDS:
                raise TimeoutError(ESCAPES.sub(b" ", chunk)[-200:].decode(errors="replace"))
        return answered - pressed, octets

    def rest(self, seconds: float) -> tuple[int, float]:
        """How many octets came while nobody touched it, and what it used of the processor."""
        begun, ticks, octets = time.perf_counter(), self._ticks(), 0
        while (left := begun + seconds - time.perf_counter()) > 0:
            octets += len(self._read(left))
        return octets, (self._ticks() - ticks) / TICKS_PER_SECOND

    def _ticks(self) -> int:
        return sum(map(cpu_ticks, tree(self._process.pid)))

    def peak_octets(self) -> int:
        """The most memory the process and all that it started held."""
        return sum(map(most_memory, tree(self._process.pid)))

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._master], [], [], seconds)
        try:
            return os.read(self._master, 65536) if ready else b""
        except OSError:
            return b""
