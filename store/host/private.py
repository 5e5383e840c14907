"""What no watched folder may ever carry away: the home, and the files that open it or its servers.

A folder is judged by what it is, device and inode, not by how its path is written: a link, a
second mount or another spelling leads to the same directory.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

Identity = tuple[int, int]
"""Device and inode."""
GIVEN: dict[str, str] = {}
"""Environment variable -> key or passphrase file this process was given: no row knows them."""


def keep_in(**paths: Path | None) -> None:
    """Remember files that this process was given and that must not leave."""
    GIVEN.update({name: os.path.abspath(path) for name, path in paths.items() if path is not None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Private:
    """The paths: the home of a store, and every file with a secret in it."""

    home: str
    files: tuple[str, ...]

    def found(self) -> Found:
        """Where all of it lies on the disk now. What does not exist is left out."""
        above: set[Identity] = set()
        for path in (self.home, *self.files):
            for place in (os.path.abspath(path), os.path.realpath(path)):
                above |= _upward(os.path.dirname(place))
        home = _identity(self.home)
        inside = [os.path.join(self.home, name) for name in _names(self.home)]
        files = {_identity(path) for path in (*inside, *self.files)} - {None}
        if home is not None:
            above.add(home)
        return Found(home=home, above=frozenset(above), files=frozenset(i for i in files if i))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The same by device and inode."""

    home: Identity | None = None
    above: frozenset[Identity] = frozenset()
    """The home, and every directory with the home or a private file somewhere in it."""
    files: frozenset[Identity] = frozenset()

    def forbids(self, folder: int) -> bool:
        """True when an open directory holds any of it, or lies in the home."""
        facts = os.fstat(folder)
        return (facts.st_dev, facts.st_ino) in self.above or self.has_inside(folder)

    def has_inside(self, folder: int) -> bool:
        """True when an open directory is the home or lies in it."""
        return self.home is not None and self.home in _upward(".", folder)


def _identity(path: str, directory: int | None = None) -> Identity | None:
    try:
        facts = os.stat(path, dir_fd=directory)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _upward(path: str, directory: int | None = None) -> set[Identity]:
    """A directory and every one above it."""
    found: set[Identity] = set()
    while (here := _identity(path, directory)) is not None and here not in found:
        found.add(here)
        path = os.path.join(path, os.pardir)
    return found


def _names(directory: str) -> list[str]:
    with contextlib.suppress(OSError):
        return os.listdir(directory)
    return []
