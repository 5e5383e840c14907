"""The data key, opened by a process that ends with all that opening took.

Argon2id needs 128 MiB, and what unwraps the key a library of 9: a screen that is open all day would
hold both for a key it was given in the morning. The passphrase goes there by a pipe and the key
comes back by another; neither is ever an argument, a variable or a file.

    begin          a copy of this process, which costs least; while it has but one thread
    unlock_apart   `python -m store.host.apart HOME`, at any time
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from store import errors
from store.errors import MailError
from store.host.keys import KEY_BYTES, DataKey, unlock
from store.host.memory import keep_memory_private
from store.host.paths import Home

PACKAGES = Path(__file__).resolve().parent.parent.parent
OPENED, SHUT = b"+", b"-"
"""What an answer begins with: some refusals are as long as a key."""


def begin(opens: Callable[[], DataKey]) -> Callable[[], DataKey]:
    """Have a key opened while this process does something else; what is returned waits for it.

    What is returned raises what `opens` raises of MailError.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, _answer(opens))
        finally:
            os._exit(0)
    os.close(writing)

    def wait() -> DataKey:
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        return _key(said)

    return wait


def unlock_apart(home: Home, passphrase: str) -> DataKey:
    """As `store.host.keys.unlock`, in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "store.host.apart", str(home.root.absolute())],
        input=passphrase.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=PACKAGES,
        check=False,
    )
    return _key(ran.stdout)


def _answer(opens: Callable[[], DataKey]) -> bytes:
    """The key, or why not; what the latter names are paths and numbers."""
    keep_memory_private()
    try:
        return OPENED + opens().octets
    except MailError as error:
        facts = {name: str(value) for name, value in error.params.items()}
        return SHUT + json.dumps([type(error).__name__, error.code, facts]).encode()


def _key(said: bytes) -> DataKey:
    verdict, octets = said[:1], said[1:]
    if verdict == OPENED and len(octets) == KEY_BYTES:
        return DataKey(octets)
    try:
        kind, code, params = json.loads(octets if verdict == SHUT else b"")
    except ValueError as error:
        raise MailError("bug.unexpected", kind="apart") from error
    raise getattr(errors, kind)(code, **params)


if __name__ == "__main__":
    given = sys.stdin.buffer.read().decode()
    os.write(1, _answer(partial(unlock, Home(Path(sys.argv[1])), passphrase=given)))
