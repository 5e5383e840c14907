"""How a test says that something fails in a certain way: by kind and code, never by words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from store.errors import MailError
from store.host.i18n import sentence


@contextmanager
def refused(kind: type[MailError], code: str) -> Iterator[None]:
    """What runs inside raises exactly that, and there is a sentence for it."""
    with pytest.raises(kind) as caught:
        yield
    assert type(caught.value) is kind
    assert caught.value.code == code
    # All that the store keeps of an error is its code: its account and host must be enough.
    assert "{" not in sentence(code, account="cabinet", host="imap.exemple.test")
