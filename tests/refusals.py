"""How a test says that something fails in a certain way: by kind and code, never by words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from store import reasons
from store.errors import MailError
from store.model.account import Account, Endpoint
from store.model.ids import AccountId

CABINET = Account(
    id=AccountId(1),
    name="cabinet",
    address="alice@cabinet.example",
    imap=Endpoint(host="imap.exemple.test", port=993),
    smtp=Endpoint(host="smtp.exemple.test", port=465),
    user="alice",
)


@contextmanager
def refused(kind: type[MailError], code: str) -> Iterator[None]:
    """What runs inside raises exactly that, and there is a sentence for it."""
    with pytest.raises(kind) as caught:
        yield
    assert type(caught.value) is kind
    assert caught.value.code == code
    # All that the store keeps of an error is its code: the row of the account must be enough.
    assert "{" not in reasons.of_account(replace(CABINET, last_error=code))
