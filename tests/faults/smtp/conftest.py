"""One Postfix, and the Dovecot it delivers into, for all cases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.authority import Authority
from tests.servers.dovecot import DovecotServer
from tests.servers.postfix import PostfixServer
from tests.servers.world import MailWorld


@pytest.fixture(scope="package")
def mail_world(authority: Authority, dovecot: DovecotServer) -> Iterator[MailWorld]:
    """Where a laboratory sends from."""
    with PostfixServer(authority, dovecot) as postfix:
        yield MailWorld(dovecot, postfix)
