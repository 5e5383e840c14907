"""One document: opened without harm, examined, and read through the very file that was examined.

A name in a watched folder can become a link, a FIFO or another file between two calls. The open
file cannot.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from sync.drop.files import Changed, as_entry
from sync.drop.plan import HEAD_OCTETS, TAIL_OCTETS, Entry, Inside

FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class Unreadable(Exception):
    """A document that we may not open."""


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
    return as_entry(entry.name, os.fstat(file)) == entry


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
