"""Commands of ours run beside the screen: the doctor, the line's report, an account's first steps.

They speak to servers, which the screen never does. The data key goes to them through an inherited
pipe, as to the node (tui/nodestart.py). What they say is kept with the application, so that whoever
leaves the screen and comes back finds it further on.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from store.host.keys import DataKey
from store.host.paths import Home
from tui.nodestart import environment
from tui.plain import Plain, plain_words

LONGEST_LINE = 64 * 1024
STOP_SECONDS = 5.0


def command(home: Home, handle: int, *words: str) -> list[str]:
    """`pli words...`, in a process of its own, that reads its key from a pipe."""
    at = ["--home", str(home.root.absolute()), "--key-fd", str(handle)]
    return [sys.executable, "-m", "tui.cli", *at, *words]


def pipe_with(key: DataKey) -> int:
    """The reading end of a pipe that holds the key; its 32 octets fit without a reader."""
    reading, writing = os.pipe()
    os.write(writing, key.octets)
    os.close(writing)
    return reading


@dataclass(slots=True)
class Report:
    """What one command says, line by line, while it works and afterwards."""

    words: tuple[str, ...]
    lines: list[Plain] = field(default_factory=list)
    code: int | None = None
    """Its exit code; None while it works."""
    is_paused: bool = False
    _process: subprocess.Popen[bytes] | None = None

    @property
    def works(self) -> bool:
        """Whether there is more to come."""
        return self.code is None

    async def run(self, home: Home, key: DataKey, changed: Callable[[], object]) -> None:
        """Run it to its end; `changed` is called at each line, and once it has ended."""
        loop = asyncio.get_running_loop()
        process = self._process = self._begin(home, key)

        def heard(line: Plain) -> None:
            self.lines.append(line)
            changed()

        def read() -> int:
            assert process.stdout is not None
            with process.stdout as pipe:
                while line := pipe.readline(LONGEST_LINE):
                    words = plain_words(line.decode("utf-8", "replace").rstrip("\n"))
                    loop.call_soon_threadsafe(heard, words)
            return process.wait()

        self.code = await asyncio.to_thread(read)
        changed()

    def _begin(self, home: Home, key: DataKey) -> subprocess.Popen[bytes]:
        reading = pipe_with(key)
        try:
            return subprocess.Popen(
                command(home, reading, *self.words),
                pass_fds=[reading],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment(),
                start_new_session=True,
            )
        finally:
            os.close(reading)

    def pause_or_go_on(self) -> None:
        """Hold it where it is, or let it go on: a line may be wanted for something else."""
        if self._process is not None and self.works:
            self.is_paused = not self.is_paused
            self._process.send_signal(signal.SIGSTOP if self.is_paused else signal.SIGCONT)

    async def stop(self) -> None:
        """End it, if it has not ended by itself."""
        if (process := self._process) is not None and self.works:
            self.code = await asyncio.to_thread(_ended, process)


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Ask it to end, held or not; then insist. Its exit code."""
    process.terminate()
    process.send_signal(signal.SIGCONT)
    try:
        return process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def on_terminal(home: Home, key: DataKey, *words: str) -> int:
    """Run a command that asks on the terminal itself, which is its own meanwhile; its exit code."""
    reading = pipe_with(key)
    try:
        done = subprocess.run(
            command(home, reading, *words), pass_fds=[reading], env=environment(), check=False
        )
    finally:
        os.close(reading)
    return done.returncode
