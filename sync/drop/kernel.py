"""Two calls of the kernel that Python does not have: rename without replacing, and flush a disk.

Python's own rename overwrites what has the name already, and a result that came yesterday must
not vanish because another one arrives under its name. And a hundred files and their directories,
flushed one by one, took sixty times as long as the disk they lie on flushed once (ext4, 2026-11).
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat

RENAME_NOREPLACE = 1  # linux/fs.h
NOT_OFFERED = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)
"""How NFS, some FUSE file systems and old kernels say that they have no RENAME_NOREPLACE."""

_libc = ctypes.CDLL(None, use_errno=True)


def rename_new(source_fd: int, source: bytes, target_fd: int, target: bytes) -> None:
    """Move `source` in one directory to `target` in another, or fail when `target` exists.

    Run again after a crash it does what is left to do.

    Raises:
        FileExistsError: another file has that name.
        FileNotFoundError: there is no `source`.
    """
    try:
        _renameat2(source_fd, source, target_fd, target)
    except OSError as error:
        if error.errno not in NOT_OFFERED:
            raise
        _link_then_unlink(source_fd, source, target_fd, target)


def rename_unclaimed(source_fd: int, source: bytes, target_fd: int, target: bytes) -> None:
    """The same by one call, for a name that nobody else chooses; of directories too.

    Between a link and an unlink a file has both names: who takes it by one and dies leaves the
    other. Where the kernel cannot both look and move, the name is looked for first.

    Raises:
        FileExistsError, FileNotFoundError: as `rename_new`.
    """
    try:
        _renameat2(source_fd, source, target_fd, target)
    except OSError as error:
        if error.errno not in NOT_OFFERED:
            raise
        os.stat(source, dir_fd=source_fd, follow_symlinks=False)
        try:
            os.stat(target, dir_fd=target_fd, follow_symlinks=False)
        except FileNotFoundError:
            os.rename(source, target, src_dir_fd=source_fd, dst_dir_fd=target_fd)
            return
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from error


def flush(file: int) -> None:
    """Make all that was done on the file system of an open file survive a power cut (syncfs(2)).

    Raises:
        OSError: the disk could not write.
    """
    if _libc.syncfs(file) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _renameat2(source_fd: int, source: bytes, target_fd: int, target: bytes) -> None:
    call = getattr(_libc, "renameat2", None)
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if call(source_fd, source, target_fd, target, RENAME_NOREPLACE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)


def _link_then_unlink(source_fd: int, source: bytes, target_fd: int, target: bytes) -> None:
    if stat.S_ISDIR(os.stat(source, dir_fd=source_fd, follow_symlinks=False).st_mode):
        # A directory has one name only; and it may only take the place of an empty one.
        os.rename(source, target, src_dir_fd=source_fd, dst_dir_fd=target_fd)
        return
    try:
        os.link(source, target, src_dir_fd=source_fd, dst_dir_fd=target_fd, follow_symlinks=False)
    except FileExistsError:
        ours = os.stat(source, dir_fd=source_fd, follow_symlinks=False)
        there = os.stat(target, dir_fd=target_fd, follow_symlinks=False)
        if not os.path.samestat(ours, there):
            raise
        # We died between the two calls, the time before.
    os.unlink(source, dir_fd=source_fd)
