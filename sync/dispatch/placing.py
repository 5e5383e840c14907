"""Put files into another program's folder: whole, once, never over what is there.

For each piece, a file or a directory: written under a name that the other program passes over, and
flushed; said to the store (`placing`); renamed; said to the store. Killed before the rename, the
piece still has its hidden name and gets its own; killed after it, the hidden name is gone, whether
or not the other program has taken the piece away meanwhile. So it is there once, or was.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from store.db import blobs
from store.db.drops import rules
from store.db.handovers import handover, handovers_open, set_handover
from store.db.open import Connection
from store.db.private import private_of
from store.errors import MailError, NeedsUser, Permanent
from store.host.clock import now
from store.host.log import event
from store.model.handover import HandoverState
from store.model.ids import HandoverId
from sync.drop.files import mount_point
from sync.drop.kernel import rename_unclaimed

log = logging.getLogger(__name__)
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
TROUBLES = {
    errno.ENOENT: "handover.folder_missing",
    errno.ENOTDIR: "handover.folder_missing",
    errno.EACCES: "handover.folder_denied",
    errno.EPERM: "handover.folder_denied",
    errno.EROFS: "handover.folder_denied",
    errno.ENOSPC: "handover.disk_full",
    errno.EDQUOT: "handover.disk_full",
}


async def place_open(db: Connection) -> int:
    """Put there all that waits; what cannot be keeps its reason, and stops no other.

    Returns how many still wait.
    """
    waiting = 0
    for each in handovers_open(db):
        if each.state is HandoverState.PLACED:
            continue
        try:
            await place(db, each.id)
        except MailError as error:
            waiting += 1
            current = handover(db, each.id)
            held = isinstance(error, Permanent)
            state = HandoverState.HELD if held else current.state
            set_handover(db, current, state, now=now(), reason=error.code)
            event(log, logging.WARNING, "handover.waits", handover=each.id, error=error)
    return waiting


async def place(db: Connection, handover_id: HandoverId) -> None:
    """Go on with one until all of its pieces are there, or it was withdrawn.

    Raises:
        NeedsUser: `handover.folder_missing`, `handover.folder_denied`, `handover.disk_full`,
            `handover.folder_watched`, `handover.folder_private`, `handover.folder_error`.
        Permanent: `handover.name_taken`; `blob.missing`, `blob.damaged`.
    """
    current = handover(db, handover_id)
    check_folder(db, current.folder)
    while current.state in (HandoverState.WAITING, HandoverState.PLACING):
        piece = current.pieces[current.placed]
        if current.state is HandoverState.WAITING:
            octets = {
                each.path: blobs.get(db, each.blob_id)
                for each in current.files
                if each.path.partition("/")[0] == piece
            }
            await asyncio.to_thread(_write_hidden, current.folder, piece, octets)
            mount = mount_point(current.folder)
            if not set_handover(db, current, HandoverState.PLACING, now=now(), mount=mount):
                await asyncio.to_thread(_forget_hidden, current.folder, piece)
                return
            current = handover(db, handover_id)
        if mount_point(current.folder) != current.mount:
            # On another disk the hidden name is missing too: that does not say that it was given.
            raise NeedsUser("handover.folder_missing", folder=current.folder)
        await asyncio.to_thread(_give_name, current.folder, piece)
        last = current.placed + 1 == len(current.pieces)
        state = HandoverState.PLACED if last else HandoverState.WAITING
        set_handover(db, current, state, now=now(), placed=current.placed + 1)
        current = handover(db, handover_id)
    event(log, logging.INFO, "handover.placed", handover=handover_id, kind=current.kind)


def check_folder(db: Connection, folder: str) -> None:
    """Refuse a folder from which files would leave again, or with Pli's own secrets in it.

    Raises:
        NeedsUser: as `place`.
    """
    with _opened(folder) as opened:
        if private_of(db).found().forbids(opened):
            raise NeedsUser("handover.folder_private", folder=folder)
        for rule in rules(db):
            if _is_in(folder, rule.folder) or _is_in(rule.folder, folder):
                raise NeedsUser("handover.folder_watched", folder=folder, rule=rule.name)


def _is_in(inner: str, outer: str) -> bool:
    here, there = os.path.realpath(inner), os.path.realpath(outer)
    return here == there or here.startswith(f"{there}{os.sep}")


@contextmanager
def _opened(folder: str) -> Iterator[int]:
    """The folder, open; what goes wrong in it is said.

    Raises:
        NeedsUser: as `place`.
    """
    try:
        opened = os.open(folder, DIRECTORY)
    except OSError as error:
        raise _trouble(error, folder) from error
    try:
        yield opened
    except OSError as error:
        raise _trouble(error, folder) from error
    finally:
        os.close(opened)


def _trouble(error: OSError, folder: str) -> NeedsUser:
    return NeedsUser(TROUBLES.get(error.errno or 0, "handover.folder_error"), folder=folder)


def _hidden(piece: str) -> str:
    """What another program passes over: a hidden name that is no document's. The piece's own name
    was given to nothing else, so this one is not either."""
    return f".{piece}.part"


def _write_hidden(folder: str, piece: str, files: Mapping[str, bytes]) -> None:
    """Write a piece under its hidden name, to the disk itself."""
    with _opened(folder) as opened:
        hidden = _hidden(piece)
        readable = os.fstat(opened).st_mode & 0o777
        _forget(opened, hidden)  # half of it, from a time that we died
        try:
            made: dict[str, None] = {}
            for path, octets in files.items():
                inner = hidden + path.removeprefix(piece)
                for directory in _above(inner):
                    _make_directory(opened, directory, readable)
                    made[directory] = None
                _write(opened, inner, octets, readable)
            for directory in [*reversed(made), "."]:
                _flush(opened, directory)
        except OSError:
            with contextlib.suppress(OSError):
                _forget(opened, hidden)  # a full disk must not stay full of halves
            raise


def _above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]


def _make_directory(folder: int, path: str, readable: int) -> None:
    try:
        os.mkdir(path, 0o700, dir_fd=folder)
    except FileExistsError:
        return
    made = os.open(path, DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    try:
        _open_to_readers(made, readable | 0o700)
    finally:
        os.close(made)


def _write(folder: int, path: str, octets: bytes, readable: int) -> None:
    with os.fdopen(os.open(path, NEW_FILE, 0o600, dir_fd=folder), "wb") as file:
        file.write(octets)
        file.flush()
        _open_to_readers(file.fileno(), readable & 0o666 | 0o600)
        os.fsync(file.fileno())


def _open_to_readers(opened: int, mode: int) -> None:
    """Whoever may read the folder may read what is put there: it is made for them."""
    with contextlib.suppress(PermissionError):  # a share that has no modes
        os.fchmod(opened, mode)


def _flush(folder: int, path: str) -> None:
    directory = os.open(path, DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _give_name(folder: str, piece: str) -> None:
    with _opened(folder) as opened:
        hidden = os.fsencode(_hidden(piece))
        try:
            rename_unclaimed(opened, hidden, opened, os.fsencode(piece))
        except FileNotFoundError:
            return  # it had its name before we died; perhaps it was taken away since
        except FileExistsError as error:
            _forget(opened, _hidden(piece))
            raise Permanent("handover.name_taken", folder=folder) from error
        os.fsync(opened)


def _forget_hidden(folder: str, piece: str) -> None:
    with _opened(folder) as opened:
        _forget(opened, _hidden(piece))


def _forget(folder: int, name: str) -> None:
    """Remove what we wrote under a hidden name, a file or a directory; nothing when none is."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):
        shutil.rmtree(name, dir_fd=folder)
