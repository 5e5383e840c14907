"""$EDITOR: the text of a letter goes to another program, and comes back.

It has to be a file meanwhile. It lies where only its owner looks and, on most machines, in memory;
it is filled with zeros and removed when the editor ends, with all the editor left beside it. What
was saved in it is a part of the letter before that: the line may break, or the editor be killed.
So is what was only typed, where the editor puts it beside the file as it dies.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import stat
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from store.errors import Usage
from tui import aside_folders
from tui.aside_folders import clear_leftovers, make, wipe

FILE, RESCUE = "lettre.txt", "lettre.txt.save"
RESCUES = (RESCUE, f"#{FILE}#")
"""Where nano (7.2) and emacs (28.2) put their words when they are told to end, or have no terminal
left, and end with an error."""
KEEPS_WORDS = (
    f"au TextChanged,TextChangedI,TextChangedP {FILE}"
    f" call writefile(getline(1, '$'), expand('<afile>:p:h') . '/{RESCUE}')"
)
DROPS_WORDS = f"au VimLeavePre * if bufloaded('{FILE}') | call delete('{RESCUE}') | endif"
OF_VIM = [
    *("-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile"),
    *(
        word
        for each in (KEEPS_WORDS, DROPS_WORDS)
        for word in ("-c", f'if 1 | exe "{each}" | endif')
    ),
]
"""No swap file, registers or undo file anywhere, said after the person's own settings, which
may ask for them; and what is typed put beside the file at each change, until they leave it: of a
signal vim dies before any script hears it (9.0, nvim 0.7, 2026-11). One without `eval` skips it."""
VIMS = ("vi", "vim", "nvim")
MOST_OCTETS = 5_000_000
SHELL_KILLED = 128
"""A shell ends with more than this when what it ran was killed."""
GRACE_SECONDS = 3.0
"""For an editor to put its words away once it is told to end; then again to be gone."""
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
            return [found, *(OF_VIM if _is_vim(found) else []), *words[1:]]
    raise Usage("editor.none")


def _is_vim(program: str) -> bool:
    """By what it is: Debian calls it `vi` through links, and so it does other editors."""
    name = Path(program).resolve().name
    return name in VIMS or name.startswith("vim.")


class Editing:
    """A letter's text while another program has it."""

    def __init__(self, text: str) -> None:
        self.was_killed = False
        """Whether something else than the person ended the editor, which had kept other words."""
        self._before = self._saved = text
        self._file: Path | None = None
        self._one_reads = threading.Lock()
        self._program: subprocess.Popen[bytes] | None = None
        self._is_over = threading.Event()

    def saved(self) -> str:
        """What was last saved, as far as that is text; until then what the editor was given."""
        with self._one_reads, contextlib.suppress(OSError, Usage):
            self._saved = (self._file and _read(self._file)) or self._saved
        return self._saved

    def edited(self, home: Path, run: Run | None = None) -> str:
        """The text as the person left it, or as an editor that was killed kept it.

        Args:
            home: where the file lies when the machine has no private place in memory.
            run: what runs the editor; else it has this terminal.

        Raises:
            Usage: `editor.failed`, the editor said no, or what it left is no text: nothing changed.
        """
        command = editor()
        clear_leftovers(home)
        folder = make(_private_place(home))
        file = folder / FILE
        try:
            _write(file, self._before)
            self._file = file
            code = (run or self._run_here)([*command, str(file)], folder)
            killed = code < 0 or code > SHELL_KILLED
            self.saved()
            for rescued in (folder / name for name in RESCUES if code != 0):
                if rescued.exists():
                    self._file, killed = rescued, True
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
            self._is_over.set()

    def end(self) -> None:
        """Tell the editor that nobody is there any more; returns once its words are `saved`."""
        for number in (signal.SIGHUP, signal.SIGKILL):
            if (program := self._program) is None:
                return
            for each in _family(program.pid) if program.poll() is None else []:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(each, number)
            if self._is_over.wait(GRACE_SECONDS):
                return

    def _run_here(self, command: list[str], folder: Path) -> int:
        """On this terminal, in our process group: Ctrl+Z in it gives the shell back."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("PLI_")}
        environment = {**ours, "TMPDIR": str(folder)}
        self._program = subprocess.Popen(command, env=environment, cwd=folder)
        return self._program.wait()


def _write(file: Path, text: str) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as written:
        written.write(text)


def _family(pid: int) -> list[int]:
    """A program and what it started: an editor is often run by a script."""
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):
            started = Path(f"/proc/{each}/task/{each}/children").read_text(encoding="ascii")
            found += map(int, started.split())
    return found


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
