"""What is done to the names in a watched folder: look, claim, give back.

Others can write in that folder, so nothing is reached by a path twice: directories are opened
once, every name is one component under an open directory, and links are never followed. What was
renamed is flushed to the disk before the ledger relies on it (kernel.py).
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from store.errors import NeedsUser
from store.host.private import Found, Private
from sync.drop import names
from sync.drop.plan import Entry, Kind

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC

TROUBLES = {
    errno.ENOENT: "drop.folder_missing",
    errno.ENOTDIR: "drop.not_a_folder",
    errno.ELOOP: "drop.folder_unsafe",
    errno.EACCES: "drop.folder_denied",
    errno.EPERM: "drop.folder_denied",
    errno.EROFS: "drop.folder_denied",
    errno.ENOSPC: "drop.disk_full",
    errno.EDQUOT: "drop.disk_full",
}


WHOLE_FOLDER = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ESTALE)
"""Errors met with one document that every other one would meet too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A watched folder and our three directories in it, all open."""

    path: str
    folder: int
    claimed: int
    sent: int
    failed: int
    readable: int
    """Mode of the directories that the laboratory may read: its own folder's, without writing."""
    private: Found
    """What must never leave: asked again before each claim, for a hard link is such a file too."""
    prepared: bool
    """False when our directories had to be made: then it is a new folder, whatever its inode says.
    """

    @property
    def inode(self) -> tuple[int, int]:
        """Changes when another directory takes the place of this one."""
        facts = os.fstat(self.folder)
        return facts.st_dev, facts.st_ino

    def is_private(self, entry: Entry) -> bool:
        """True when an entry is one of Pli's own files, or a key, or a password."""
        return (os.fstat(self.folder).st_dev, entry.inode) in self.private.files


class Changed(Exception):
    """A document is no longer what was looked at. Look again later."""


def trouble(error: OSError, folder: str) -> NeedsUser:
    """The sentence for a folder that cannot be used as it is."""
    return NeedsUser(TROUBLES.get(error.errno or 0, "drop.folder_error"), folder=folder)


@contextmanager
def opened(
    path: str, private: Private | None = None, first: Callable[[int], None] | None = None
) -> Iterator[Root]:
    """Open a watched folder; makes our directories where they are missing.

    Args:
        path: links in it are followed.
        private: what must never leave; a folder that holds any of it is not touched.
        first: refuses the open folder before anything is made in it.

    Raises:
        NeedsUser: `drop.folder_private`; as `first`.
        NeedsUser: `drop.folder_missing`, `drop.folder_denied`, `drop.folder_unsafe`...
    """
    with contextlib.ExitStack() as stack:
        with _trouble_said(path):
            folder = os.open(path, DIRECTORY)
            stack.callback(os.close, folder)
            found = _not_private(folder, path, private)
            if first is not None:
                first(folder)
            prepared = has(folder, names.CLAIMED)
            ours = []
            readable = os.fstat(folder).st_mode & 0o755 | 0o700
            for name, mode in (
                (names.CLAIMED, 0o700),
                (names.SENT, readable),
                (names.FAILED, readable),
            ):
                ours.append(own_directory(folder, name, mode))
                stack.callback(os.close, ours[-1])
        claimed, sent, failed = ours
        yield Root(
            path=path,
            folder=folder,
            claimed=claimed,
            sent=sent,
            failed=failed,
            readable=readable,
            private=found,
            prepared=prepared,
        )


def check(path: str, private: Private) -> None:
    """Refuse a folder that could not be watched. Makes nothing in it.

    Raises:
        NeedsUser: as `opened`.
    """
    with _trouble_said(path), contextlib.ExitStack() as stack:
        folder = os.open(path, DIRECTORY)
        stack.callback(os.close, folder)
        _not_private(folder, path, private)
        if not os.access(".", os.R_OK | os.W_OK | os.X_OK, dir_fd=folder):
            raise NeedsUser("drop.folder_denied", folder=path)
        for name in (names.CLAIMED, names.SENT, names.FAILED):
            if has(folder, name):
                os.close(own_directory(folder, name, 0o700))


@contextmanager
def _trouble_said(path: str) -> Iterator[None]:
    try:
        yield
    except NotADirectoryError as error:
        at_root = error.filename == path
        raise NeedsUser(
            "drop.not_a_folder" if at_root else "drop.folder_unsafe", folder=path
        ) from error
    except FileNotFoundError as error:
        # Nothing can be made in it, though it is there: /proc, or a disk of that kind.
        code = "drop.holds_nothing" if os.path.isdir(path) else "drop.folder_missing"
        raise NeedsUser(code, folder=path) from error
    except OSError as error:
        raise trouble(error, path) from error


def _not_private(folder: int, path: str, private: Private | None) -> Found:
    found = Found() if private is None else private.found()
    if found.forbids(folder):
        raise NeedsUser("drop.folder_private", folder=path)
    return found


def mount_point(path: str) -> str:
    """Where the file system that holds `path` is mounted."""
    here = os.path.realpath(path)
    while not os.path.ismount(here):
        here = os.path.dirname(here)
    return here


def has(directory: int, name: bytes) -> bool:
    """True when something has that name there."""
    try:
        os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def own_directory(parent: int, name: bytes, mode: int) -> int:
    """Open our directory `name`, made when missing. To be closed by the caller.

    Raises:
        OSError: ENOTDIR or ELOOP: it is a link, a file, or another user's directory.
    """
    made = not has(parent, name)
    if made:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=parent)
    opened = os.open(name, DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    try:
        if os.fstat(opened).st_uid not in (os.geteuid(), os.fstat(parent).st_uid):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name)
        if made:
            with contextlib.suppress(PermissionError):  # a share that has no modes
                os.fchmod(opened, mode)
    except BaseException:
        os.close(opened)
        raise
    return opened


def subfolder(parent: int, entry: Entry) -> int:
    """Open the subfolder that `entry` describes, and no other. To be closed by the caller.

    Raises:
        OSError: it is something else by now.
    """
    opened = os.open(entry.name, DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    if os.fstat(opened).st_ino != entry.inode:
        os.close(opened)
        raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), entry.name)
    return opened


def listing(directory: int) -> list[Entry]:
    """Everything in a directory, the oldest first. What vanishes meanwhile is left out."""
    found = []
    with os.scandir(directory) as entries:
        for each in entries:
            name = os.fsencode(each.name)
            with contextlib.suppress(FileNotFoundError):
                found.append(entry_at(directory, name))
    return sorted(found, key=lambda entry: (entry.mtime_ns, entry.name))


def entry_at(directory: int, name: bytes) -> Entry:
    """One name now, its link not followed."""
    return as_entry(name, os.stat(name, dir_fd=directory, follow_symlinks=False))


def as_entry(name: bytes, facts: os.stat_result) -> Entry:
    """What was found under a name."""
    kinds = (
        (stat.S_ISREG, Kind.FILE),
        (stat.S_ISDIR, Kind.DIRECTORY),
        (stat.S_ISLNK, Kind.SYMLINK),
    )
    return Entry(
        name=name,
        kind=next((kind for test, kind in kinds if test(facts.st_mode)), Kind.SPECIAL),
        size=facts.st_size,
        mtime_ns=facts.st_mtime_ns,
        inode=facts.st_ino,
        links=facts.st_nlink,
        uid=facts.st_uid,
    )
