"""Everything done to the files of a watched folder: look, claim, read, give back, put away.

Others can write in that folder, so nothing is reached by a path twice. Directories are opened
once; every name is one component under an open directory, links are never followed, and a
document is read through the very file that was examined. What a rename must survive is flushed
before the ledger relies on it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from store.errors import NeedsUser
from sync.drop import names
from sync.drop.plan import HEAD_OCTETS, TAIL_OCTETS, Entry, Inside, Kind
from sync.drop.rename import rename_new

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

TROUBLES = {
    errno.ENOENT: "drop.folder_missing",
    errno.ENOTDIR: "drop.folder_missing",
    errno.ELOOP: "drop.folder_unsafe",
    errno.EACCES: "drop.folder_denied",
    errno.EPERM: "drop.folder_denied",
    errno.EROFS: "drop.folder_denied",
    errno.ENOSPC: "drop.disk_full",
    errno.EDQUOT: "drop.disk_full",
}


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

    @property
    def identity(self) -> tuple[int, int]:
        """Changes when another directory takes the place of this one."""
        facts = os.fstat(self.folder)
        return facts.st_dev, facts.st_ino


class Changed(Exception):
    """A document is no longer what was looked at. Look again later."""


class Unreadable(Exception):
    """A document that we may not open."""


def trouble(error: OSError, folder: str) -> NeedsUser:
    """The sentence for a folder that cannot be used as it is."""
    return NeedsUser(TROUBLES.get(error.errno or 0, "drop.folder_error"), folder=folder)


@contextmanager
def opened(path: str) -> Iterator[Root]:
    """Open a watched folder; makes our directories where they are missing.

    Raises:
        NeedsUser: `drop.folder_missing`, `drop.folder_denied`, `drop.folder_unsafe`...
    """
    with contextlib.ExitStack() as stack:
        try:
            folder = os.open(path, DIRECTORY)
            stack.callback(os.close, folder)
            ours = []
            readable = os.fstat(folder).st_mode & 0o755 | 0o700
            for name, mode in (
                (names.CLAIMED, 0o700),
                (names.SENT, readable),
                (names.FAILED, readable),
            ):
                ours.append(own_directory(folder, name, mode))
                stack.callback(os.close, ours[-1])
        except NotADirectoryError as error:
            at_root = error.filename == path
            raise NeedsUser(
                "drop.folder_missing" if at_root else "drop.folder_unsafe", folder=path
            ) from error
        except OSError as error:
            raise trouble(error, path) from error
        claimed, sent, failed = ours
        yield Root(
            path=path,
            folder=folder,
            claimed=claimed,
            sent=sent,
            failed=failed,
            readable=readable,
        )


def mount_point(path: str) -> str:
    """Where the file system that holds `path` is mounted."""
    here = os.path.realpath(path)
    while not os.path.ismount(here):
        here = os.path.dirname(here)
    return here


def own_directory(parent: int, name: bytes, mode: int) -> int:
    """Open our directory `name`, made when missing. To be closed by the caller.

    Raises:
        OSError: ENOTDIR or ELOOP: it is a link, a file, or another user's directory.
    """
    made = False
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=parent)
        made = True
    opened = os.open(name, DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    try:
        if os.fstat(opened).st_uid not in (os.geteuid(), os.fstat(parent).st_uid):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name)
        if made:
            with contextlib.suppress(PermissionError):  # a share that has no modes
                os.fchmod(opened, mode)
            os.fsync(parent)
    except BaseException:
        os.close(opened)
        raise
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
    return _entry(name, os.stat(name, dir_fd=directory, follow_symlinks=False))


def _entry(name: bytes, facts: os.stat_result) -> Entry:
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
    )


@contextmanager
def open_file(directory: int, entry: Entry) -> Iterator[int]:
    """Open the regular file that `entry` describes, and no other.

    Raises:
        Changed: the name is something else by now.
        Unreadable: we are not allowed to.
        BlockingIOError: a program holds it by a lease, and is asked to give it back.
    """
    try:
        file = os.open(entry.name, FILE, dir_fd=directory)
    except PermissionError as error:
        raise Unreadable from error
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):  # gone, a link, a socket
            raise Changed from error
        raise
    try:
        if not is_still(file, entry):
            raise Changed
        yield file
    finally:
        os.close(file)


def is_still(file: int, entry: Entry) -> bool:
    """True while an open file is exactly what `entry` says."""
    return _entry(entry.name, os.fstat(file)) == entry


def look_inside(file: int, size: int) -> Inside:
    """Its writers, its first and its last octets."""
    return Inside(
        writer=has_writer(file),
        head=os.pread(file, HEAD_OCTETS, 0),
        tail=os.pread(file, TAIL_OCTETS, max(size - TAIL_OCTETS, 0)),
    )


def has_writer(file: int) -> bool | None:
    """Whether a process has the file open for writing; None when the kernel will not say.

    A read lease is refused while there is one (fcntl(2)). It is given only on files of our own
    user, or with CAP_LEASE, and not on every network file system.
    """
    try:
        # A writer that opens it within this microsecond sends us a signal, by default SIGIO,
        # which would end the process; SIGURG is ignored unless somebody asks for it.
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return None
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def read_whole(file: int, entry: Entry) -> bytes:
    """The octets of an open file.

    Raises:
        Changed: it changed while it was read, or is still being written.
    """
    octets = bytearray()
    while chunk := os.pread(file, min(1 << 20, entry.size + 1 - len(octets)), len(octets)):
        octets += chunk
    if len(octets) != entry.size or not is_still(file, entry) or has_writer(file):
        raise Changed
    return bytes(octets)


def claim(root: Root, entry: Entry, claim_name: str) -> None:
    """Take an entry out of the folder, into a new directory of ours.

    Raises:
        Changed: it was not that entry any more; it was given back.
    """
    os.mkdir(claim_name, 0o700, dir_fd=root.claimed)
    with claim_directory(root, claim_name) as held:
        try:
            os.rename(entry.name, entry.name, src_dir_fd=root.folder, dst_dir_fd=held)
        except OSError as error:
            os.rmdir(claim_name, dir_fd=root.claimed)
            if isinstance(error, FileNotFoundError):
                raise Changed from error
            raise
        if entry_at(held, entry.name) != entry:
            give_back(root, claim_name, entry.name)
            raise Changed
        for directory in (held, root.claimed, root.folder):
            os.fsync(directory)


@contextmanager
def claim_directory(root: Root, claim_name: str) -> Iterator[int]:
    """Open one claim.

    Raises:
        FileNotFoundError: it has been put away already.
    """
    held = os.open(claim_name, DIRECTORY | os.O_NOFOLLOW, dir_fd=root.claimed)
    try:
        yield held
    finally:
        os.close(held)


def claims(root: Root) -> list[str]:
    """The names of everything under `.claimed/`, ours or another store's."""
    return sorted(os.listdir(root.claimed))


def give_back(root: Root, claim_name: str, name: bytes) -> bool:
    """Put a claimed document back where it was; False when a new one has taken its name."""
    with claim_directory(root, claim_name) as held:
        try:
            rename_new(held, name, root.folder, name)
        except FileExistsError:
            return False
        os.fsync(root.folder)
    forget_claim(root, claim_name)
    return True


def forget_claim(root: Root, claim_name: str) -> None:
    """Remove a claim's directory once it is empty."""
    with contextlib.suppress(FileNotFoundError):
        try:
            os.rmdir(claim_name, dir_fd=root.claimed)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
