"""The data key: random, and wrapped by a passphrase, by a key file, or by both.

The store is encrypted with 32 random octets that never change. What changes is the wrapping:
keys.json holds one AES-256-GCM envelope per way to open the store. A passphrase goes through
Argon2id (RFC 9106); a key file, which is already random, through HKDF-SHA256 (RFC 5869).
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import hashlib
import hmac
import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from store.errors import Locked, NeedsUser, Permanent, Usage
from store.host.files import check_private, write_atomically
from store.host.paths import Home

KEY_BYTES = 32
MEMORY_KIB, ITERATIONS, LANES = 128 * 1024, 3, 2
"""Argon2id: about 0.35 s on two cores (libraries measured 2026-11); raised by rewrapping."""
MIN_PASSPHRASE = 12


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of one store. Its `repr` never shows it."""

    octets: bytes

    def __repr__(self) -> str:
        return "DataKey(...)"

    def own_copy(self) -> DataKey:
        """The same key in octets of its own, that can be wiped while others go on."""
        return DataKey(bytes(bytearray(self.octets)))

    def wipe(self) -> None:
        """Overwrite the octets where they lie, as far as Python can: copies others made stay.

        CPython alone keeps them right behind the head of the object; nothing is done elsewhere.
        """
        if sys.implementation.name == "cpython":
            ctypes.memset(id(self.octets) + bytes.__basicsize__ - 1, 0, len(self.octets))

    def derive(self, purpose: str) -> bytes:
        """A 32-octet subkey for one `purpose`, so that no key is used for two things."""
        return _hkdf(self.octets, salt=b"", info=f"pli/{purpose}".encode())


def create(home: Home, *, passphrase: str | None = None, key_file: Path | None = None) -> DataKey:
    """Make the data key of a new store and write its wrappings. Nothing is left half written.

    A `key_file` that does not exist is created with 32 random octets, for its owner only.

    Raises:
        Usage: `store.exists`, `store.home_not_made`, `key.nothing_given`, `key.short_passphrase`,
            `key.file_not_made`.
        NeedsUser: `store.keys_missing`, `key.file_not_private`, `key.file_unreadable`.
    """
    if home.exists():
        raise Usage("store.exists", home=str(home.root))
    home.check_no_letters()
    if passphrase is None and key_file is None:
        raise Usage("key.nothing_given")
    if passphrase is not None and len(passphrase) < MIN_PASSPHRASE:
        raise Usage("key.short_passphrase", least=MIN_PASSPHRASE)
    key = DataKey(secrets.token_bytes(KEY_BYTES))
    with _all_or_nothing(home, key_file):
        home.create()
        wraps = []
        if passphrase is not None:
            params = {"memory_kib": MEMORY_KIB, "iterations": ITERATIONS, "lanes": LANES}
            wraps.append(_wrap(key, "passphrase", passphrase.encode(), params))
        if key_file is not None:
            wraps.append(_wrap(key, "key_file", _key_file_made(key_file), {}))
        try:
            octets = json.dumps({"version": 1, "wraps": wraps}, indent=1).encode()
            write_atomically(home.keys, octets)
        except OSError as error:
            raise Usage("store.home_not_made", home=str(home.root)) from error
    return key


@contextmanager
def _all_or_nothing(home: Home, key_file: Path | None) -> Iterator[None]:
    """Take away again, when it fails, the key file and the directories that were not there."""
    directories = [d for d in (home.root, *home.root.parents) if not os.path.lexists(d)]
    made = key_file if key_file is not None and not os.path.lexists(key_file) else None
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            if made is not None:
                made.unlink()
        with contextlib.suppress(OSError):
            for directory in directories:
                directory.rmdir()
        raise


def _key_file_made(path: Path) -> bytes:
    """The octets of a key file, made when it does not exist yet."""
    try:
        if not path.exists():
            write_atomically(path, secrets.token_bytes(KEY_BYTES))
    except OSError as error:
        raise Usage("key.file_not_made", path=str(path), folder=str(path.parent)) from error
    return read_key_file(path)


def unlock(home: Home, *, passphrase: str | None = None, key_file: Path | None = None) -> DataKey:
    """Open the data key with whatever is given.

    Raises:
        Usage: `store.no_home`, nothing was created here.  NeedsUser: `store.keys_missing`.
        Locked: `key.wrong_passphrase`, `key.wrong_file`, `key.nothing_given`.
        Permanent: `key.damaged`, keys.json cannot be read.
    """
    home.must_exist()
    home.check()
    wraps = _read_wraps(home)
    given = [("key_file", read_key_file(key_file))] if key_file is not None else []
    given += [("passphrase", passphrase.encode())] if passphrase is not None else []
    for kind, secret in given:
        for wrap in wraps:
            if wrap.get("kind") == kind and (key := _unwrap(wrap, secret)) is not None:
                return key
    if not given:
        raise Locked("key.nothing_given")
    raise Locked("key.wrong_file" if key_file is not None else "key.wrong_passphrase")


def opens_with_passphrase(home: Home) -> bool:
    """True when a passphrase is one of the ways to open this store."""
    return any(wrap.get("kind") == "passphrase" for wrap in _read_wraps(home))


def read_key_file(path: Path) -> bytes:
    """The octets of a key file: at least 16 of them, and private to its owner.

    Raises:
        NeedsUser: `key.file_unreadable`, `key.file_not_private`, `key.file_short`.
    """
    try:
        check_private(path, "key.file_not_private")
        octets = path.read_bytes()
    except OSError as error:
        raise NeedsUser("key.file_unreadable", path=str(path)) from error
    if len(octets) < 16:
        raise NeedsUser("key.file_short", path=str(path))
    return octets


def _read_wraps(home: Home) -> list[dict[str, object]]:
    try:
        wraps = json.loads(home.keys.read_bytes())["wraps"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Permanent("key.damaged", path=str(home.keys)) from error
    return [wrap for wrap in wraps if isinstance(wrap, dict)]


def _wrapping_key(kind: str, secret: bytes, salt: bytes, params: dict[str, int]) -> bytes:
    if kind == "passphrase":
        from store.host.envelope import stretched

        return stretched(secret, salt, KEY_BYTES, params)
    return _hkdf(secret, salt=salt, info=b"pli/key-file")


def _hkdf(secret: bytes, *, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869) of 32 octets, which is one round of it."""
    extracted = hmac.digest(salt or bytes(KEY_BYTES), secret, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)


def _bound(kind: str, params: dict[str, int]) -> bytes:
    """What the envelope is bound to: changing the parameters in the file breaks it."""
    return json.dumps({"kind": kind, "params": params}, sort_keys=True).encode()


def _wrap(key: DataKey, kind: str, secret: bytes, params: dict[str, int]) -> dict[str, object]:
    from store.host.envelope import NONCE_BYTES, seal

    salt = os.urandom(16)
    wrapping = _wrapping_key(kind, secret, salt, params)
    sealed = seal(wrapping, key.octets, bound_to=_bound(kind, params))
    fields = {"salt": salt, "nonce": sealed[:NONCE_BYTES], "sealed": sealed[NONCE_BYTES:]}
    packed = {name: base64.b64encode(octets).decode() for name, octets in fields.items()}
    return {"kind": kind, "params": params, **packed}


def _unwrap(wrap: dict[str, object], secret: bytes) -> DataKey | None:
    from store.host.envelope import unseal

    try:
        kind, params = str(wrap["kind"]), wrap["params"]
        salt, nonce, sealed = (
            base64.b64decode(str(wrap[name])) for name in ("salt", "nonce", "sealed")
        )
        if not isinstance(params, dict):
            raise TypeError("params")
        wrapping = _wrapping_key(kind, secret, salt, params)
        octets = unseal(wrapping, nonce + sealed, bound_to=_bound(kind, params))
    except (KeyError, ValueError, TypeError) as error:
        raise Permanent("key.damaged", path="keys.json") from error
    return None if octets is None else DataKey(octets)
