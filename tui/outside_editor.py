"""$EDITOR: the text of a letter goes to another program, and comes back.

It has to be a file meanwhile. It lies where only its owner looks and, on most machines, in memory;
it is filled with zeros and removed when the editor ends, with all the editor left beside it. What
was saved in it is a part of the letter before that: the line may break, or the editor be killed.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import stat
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from store.errors import Usage
from tui import aside_folders
from tui.aside_folders import clear_leftovers, make, wipe

LEAVE_NOTHING = {
    name: ["-n", "-i", "NONE", "--cmd", "set nobackup nowritebackup noundofile"]
    for name in ("vim", "nvim", "vi")
}
"""What keeps an editor from writing the letter elsewhere: swap files, registers, undo files."""
MOST_OCTETS = 5_000_000
SHELL_KILLED = 128
"""A shell ends with more than this when what it ran was killed."""
Run = Callable[[list[str], Path], int]


def editor() -> list[str]:
    """The command of the person's editor.

    Raises:
        Usage: `editor.none`.
    """
    for name in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(os.environ.get(name, ""))
        except ValueError:
            continue
        if words and (found := shutil.which(words[0])):
            return [found, *LEAVE_NOTHING.get(Path(words[0]).name, []), *words[1:]]
    raise Usage("editor.none")


class Editing:
    """A letter's text while another program has it."""

    def __init__(self, text: str) -> None:
        self.was_killed = False
        """Whether something else than the person ended the editor, which had saved other words."""
        self._before = self._saved = text
        self._file: Path | None = None
        self._one_reads = threading.Lock()

    def saved(self) -> str:
        """What was last saved, as far as that is text; until then what the editor was given."""
        with self._one_reads, contextlib.suppress(OSError, Usage):
            self._saved = (self._file and _read(self._file)) or self._saved
        return self._saved

    def edited(self, home: Path, run: Run) -> str:
        """The text as the person left it, or as they last saved it in an editor that was killed.

        Args:
            home: where the file lies when the machine has no private place in memory.

        Raises:
            Usage: `editor.failed`, the editor said no, or what it left is no text: nothing changed.
        """
        command = editor()
        clear_leftovers(home)
        folder = make(_private_place(home))
        file = folder / "lettre.txt"
        try:
            _write(file, self._before)
            self._file = file
            code = run([*command, str(file)], folder)
            killed = code < 0 or code > SHELL_KILLED
            if self.saved() != self._before and killed:
                self.was_killed = True
                return self._saved
            if code != 0:
                raise Usage("editor.failed")
            return _read(file)
        except OSError as error:
            raise Usage("editor.failed") from error
        finally:
            with self._one_reads:
                self._file = None
            wipe(folder)


def _write(file: Path, text: str) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as written:
        written.write(text)


def run_here(command: list[str], folder: Path) -> int:
    """Run it on this terminal, and wait."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PLI_")}
    environment = {**ours, "TMPDIR": str(folder)}
    return subprocess.run(command, check=False, env=environment, cwd=folder).returncode


def _private_place(home: Path) -> Path:
    """The runtime directory of the session when it is ours alone, else any place in memory."""
    place = os.environ.get("XDG_RUNTIME_DIR", "")
    with contextlib.suppress(OSError, ValueError):
        facts = os.stat(place)
        ours = facts.st_uid == os.getuid() and stat.S_IMODE(facts.st_mode) == 0o700
        if ours and stat.S_ISDIR(facts.st_mode):
            return Path(place)
    return aside_folders.MEMORY if os.access(aside_folders.MEMORY, os.W_OK | os.X_OK) else home


def _read(file: Path) -> str:
    """Not through a link, and not without end."""
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW), "rb") as left:
        octets = left.read(MOST_OCTETS + 1)
    if len(octets) > MOST_OCTETS:
        raise Usage("editor.failed")
    try:
        return octets.decode("utf-8").replace("\r\n", "\n").removesuffix("\n")
    except UnicodeDecodeError as error:
        raise Usage("editor.failed") from error
