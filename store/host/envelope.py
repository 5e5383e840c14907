"""Sealing a few octets under a key: the one place of the store that loads `cryptography`.

It takes 9 MB and a moment, so that what only looks at letters never loads it: the screen opens its
key in a process apart (store/host/apart.py), and SQLCipher deciphers pages by itself.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

NONCE_BYTES = 12


def seal(key: bytes, secret: bytes, *, bound_to: bytes) -> bytes:
    """`secret` by AES-256-GCM, its nonce before it. It opens only with the same `bound_to`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, bound_to)


def unseal(key: bytes, sealed: bytes, *, bound_to: bytes) -> bytes | None:
    """What was sealed; None when the key, or a single bit, is another.

    Raises:
        ValueError: no such thing was ever sealed.
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except InvalidTag:
        return None


def stretched(secret: bytes, salt: bytes, size: int, params: dict[str, int]) -> bytes:
    """A key of `size` octets from a passphrase, by Argon2id (RFC 9106)."""
    return Argon2id(
        salt=salt,
        length=size,
        iterations=params["iterations"],
        lanes=params["lanes"],
        memory_cost=params["memory_kib"],
    ).derive(secret)
