"""Small secrets that must lie in a row: wrapped by a subkey of the data key, bound to their place.

The store is encrypted already. This is a second lock with another key: a row that is copied, sent
by mistake or shown by a query is still nothing, and one moved to another place does not open.
"""

from __future__ import annotations

from store.errors import Permanent
from store.host.envelope import seal, unseal
from store.host.keys import DataKey


def wrap(key: DataKey, purpose: str, secret: bytes, *, bound_to: str) -> bytes:
    """`secret` under the subkey for `purpose`. It opens only with the same `bound_to`."""
    return seal(key.derive(purpose), secret, bound_to=bound_to.encode())


def unwrap(key: DataKey, purpose: str, wrapped: bytes, *, bound_to: str) -> bytes:
    """What was wrapped.

    Raises:
        Permanent: `key.row_damaged`.
    """
    try:
        secret = unseal(key.derive(purpose), wrapped, bound_to=bound_to.encode())
    except ValueError as error:
        raise Permanent("key.row_damaged") from error
    if secret is None:
        raise Permanent("key.row_damaged")
    return secret
