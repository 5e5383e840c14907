"""One Dovecot for all cases, somebody new for each, and a line between them that can go wrong."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from store.db.open import Connection
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Endpoint, Profile, Tls
from sync import waiting
from sync.imap.connect import connect
from sync.imap.exchange import Patience
from sync.imap.session import ImapSession
from sync.link import line
from tests.faults.person import Person
from tests.faults.proxy import HOST, FaultProxy
from tests.faults.run import Faulted
from tests.live.agreement import added
from tests.servers.authority import Authority, Certificate
from tests.servers.dovecot import DovecotServer

IMPATIENT = {
    "timeout": 1.2,
    "patience": Patience(silence_seconds=0.5, command_seconds=3, bulk_seconds=3),
}
"""Instead of what the profile of the line says, which is minutes."""
CALM = {
    "timeout": 5,
    "patience": Patience(silence_seconds=5, command_seconds=10, bulk_seconds=10),
}
"""Where nothing is made to go wrong, a busy machine is no fault."""
IDLE_SECONDS = 0.1
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"
"""Hundreds of small accounts: no power is cut here, and no disk need be waited for."""
numbers = itertools.count()

Begin = Callable[..., Awaitable[Faulted]]


@pytest.fixture(scope="package")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs for the server and for the proxy."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="package")
def dovecot(authority: Authority) -> Iterator[DovecotServer]:
    """A server on which everybody is new, asked step by step as most servers are the first time."""
    with DovecotServer(authority, nameless=True, above=MEMORY) as server:
        yield server


@pytest.fixture(scope="package")
def certificate(authority: Authority) -> Certificate:
    """What the proxy shows."""
    return authority.server()


@pytest.fixture
def home() -> Iterator[Home]:
    """An empty home in memory."""
    with tempfile.TemporaryDirectory(prefix="pli-home-", dir=MEMORY) as root:
        yield Home(Path(root))


@pytest.fixture
async def begin(
    db: Connection,
    home: Home,
    key: DataKey,
    dovecot: DovecotServer,
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Begin]:
    """Somebody whose store has their old mail, with everything waiting to be done."""

    async def impatient(*whom: Any, **options: Any) -> ImapSession:
        is_armed = any(proxy.fault is not None for proxy in proxies)
        return await connect(*whom, **options | (IMPATIENT if is_armed else CALM))

    monkeypatch.setattr(line, "connect", impatient)
    monkeypatch.setattr(waiting, "_until_next_pass", lambda line: IDLE_SECONDS)
    # Else IDLE ends only if the server happens to tell of our own changes after it began.
    monkeypatch.setattr(waiting, "WATCHED_SECONDS", IDLE_SECONDS)
    proxies: list[FaultProxy] = []

    async def begun(
        *,
        tls: Tls = Tls.IMPLICIT,
        masked: frozenset[bytes] = frozenset(),
        profile: Profile = Profile.ADSL,
        names: bool = False,
    ) -> Faulted:
        proxy = FaultProxy(
            server_port=dovecot.imaps_port,
            certificate=certificate,
            ca_file=str(Path(dovecot.ca_file)),
            tls=tls,
        )
        proxy.masked |= masked
        await proxy.open()
        proxies.append(proxy)
        name = f"cut{next(numbers)}"
        dovecot.add_user(name)
        endpoint = Endpoint(host=HOST, port=proxy.port)
        person = Person(
            db, dovecot, added(db, dovecot, name, imap=endpoint, tls=tls, profile=profile), names
        )
        person.has_old_mail()
        faulted = Faulted(person, proxy, home, key)
        assert await faulted.ends() == ""
        person.wishes_everything()
        proxy.said.clear()
        return faulted

    yield begun
    for proxy in proxies:
        await proxy.close()
