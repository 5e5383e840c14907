"""The data key, opened by a process that ends with all that opening took.

Argon2id needs 128 MiB, and what unwraps the key a library of 9: a screen that is open all day would
hold both for a key it was given in the morning. The passphrase goes there by a pipe and the key
comes back by another; neither is ever an argument, a variable or a file.

`python -m store.host.apart HOME [KEY_FILE]` is that process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from store import errors
from store.errors import MailError
from store.host.keys import KEY_BYTES, DataKey, unlock
from store.host.memory import keep_memory_private
from store.host.paths import Home

PACKAGES = Path(__file__).resolve().parent.parent.parent


class Opening:
    """A key that is being opened. Begun early, it costs no time at all."""

    def __init__(
        self, home: Home, *, passphrase: str | None = None, key_file: Path | None = None
    ) -> None:
        given = [] if key_file is None else [str(key_file.absolute())]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "store.host.apart", str(home.root.absolute()), *given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=PACKAGES,
        )
        self._passphrase = b"" if passphrase is None else passphrase.encode()

    def key(self) -> DataKey:
        """Wait for it.

        Raises:
            MailError: as `store.host.keys.unlock`.
        """
        said, _ = self._process.communicate(self._passphrase)
        if self._process.returncode == 0 and len(said) == KEY_BYTES:
            return DataKey(said)
        try:
            kind, code, params = json.loads(said)
        except ValueError as error:
            raise MailError("bug.unexpected", kind="Opening") from error
        raise getattr(errors, kind)(code, **params)


def unlock_apart(home: Home, passphrase: str) -> DataKey:
    """As `store.host.keys.unlock`, in a process of its own."""
    return Opening(home, passphrase=passphrase).key()


def _open(home: str, key_file: str | None = None) -> None:
    keep_memory_private()
    passphrase = sys.stdin.buffer.read().decode()
    try:
        key = unlock(
            Home(Path(home)),
            passphrase=passphrase if passphrase or key_file is None else None,
            key_file=None if key_file is None else Path(key_file),
        )
    except MailError as error:
        facts = {name: str(value) for name, value in error.params.items()}
        print(json.dumps([type(error).__name__, error.code, facts]))
        sys.exit(error.exit_code)
    os.write(sys.stdout.fileno(), key.octets)


if __name__ == "__main__":
    _open(*sys.argv[1:])
