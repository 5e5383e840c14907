"""Which file on which machine a store is, and how far it had gone: what no copy can take along.

A store that was copied, or put back from a backup, says what was true when the copy was made. What
tells the two apart lies outside it. The *place* is the machine and the inode of the database with
the moment that inode was made: whatever unpacks, copies or moves it to another disk makes another
one. The *witness* is an empty file beside the database whose name says how many final dots were
about to leave: an older database laid over this one knows of fewer, and an older directory laid
over this one adds a name and removes none.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import struct
from pathlib import Path

from store.errors import Transient
from store.host.files import sync_directory
from store.host.paths import Home

DOTS = "dots-"
MACHINE_ID = Path("/etc/machine-id")
AT_FDCWD, STATX_BTIME, STATX_OCTETS = -100, 0x800, 256  # linux/fcntl.h, linux/stat.h
BORN_AT = 80
"""Where `struct statx` says when the inode was made: seconds, then nanoseconds."""

_libc = ctypes.CDLL(None, use_errno=True)


def place_of(home: Home) -> str:
    """The name of the file a store is: the same as long as nobody copied it or put it back."""
    inode = home.database.stat().st_ino
    # machine-id(5) asks not to be told to others as it is.
    facts = f"{_machine()}\n{inode}\n{born_at_ns(home.database)}"
    return hashlib.sha256(facts.encode()).hexdigest()


def _machine() -> str:
    try:
        return MACHINE_ID.read_text().strip()
    except OSError:
        return ""


def born_at_ns(path: Path) -> int:
    """When the inode of a file was made (statx(2)), which no program can choose; 0 where the file
    system does not say."""
    call = getattr(_libc, "statx", None)
    found = ctypes.create_string_buffer(STATX_OCTETS)
    if call is None or call(AT_FDCWD, os.fsencode(path), 0, STATX_BTIME, found) != 0:
        return 0
    (mask,) = struct.unpack_from("=I", found, 0)
    if not mask & STATX_BTIME:
        return 0
    seconds, nanoseconds = struct.unpack_from("=qI", found, BORN_AT)
    return int(seconds) * 10**9 + int(nanoseconds)


class Witness:
    """The file that says how many final dots were about to leave. One node at a time has it."""

    def __init__(self, home: Home) -> None:
        self._root = home.root
        self._said = self.last()

    def last(self) -> int:
        """The greatest number that was ever said; 0 when none was."""
        return max(self._numbers(), default=0)

    def dotted(self, number: int) -> None:
        """Say that the dot of this number is about to leave, once the store has said it.

        One rename, which waits for no disk: what a power cut takes back makes the witness say too
        little, never too much, and the next dot says it again.

        Raises:
            Transient: `store.no_witness`; then the dot may not leave.
        """
        if number <= self._said:
            return
        try:
            try:
                os.rename(self._path(self._said), self._path(number))
            except FileNotFoundError:  # the first ever; or another account's pass was faster
                self._anew(number)
        except OSError as error:
            raise Transient("store.no_witness") from error
        self._said = max(number, self._said)

    def keep(self) -> None:
        """Make what was said survive a power cut. Once per start."""
        sync_directory(self._root)

    def _anew(self, number: int) -> None:
        self._said = self.last()
        if number > self._said:
            os.close(os.open(self._path(number), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        for less in self._numbers():
            if less < max(number, self._said):
                os.unlink(self._path(less))

    def _path(self, number: int) -> Path:
        return self._root / f"{DOTS}{number}"

    def _numbers(self) -> list[int]:
        said = (name for name in os.listdir(self._root) if name.startswith(DOTS))
        numbers = (name.removeprefix(DOTS) for name in said)
        return [int(number) for number in numbers if number.isascii() and number.isdecimal()]
