"""Folders that name who made them, for words that lie open while another program works.

A process that was killed could not remove its own, and nobody else would: the next one does.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path


def make(prefix: str, place: Path | None) -> Path:
    """A folder of ours in `place`, for its owner alone; with None, where files for a while go."""
    return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=place))


def left_behind(prefix: str, place: Path) -> Iterator[Path]:
    """Those in `place` that `make` made in processes of ours that are no more."""
    for found in place.glob(f"{prefix}*"):
        owner = found.name.removeprefix(prefix).partition("-")[0]
        try:
            facts = found.lstat()
        except OSError:
            continue
        ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid()
        if ours and owner.isdecimal() and not Path("/proc", owner).exists():
            yield found
