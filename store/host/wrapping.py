"""Small secrets that must lie in a row: wrapped by a subkey of the data key, bound to their place.

The store is encrypted already. This is a second lock with another key: a row that is copied, sent
by mistake or shown by a query is still nothing, and one moved to another place does not open.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.errors import Permanent
from store.host.keys import DataKey

NONCE_BYTES = 12


def wrap(key: DataKey, purpose: str, secret: bytes, *, bound_to: str) -> bytes:
    """`secret` under the subkey for `purpose`. It opens only with the same `bound_to`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key.derive(purpose)).encrypt(nonce, secret, bound_to.encode())


def unwrap(key: DataKey, purpose: str, wrapped: bytes, *, bound_to: str) -> bytes:
    """What was wrapped.

    Raises:
        Permanent: `key.row_damaged`.
    """
    nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    try:
        return AESGCM(key.derive(purpose)).decrypt(nonce, sealed, bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise Permanent("key.row_damaged") from error
