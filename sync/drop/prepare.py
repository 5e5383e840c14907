"""Making a folder ready to be watched, or refusing it before anything in it is touched."""

from __future__ import annotations

import os
from pathlib import Path

from store.errors import NeedsUser, Usage
from store.host.private import Private
from sync.drop import files


def check_folder(folder: Path, private: Private, *, create: bool) -> None:
    """Refuse a folder that `prepare_folder` should not touch. Makes nothing.

    Args:
        folder: to be watched.
        private: what must never leave.
        create: it may be missing, and will be made.

    Raises:
        Usage: `drop.no_such_folder`.
        NeedsUser: `drop.folder_private`, `drop.folder_denied`, `drop.folder_unsafe`...
    """
    if folder.exists():
        files.check(str(folder), private)
        return
    if not create:
        raise Usage("drop.no_such_folder", folder=str(folder))
    # What is not there yet holds nothing; it may only not be made inside the home.
    above = next(d for d in folder.absolute().parents if d.exists())
    try:
        directory = os.open(above, files.DIRECTORY)
    except OSError as error:
        raise files.trouble(error, str(above)) from error
    try:
        if private.found().has_inside(directory):
            raise NeedsUser("drop.folder_private", folder=str(folder))
    finally:
        os.close(directory)


def prepare_folder(folder: Path, private: Private | None = None) -> None:
    """Make a folder ready to be watched, for its owner only when it does not exist yet.

    Raises:
        NeedsUser: `drop.folder_private`, `drop.folder_denied`, `drop.folder_unsafe`...
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NeedsUser("drop.not_a_folder", folder=str(folder)) from error
    except FileNotFoundError as error:
        raise NeedsUser("drop.holds_nothing", folder=str(folder)) from error
    except OSError as error:
        raise files.trouble(error, str(folder)) from error
    with files.opened(str(folder), private) as root:
        if not os.access(".", os.R_OK | os.W_OK | os.X_OK, dir_fd=root.folder):
            raise NeedsUser("drop.folder_denied", folder=str(folder))
