"""Rules that must not meet: what one puts away, or writes for the laboratory, another would send.

Two rules in one directory would let chance say who gets a result. By their paths alone following.py
and the store see it; a link or a mount hides it, so the disk is asked: when the file is read, and,
for a link can be changed at any time, at each look.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from store.db.drop_places import Place
from store.errors import NeedsUser, Usage
from store.model.drop import DropRule
from store.model.drop_options import Grouping
from sync.drop import names
from sync.drop.files import Root

OURS = tuple(map(os.fsdecode, names.OURS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a rule would watch, and where it would write; '' for nowhere."""

    name: str
    folder: str
    results: str = ""
    takes_subfolders: bool = False
    line: int = 1


def wanted_by(rule: DropRule) -> Wanted:
    """The same of a rule that is followed."""
    options = rule.options
    return Wanted(
        name=rule.name,
        folder=rule.folder,
        results=options.results,
        takes_subfolders=options.grouping is Grouping.FOLDER,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Above:
    """A directory, and the name by which the way to another one goes on from it."""

    path: str
    place: Place | None
    below: str


def check_apart(wanted: Sequence[Wanted]) -> None:
    """Refuse rules that meet, whatever their paths say. Asks the disk.

    Raises:
        Usage: `drop.folder_taken`, `drop.folder_ours`, `drop.folder_nested`, `drop.rules_inside`.
    """
    ways = {each.name: list(_way_to(each.folder)) for each in wanted}
    for one in reversed(wanted):  # the one that came last is to give way
        results = list(_way_to(one.results)) if one.results else []
        for other in wanted:
            here = ways[other.name][0]
            if any(_is_same(step, here) for step in results):
                raise Usage("drop.rules_inside", line=one.line, name=one.name)
            if one is other:
                continue
            met = next((step for step in ways[one.name] if _is_same(step, here)), None)
            if met is not None and (code := _trouble(met, other)):
                raise Usage(code, folder=one.folder, name=other.name)


def _trouble(met: _Above, other: Wanted) -> str:
    if not met.below:
        return "drop.folder_taken"
    if met.below in OURS:
        return "drop.folder_ours"
    return "drop.folder_nested" if other.takes_subfolders else ""


def _way_to(path: str) -> Iterator[_Above]:
    """The directory, and each one above it, the nearest first; what is not there yet counts by its
    path, and so does what no disk can hold."""
    below = ""
    try:
        path = os.path.realpath(path)
    except ValueError:  # a NUL, or half of a surrogate pair
        yield _Above(path=path, place=None, below=below)
        return
    while True:
        try:
            facts = os.stat(path)
            place: Place | None = (facts.st_dev, facts.st_ino)
        except OSError:
            place = None
        yield _Above(path=path, place=place, below=below)
        if path == os.sep:
            return
        path, below = os.path.split(path)


def _is_same(one: _Above, other: _Above) -> bool:
    return one.path == other.path or (one.place is not None and one.place == other.place)


def check_alone(root: Root, others: Collection[Place]) -> None:
    """At a look: nobody else watches this directory.

    Raises:
        NeedsUser: `drop.folder_shared`.
    """
    if root.inode in others:
        raise NeedsUser("drop.folder_shared", folder=root.path)


def is_within(directory: int, watched: Iterable[Place]) -> bool:
    """Whether an open directory is one of these, or lies in one."""
    wanted, fd, seen = set(watched), os.dup(directory), None
    try:
        while True:
            facts = os.fstat(fd)
            here = facts.st_dev, facts.st_ino
            if here in wanted:
                return True
            if here == seen:
                return False
            above = os.open("..", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=fd)
            os.close(fd)
            fd, seen = above, here
    finally:
        os.close(fd)
