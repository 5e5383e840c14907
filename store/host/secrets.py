"""Account passwords: sealed by a subkey of the data key, read from a file, or asked of a command.

They are never in the database and never in a log. The sealed file is AES-256-GCM over a JSON
object from account id to password.
"""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

from store.errors import NeedsUser, Permanent
from store.host.envelope import seal, unseal
from store.host.files import check_private, write_atomically
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Account, Login
from store.model.ids import AccountId

COMMAND_SECONDS = 30
PURPOSE, BOUND_TO = "secrets", b"secrets/1"


def seal_password(home: Home, key: DataKey, account_id: AccountId, password: str | None) -> None:
    """Keep `password` for an account; None forgets it."""
    kept = _open(home, key)
    kept.pop(str(account_id), None)
    if password is not None:
        kept[str(account_id)] = password
    sealed = seal(key.derive(PURPOSE), json.dumps(kept).encode(), bound_to=BOUND_TO)
    write_atomically(home.secrets, sealed)


def password_for(account: Account, home: Home, key: DataKey) -> str:
    """The password of `account`, read afresh each time: it may have been changed since.

    '' for one that logs in without: the token is asked for when it is needed (sync/tokens.py).

    Raises:
        NeedsUser: `password.file_unreadable`, `password.file_not_private`,
            `password.command_failed`, `password.none`.
    """
    if account.login is not Login.PASSWORD:
        return ""
    if given := read_secret(account.name, account.password_file, account.password_command):
        return given
    password = _open(home, key).get(str(account.id))
    if password is None:
        raise NeedsUser("password.none", account=account.name)
    return password


def read_secret(name: str, file: str, command: str) -> str:
    """What `name` logs in with, of a file or of a command; '' when there is neither.

    Raises:
        As `password_for`.
    """
    if file:
        return _from_file(name, Path(file))
    return _from_command(name, command) if command else ""


def _from_file(name: str, path: Path) -> str:
    try:
        check_private(path, "password.file_not_private")
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise NeedsUser("password.file_unreadable", account=name) from error
    return _first_line(text, name)


def _from_command(name: str, command: str) -> str:
    try:
        done = subprocess.run(
            shlex.split(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=COMMAND_SECONDS,
            check=True,
            text=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise NeedsUser("password.command_failed", account=name) from error
    return _first_line(done.stdout, name)


def _first_line(text: str, name: str) -> str:
    line = text.split("\n", 1)[0].rstrip("\r")
    if not line:
        raise NeedsUser("password.none", account=name)
    return line


def _open(home: Home, key: DataKey) -> dict[str, str]:
    try:
        octets = home.secrets.read_bytes()
    except FileNotFoundError:
        return {}
    try:
        kept = json.loads(unseal(key.derive(PURPOSE), octets, bound_to=BOUND_TO) or b"")
    except ValueError as error:
        raise Permanent("password.damaged") from error
    return {str(account): str(password) for account, password in kept.items()}
