"""Folders in which another program finds words of a letter while it works on them.

Each names the process that made it. One that was killed could not remove its own: the next does.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

OURS = "pli-aside-"
MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it is for its owner alone


def make(place: Path | None) -> Path:
    """A folder of ours in `place`, for its owner alone; with None, where files for a while go."""
    return Path(tempfile.mkdtemp(prefix=f"{OURS}{os.getpid()}-", dir=place))


def clear_leftovers(home: Path) -> None:
    """Wipe what processes of ours that are no more have left: nobody else will."""
    places = {MEMORY, Path(tempfile.gettempdir()), home}
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        places.add(Path(runtime))
    for found in (each for place in places for each in place.glob(f"{OURS}*")):
        owner = found.name.removeprefix(OURS).partition("-")[0]
        with contextlib.suppress(OSError):
            facts = found.lstat()
            ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid()
            if ours and owner.isdecimal() and not Path("/proc", owner).exists():
                wipe(found)


def wipe(folder: Path) -> None:
    """Zeros over every file, then none. What another name of it held is the editor's own affair."""
    for file in folder.rglob("*"):
        try:
            if file.is_file() and not file.is_symlink():
                with file.open("r+b") as left:
                    left.write(bytes(file.stat().st_size))
                    left.flush()
                    os.fsync(left.fileno())
        except OSError:
            continue
    shutil.rmtree(folder, ignore_errors=True)
