"""Folders in which another program finds words of a letter while it works on them.

What a screen that was killed left there, the next one wipes (store/host/leftovers.py).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from store.host import leftovers

OURS = "pli-aside-"
MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it is for its owner alone


def make(place: Path | None) -> Path:
    """A folder of ours in `place`, for its owner alone; with None, where files for a while go."""
    return leftovers.make(OURS, place)


def clear_leftovers(home: Path) -> None:
    """Wipe what processes of ours that are no more have left: nobody else will."""
    places = {MEMORY, Path(tempfile.gettempdir()), home}
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        places.add(Path(runtime))
    for found in (each for place in places for each in leftovers.left_behind(OURS, place)):
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
