"""A real terminal emulator with nobody in front of it: tmux, on a socket of its own.

It is set to do all that a program may ask of it, as a careless person would have it.
"""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.servers.process import program

PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.02
SETTINGS = """
set -g set-clipboard on
set -g allow-passthrough on
set -g allow-rename on
set -g automatic-rename off
set -g status off
set -g default-terminal tmux-256color
set -g escape-time 0
"""
FORMAT = "#{pane_title}|#{window_name}|#{pane_width}x#{pane_height}|#{pane_path}|#{client_prefix}"


@dataclass(frozen=True, slots=True)
class TmuxState:
    """What a program could have changed beside the characters on the screen."""

    names: str
    """Title, window, size, directory."""
    clipboard: str

    @property
    def title(self) -> str:
        """Of the pane."""
        return self.names.partition("|")[0]


class Tmux:
    """`with Tmux(folder) as tmux:` a window of `columns` x `rows` in which `command` runs."""

    def __init__(
        self,
        folder: Path,
        command: tuple[str, ...] = ("sh", "-c", "stty raw -echo; exec cat"),
        *,
        columns: int = 80,
        rows: int = 24,
        **environment: str,
    ) -> None:
        self._program, self._socket = program("tmux"), folder / "tmux"
        self._replay = folder / "octets"
        self._command, self._size = command, (str(columns), str(rows))
        self._environment = {k: v for k, v in os.environ.items() if k not in ("TMUX", "COLUMNS")}
        self._environment |= {"LC_ALL": "C.UTF-8", "PLI_LANG": "fr"} | environment
        self._settings = folder / "tmux.conf"
        self._settings.write_text(SETTINGS)

    def __enter__(self) -> Tmux:
        columns, rows = self._size
        size = ("-x", columns, "-y", rows)
        self.do("-f", str(self._settings), "new-session", "-d", *size, "--", *self._command)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        subprocess.run(
            [self._program, "-S", str(self._socket), "kill-server"],
            check=False,
            capture_output=True,
        )

    def do(self, *words: str) -> str:
        """A command of tmux, and what it says."""
        command = [self._program, "-u", "-S", str(self._socket), *words]
        done = subprocess.run(command, capture_output=True, check=True, env=self._environment)
        return done.stdout.decode()

    @property
    def text(self) -> str:
        """The screen as text."""
        return self.do("capture-pane", "-p")

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names for them."""
        self.do("send-keys", *keys)

    def types(self, words: str) -> None:
        """Type words."""
        self.do("send-keys", "-l", words)

    def wait_for(self, words: str) -> str:
        """Look until `words` are on the screen; the screen."""
        end = time.monotonic() + PATIENCE_SECONDS
        while words not in (shown := self.text):
            assert time.monotonic() < end, f"{words!r} is not in\n{shown}"
            time.sleep(POLL_SECONDS)
        return shown

    def show(self, octets: bytes) -> None:
        """Have a program write these, and a word after them that is waited for."""
        self._replay.write_bytes(octets + b"\x18\x1b\\\x1b[0m\x1b[2J\x1b[Hthe end of it")
        self.do("respawn-pane", "-k", "--", "sh", "-c", f"cat {self._replay}; exec cat")
        self.wait_for("the end of it")

    def state(self) -> TmuxState:
        """All that is compared."""
        names = self.do("display-message", "-p", FORMAT).strip()
        kept = self.do("list-buffers", "-F", "#{buffer_sample}").strip()
        return TmuxState(names, kept)
