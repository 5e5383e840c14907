"""A real pseudo-terminal with the screen in it: keys go in, octets come out, pyte draws them."""

from __future__ import annotations

import contextlib
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
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

import pyte

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60.0
QUIET_SECONDS = 0.3
SIZE = {"COLUMNS", "LINES"}
"""What xdist gives its workers, and a program believes before it asks its own terminal."""
Cells = list[list[str]]
# Questions and modes of a modern terminal that pyte would print instead of skipping.
NOT_FOR_PYTE = re.compile(rb"\x1b\[[<>=?][0-9;]*[uqm]|\x1b\[\?[0-9;]*\$p|\x1bP.*?\x1b\\", re.DOTALL)
UNFINISHED = re.compile(rb"\x1b(?:\[[<>=?]?[0-9;]*\$?|P[^\x1b]*\x1b?)?\Z")
"""A sequence whose end has not been read yet: half of one would be printed too."""


class Terminal:
    """`with Terminal([...]) as terminal:` runs a command in a terminal of `columns` x `rows`."""

    at_once = 65536
    """Octets taken from the line in one turn."""

    def __init__(
        self, command: Sequence[str], *, columns: int = 80, rows: int = 24, **environment: str
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.octets = b""
        self._unfinished = b""
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            start_new_session=True,
            env={name: value for name, value in os.environ.items() if name not in SIZE}
            | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PLI_LANG": "fr"}
            | environment,
        )
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.until(lambda: self.process.poll() is not None, PATIENCE_SECONDS)
            finally:
                self.process.kill()
        self.process.wait()
        os.close(self.ours)

    def read(self, seconds: float) -> bytes:
        """What comes within `seconds`; b'' when nothing does."""
        ready, _, _ = select.select([self.ours], [], [], seconds)
        if not ready:
            return b""
        try:
            came = os.read(self.ours, self.at_once)
        except OSError:  # EIO: the other end has closed
            return b""
        self.octets += came
        read = self._unfinished + came
        self._unfinished = found[0] if (found := UNFINISHED.search(read)) else b""
        whole = read.removesuffix(self._unfinished)
        self._stream.feed(NOT_FOR_PYTE.sub(b"", whole))
        return came

    def until(self, done: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
        """Read until something is true; False when it has not become so in time."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                return False
            self.read(0.05)
        return True

    def wait_for(self, words: str) -> None:
        """Read until `words` are on the screen."""
        assert self.until(lambda: words in self.text, PATIENCE_SECONDS), self.text

    def settle(self) -> bytes:
        """Read until nothing has come for QUIET_SECONDS, and nothing is on its way; what came."""
        came = b""
        while (more := self.read(QUIET_SECONDS)) or self._works():
            came += more
        return came

    def _works(self) -> bool:
        """Whether a thread of it has something to do: on a busy machine it may only wait for it."""
        states = set()
        for thread in Path(f"/proc/{self.process.pid}/task").glob("*/stat"):
            with contextlib.suppress(OSError):
                states.add(thread.read_text().rpartition(")")[2].split()[0])
        return bool(states & {"R", "D"})

    def press(self, keys: str) -> bytes:
        """Type, and read what it draws."""
        os.write(self.ours, keys.encode())
        return self.settle()

    def ended(self) -> int:
        """Wait for the command to end; its exit code."""
        assert self.until(lambda: self.process.poll() is not None, PATIENCE_SECONDS), self.text
        return self.process.returncode

    def hang_up(self) -> None:
        """The line to the terminal breaks."""
        self.process.send_signal(signal.SIGHUP)

    @property
    def cells(self) -> Cells:
        """The screen cell by cell; a wide character is followed by an empty cell."""
        buffer, screen = self.screen.buffer, self.screen
        return [[buffer[y][x].data for x in range(screen.columns)] for y in range(screen.lines)]

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(self.screen.display)


class SlowTerminal(Terminal):
    """The same behind a line of OCTETS_PER_SECOND: what is drawn waits in the kernel, then in Pli.

    The pause is the line's, never a way to wait for something.
    """

    OCTETS_PER_SECOND = 8_000
    at_once = 64

    def read(self, seconds: float) -> bytes:
        """The next 64 octets, when the line has carried them."""
        came = super().read(seconds)
        time.sleep(len(came) / self.OCTETS_PER_SECOND)
        return came

    def type_ahead(self, keys: str) -> None:
        """Type without looking."""
        os.write(self.ours, keys.encode())
