"""Two Dovecots, one with all it can do and one that says it can do next to nothing; sessions."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from store.model.account import Account
from sync.imap.answers import FetchedEmail
from sync.imap.connect import connect
from sync.imap.session import ImapSession
from tests.live.imap.relay import Relay
from tests.servers.authority import Authority
from tests.servers.dovecot import DovecotServer

LETTER = b"Message-ID: <%d@labo.test>\r\nSubject: dosage 5 * 3 mg smile :( sad\r\n\r\nLettre %d\r\n"
Open = Callable[[Account], Awaitable[ImapSession]]
numbers = itertools.count()


@pytest.fixture(scope="session")
def bare(authority: Authority) -> Iterator[DovecotServer]:
    """A Dovecot that says it can do nothing special."""
    with DovecotServer(authority, capabilities="IMAP4rev1 SASL-IR") as server:
        yield server


@pytest.fixture(params=["dovecot", "bare"])
def server(request: pytest.FixtureRequest) -> DovecotServer:
    """Each of the two in turn."""
    given: DovecotServer = request.getfixturevalue(request.param)
    return given


@pytest.fixture
def name() -> str:
    """Somebody who has no mail yet."""
    return f"imap{next(numbers)}"


@pytest.fixture
async def log_in() -> AsyncIterator[Open]:
    """Log in; log out when the test is over."""
    sessions = []

    async def opened(account: Account) -> ImapSession:
        sessions.append(await connect(account, password(account)))
        return sessions[-1]

    yield opened
    for session in sessions:
        await session.logout()


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    """A line that can be cut, to whatever port it is given."""
    line = Relay()
    yield line
    await line.close()


def password(account: Account) -> str:
    """Of an account of a test server."""
    return Path(account.password_file).read_text(encoding="utf-8").strip()


def letters(*which: int) -> list[bytes]:
    """Letters with these numbers in them."""
    return [LETTER % (n, n) for n in which]


async def fetched(session: ImapSession, *uids: int) -> dict[int, FetchedEmail]:
    """Fetch, and collect by UID."""
    found: dict[int, FetchedEmail] = {}
    await session.fetch(uids, lambda email: found.update({email.uid: email}))
    return found
