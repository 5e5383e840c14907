"""Where documents end: `sent/` by day, or `failed/` each with a file that says why.

Every function can be run again after a crash and does what is left to do; none ever replaces a
file that is there.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sync.drop import names
from sync.drop.claims import forget_claim
from sync.drop.files import DIRECTORY, Root, own_directory
from sync.drop.kernel import rename_new

MOST_NAMESAKES = 100


def to_sent(root: Root, claim: str, name: bytes, *, day: str, note: str) -> None:
    """Move a document to `sent/<day>/<claim>__<name>`; a `note` not '' is written beside it.

    Found in `.claimed/`, or in `failed/` when its letter was refused first and accepted later.
    """
    with shelf_at(root.sent, day.encode("ascii"), root.readable) as shelf:
        if note:
            _write(shelf, names.sent_name(claim, names.reason_name(name)), note, root.readable)
        for before in (root.claimed, root.failed):
            with _existing(before, claim) as source:
                for each in _all_of(source, but=names.reason_name(name)):
                    _move(source, each, shelf, _sent_names(claim, each))
    _forget_failure(root, claim, name)
    forget_claim(root, claim)


def to_failed(root: Root, claim: str, name: bytes, *, note: str) -> None:
    """Move a document to `failed/<claim>/<name>`, with `note` in a file beside it."""
    with shelf_at(root.failed, claim.encode("ascii"), root.readable) as shelf:
        _write(shelf, names.reason_name(name), note, root.readable)
        with _existing(root.claimed, claim) as source:
            for each in _all_of(source):
                _move(source, each, shelf, (each, *_sent_names(claim, each)))
    forget_claim(root, claim)


def _all_of(source: int | None, *, but: bytes = b"") -> list[bytes]:
    """The names of everything in a claim's directory."""
    found = () if source is None else map(os.fsencode, os.listdir(source))
    return sorted(name for name in found if name != but)


def _sent_names(claim: str, name: bytes) -> Iterator[bytes]:
    return (names.sent_name(claim, name, n) for n in range(1, MOST_NAMESAKES))


def _move(source: int | None, name: bytes, shelf: int, targets: Iterable[bytes]) -> None:
    assert source is not None
    for target in targets:
        try:
            rename_new(source, name, shelf, target)
        except FileExistsError:
            continue
        except FileNotFoundError:
            return  # moved the time before
        return
    raise OSError(errno.EEXIST, os.strerror(errno.EEXIST), name)


def _forget_failure(root: Root, claim: str, name: bytes) -> None:
    """Remove what `to_failed` wrote about a document that was sent after all."""
    with _existing(root.failed, claim) as shelf:
        if shelf is None:
            return
        with contextlib.suppress(FileNotFoundError):
            os.unlink(names.reason_name(name), dir_fd=shelf)
    with contextlib.suppress(OSError):  # somebody keeps something there
        os.rmdir(claim, dir_fd=root.failed)


def _write(directory: int, name: bytes, text: str, readable: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    with os.fdopen(os.open(name, flags, 0o600, dir_fd=directory), "wb") as file:
        file.write(text.encode("utf-8"))
        with contextlib.suppress(PermissionError):  # a share that has no modes
            os.fchmod(file.fileno(), readable & 0o644)


@contextmanager
def shelf_at(parent: int, name: bytes, mode: int) -> Iterator[int]:
    """One of our directories, open; made when missing."""
    opened = own_directory(parent, name, mode)
    try:
        yield opened
    finally:
        os.close(opened)


@contextmanager
def _existing(parent: int, claim: str) -> Iterator[int | None]:
    try:
        opened = os.open(claim, DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    except FileNotFoundError:
        yield None
        return
    try:
        yield opened
    finally:
        os.close(opened)
