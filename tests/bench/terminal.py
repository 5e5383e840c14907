"""A terminal with nobody in front of it: runs `pli` in a pseudo-terminal and times its answers."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from tests.bench.running import most_memory
from tests.meta.sources import ROOT

LINES, COLUMNS = 40, 120
QUIET_SECONDS = 0.25
"""After this long without an octet an answer is complete."""
PATIENCE_SECONDS = 60.0
ESCAPES = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|.)"
)


class Terminal:
    """One run of the screen."""

    def __init__(self, arguments: list[str]) -> None:
        self._master, slave = pty.openpty()
        size = struct.pack("HHHH", LINES, COLUMNS, 0, 0)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PLI_LANG": "fr"}
        self._begun = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tui.cli", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            env=env,
            start_new_session=True,
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
        """Read until nothing more is said."""
        while self._read(QUIET_SECONDS):
            pass

    def press(self, keys: str) -> tuple[float, int]:
        """Seconds until the last octet of the answer to a key, and how many octets it had."""
        pressed = answered = time.perf_counter()
        os.write(self._master, keys.encode())
        octets = 0
        while chunk := self._read(QUIET_SECONDS):
            octets += len(chunk)
            answered = time.perf_counter()
        return answered - pressed, octets

    def peak_octets(self) -> int:
        """The most memory the process held."""
        return most_memory(self._process.pid)

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._master], [], [], seconds)
        try:
            return os.read(self._master, 65536) if ready else b""
        except OSError:
            return b""
