"""What every command is told before it starts: which home, and how to unlock it.

It lives here because commands of both `tui` and `sync` need it, and they never import each other.
Heavy imports wait until a store is really opened: `pli --help` must be quick.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import Locked, NeedsUser
from store.host.files import check_private
from store.host.i18n import sentence
from store.host.paths import Home, default_home
from store.host.private import keep_in

if TYPE_CHECKING:
    from store.db.open import Connection
    from store.host.keys import DataKey


@dataclass(slots=True)
class Invocation:
    """The common options of one run of `pli`."""

    home: Path | None = None
    key_file: Path | None = None
    passphrase_file: Path | None = None
    key_fd: int | None = None
    """An inherited pipe that holds the data key: how the screen starts its node."""
    opened: DataKey | None = None
    """The data key once unlocked: a person is asked for the passphrase once per command."""

    def chosen_home(self) -> Home:
        """The home named by --home, PLI_HOME, or the default one."""
        return Home(self.home) if self.home is not None else default_home()

    def chosen_key_file(self) -> Path | None:
        """The key file named by --key-file or PLI_KEY_FILE."""
        named = os.environ.get("PLI_KEY_FILE")
        return self.key_file or (Path(named) if named else None)

    def chosen_passphrase(self) -> str | None:
        """The first line of the file named by --passphrase-file or PLI_PASSPHRASE_FILE."""
        path = self.chosen_passphrase_file()
        return None if path is None else read_passphrase(path)

    def chosen_passphrase_file(self) -> Path | None:
        """The file named by --passphrase-file or PLI_PASSPHRASE_FILE."""
        named = os.environ.get("PLI_PASSPHRASE_FILE")
        return self.passphrase_file or (Path(named) if named else None)

    def unlock(self) -> DataKey:
        """Open the data key; asks for the passphrase when a person is there to answer.

        Raises:
            Usage: `store.no_home`.  Locked: `key.nothing_given`, `key.wrong_passphrase`...
        """
        if self.opened is None:
            self.opened = self._unlock()
        return self.opened

    def _unlock(self) -> DataKey:
        from store.host import keys

        home = self.chosen_home()
        self.keep_what_opens()
        if self.key_fd is not None:
            return _from_pipe(self.key_fd)
        key_file, passphrase = self.chosen_key_file(), self.chosen_passphrase()
        home.must_exist()
        if key_file is None and passphrase is None:
            if not (sys.stdin.isatty() and keys.opens_with_passphrase(home)):
                raise Locked("key.nothing_given")
            passphrase = getpass.getpass(sentence("key.ask"))
        return keys.unlock(home, passphrase=passphrase, key_file=key_file)

    def keep_what_opens(self) -> None:
        """No watched folder may carry away the files that open this store."""
        keep_in(
            PLI_KEY_FILE=self.chosen_key_file(), PLI_PASSPHRASE_FILE=self.chosen_passphrase_file()
        )

    @contextmanager
    def store(self) -> Iterator[Connection]:
        """An unlocked connection to the store, at this version's schema."""
        from store.db.migrate import migrate
        from store.db.open import connect

        key = self.unlock()
        db = connect(self.chosen_home(), key)
        try:
            migrate(db)
            yield db
        finally:
            db.close()


def read_passphrase(path: Path) -> str:
    """The first line of a passphrase file.

    Raises:
        NeedsUser: `key.file_unreadable`, `key.file_not_private`.
    """
    try:
        check_private(path, "key.file_not_private")
        return path.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise NeedsUser("key.file_unreadable", path=str(path)) from error


def _from_pipe(handle: int) -> DataKey:
    from store.host.keys import KEY_BYTES, DataKey

    with os.fdopen(handle, "rb") as pipe:
        octets = pipe.read(KEY_BYTES)
    if len(octets) != KEY_BYTES:
        raise Locked("key.nothing_given")
    return DataKey(octets)
