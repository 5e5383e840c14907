"""Account passwords: sealed by a subkey of the data key, read from a file, or asked of a command.

They are never in the database and never in a log. The sealed file is AES-256-GCM over a JSON
object from account id to password.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.errors import NeedsUser, Permanent
from store.host.files import check_private, write_atomically
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Account, Login
from store.model.ids import AccountId

COMMAND_SECONDS = 30
PURPOSE = "secrets"


def seal_password(home: Home, key: DataKey, account_id: AccountId, password: str | None) -> None:
    """Keep `password` for an account; None forgets it."""
    kept = _open(home, key)
    kept.pop(str(account_id), None)
    if password is not None:
        kept[str(account_id)] = password
    nonce = os.urandom(12)
    sealed = AESGCM(key.derive(PURPOSE)).encrypt(nonce, json.dumps(kept).encode(), b"secrets/1")
    write_atomically(home.secrets, nonce + sealed)


def password_for(account: Account, home: Home, key: DataKey) -> str:
    """The password of `account`, read afresh each time: it may have been changed since.

    '' for one that logs in without: the token is asked for when it is needed (sync/tokens.py).

    Raises:
        NeedsUser: `password.file_unreadable`, `password.file_not_private`,
            `password.command_failed`, `password.none`.
    """
    if account.login is not Login.PASSWORD:
        return ""
    if account.password_file:
        return _from_file(account)
    if account.password_command:
        return _from_command(account)
    password = _open(home, key).get(str(account.id))
    if password is None:
        raise NeedsUser("password.none", account=account.name)
    return password


def _from_file(account: Account) -> str:
    path = Path(account.password_file)
    try:
        check_private(path, "password.file_not_private")
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise NeedsUser("password.file_unreadable", account=account.name) from error
    return _first_line(text, account)


def _from_command(account: Account) -> str:
    try:
        done = subprocess.run(
            shlex.split(account.password_command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=COMMAND_SECONDS,
            check=True,
            text=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise NeedsUser("password.command_failed", account=account.name) from error
    return _first_line(done.stdout, account)


def _first_line(text: str, account: Account) -> str:
    line = text.split("\n", 1)[0].rstrip("\r")
    if not line:
        raise NeedsUser("password.none", account=account.name)
    return line


def _open(home: Home, key: DataKey) -> dict[str, str]:
    try:
        octets = home.secrets.read_bytes()
    except FileNotFoundError:
        return {}
    try:
        kept = json.loads(
            AESGCM(key.derive(PURPOSE)).decrypt(octets[:12], octets[12:], b"secrets/1")
        )
    except (InvalidTag, ValueError) as error:
        raise Permanent("password.damaged") from error
    return {str(account): str(password) for account, password in kept.items()}
