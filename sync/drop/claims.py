"""A claim: what was taken out of a watched folder lies in a directory of ours, or goes back.

Killed between two renames, the next look finds what was moved: part of a dispatch goes back to
where it was, and a whole one is taken up again (claiming.py).
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sync.drop.files import DIRECTORY, Changed, Root, entry_at, listing
from sync.drop.kernel import rename_new
from sync.drop.plan import Entry, Kind


def claim(root: Root, whole: Sequence[Entry], claim_name: str) -> None:
    """Take entries out of the folder, into a new directory of ours, in this order.

    The last one is what tells a whole claim from one that a crash left half made.

    Raises:
        Changed: one was not that entry any more; all were given back. Or it is none to be taken.
    """
    if any(map(root.is_private, whole)):
        raise Changed
    os.mkdir(claim_name, 0o700, dir_fd=root.claimed)
    with claim_directory(root, claim_name) as held:
        for each in whole:
            try:
                os.rename(each.name, each.name, src_dir_fd=root.folder, dst_dir_fd=held)
            except OSError as error:
                give_all_back(root, claim_name)
                if isinstance(error, FileNotFoundError):
                    raise Changed from error
                raise
            if not _is_same(entry_at(held, each.name), each):
                give_all_back(root, claim_name)
                raise Changed


def _is_same(now: Entry, before: Entry) -> bool:
    """A directory may be touched by the move itself; what is in it is looked at again."""
    same = (now.kind, now.inode) == (before.kind, before.inode)
    return same if before.kind is Kind.DIRECTORY else now == before


@contextmanager
def claim_directory(root: Root, claim_name: str, where: int | None = None) -> Iterator[int]:
    """Open one claim, in `.claimed/` or `where` else it lies.

    Raises:
        FileNotFoundError: it has been put away already.
    """
    held = os.open(
        claim_name, DIRECTORY | os.O_NOFOLLOW, dir_fd=root.claimed if where is None else where
    )
    try:
        yield held
    finally:
        os.close(held)


def claims(root: Root) -> list[str]:
    """The names of everything under `.claimed/`, ours or another store's."""
    return sorted(os.listdir(root.claimed))


def give_all_back(root: Root, claim_name: str) -> list[Entry]:
    """Give back all of a claim. What stays, because a new file has taken its name."""
    with claim_directory(root, claim_name) as held:
        found = listing(held)
    kept = [each for each in found if not give_back(root, claim_name, each.name)]
    forget_claim(root, claim_name)
    return kept


def give_each_back(root: Root, claim_names: Iterable[str]) -> None:
    """Give back all of several claims, of which some were never made or are gone."""
    for each in claim_names:
        with contextlib.suppress(FileNotFoundError):
            give_all_back(root, each)


def give_back(root: Root, claim_name: str, name: bytes) -> bool:
    """Put a claimed document back where it was; False when a new one has taken its name."""
    with claim_directory(root, claim_name) as held:
        try:
            rename_new(held, name, root.folder, name)
        except FileExistsError:
            return False
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
