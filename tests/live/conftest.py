"""Real servers for the tests of this directory, started once and stopped at the end.

A missing program fails the test with what to install: nothing here is ever skipped.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.authority import Authority
from tests.servers.dovecot import DovecotServer
from tests.servers.postfix import PostfixServer
from tests.servers.world import PEOPLE, MailWorld


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs every certificate of this run; `authority.ca_file` is the trust anchor."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def dovecot(authority: Authority) -> Iterator[DovecotServer]:
    """A running Dovecot without users; a test adds its own."""
    with DovecotServer(authority, pop3=True) as server:
        yield server


@pytest.fixture(scope="session")
def postfix(authority: Authority, dovecot: DovecotServer) -> Iterator[PostfixServer]:
    """A running Postfix that delivers into `dovecot` and asks it who may send."""
    with PostfixServer(authority, dovecot) as server:
        yield server


@pytest.fixture(scope="session")
def mail_world(dovecot: DovecotServer, postfix: PostfixServer) -> MailWorld:
    """Both, with alice, bob and labo living there."""
    for name in PEOPLE:
        dovecot.add_user(name)
    return MailWorld(dovecot, postfix)
