"""Small files for their owner only: written whole or not at all, refused when others may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from store.errors import NeedsUser


def check_private(path: Path, code: str) -> None:
    """Refuse a file with a secret in it that others than its owner may read.

    Raises:
        NeedsUser: `code`, with the `path`.
        OSError: it cannot be looked at.
    """
    facts = path.stat()
    if stat.S_ISREG(facts.st_mode) and facts.st_mode & 0o077:
        raise NeedsUser(code, path=str(path))


def write_atomically(path: Path, octets: bytes) -> None:
    """Write `octets` beside `path`, flush to the disk, then rename into place. Mode 0600."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Flush a directory, so that a rename in it survives a power cut."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
