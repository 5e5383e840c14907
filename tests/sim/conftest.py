"""The model's mailboxes are small: a sample of what is held is sent for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.imap import listing


@pytest.fixture(scope="package", autouse=True)
def every_mailbox_is_sampled() -> Iterator[None]:
    """So that the server of the model leaves out what it may, in every test here."""
    before, listing.SAMPLED_FROM = listing.SAMPLED_FROM, 1
    yield
    listing.SAMPLED_FROM = before
