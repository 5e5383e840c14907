"""A small server in this process, and an account of it in the test's own store."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from store.db.accounts import account, add_account
from store.db.open import Connection
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Endpoint, Profile
from sync.demo.imap_server import ImapServer
from sync.link.profile import LINES
from sync.passes import WholePass, whole_pass
from tests.servers.authority import Authority

LETTER = b"Message-ID: <%d@labo.test>\r\nSubject: essai\r\n\r\n%s\r\n"

Pass = Callable[[], Awaitable[WholePass]]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ImapServer]:
    """pymap with alice in it."""
    certificate = Authority(tmp_path).server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    pymap = ImapServer(context)
    await pymap.add_user("alice", "secret")
    await pymap.listen()
    yield pymap
    await pymap.hang_up()


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """On an ADSL line, letters come five at a time."""
    few = replace(LINES[Profile.ADSL], window_emails=5)
    monkeypatch.setattr("sync.link.profile.LINES", {**LINES, Profile.ADSL: few})


@pytest.fixture
def profile() -> Profile:
    """The line under test."""
    return Profile.ADSL


@pytest.fixture
def one_pass(
    server: ImapServer,
    db: Connection,
    home: Home,
    key: DataKey,
    tmp_path: Path,
    small_windows: None,
    profile: Profile,
) -> Pass:
    """Makes a whole pass, as `pli sync` does."""
    password = tmp_path / "password"
    password.write_text("secret")
    password.chmod(0o600)
    here = Endpoint(host="127.0.0.1", port=server.port)
    alice = add_account(
        db,
        name="alice",
        address="alice@exemple.test",
        imap=here,
        smtp=here,
        user="alice",
        password_file=str(password),
        ca=str(tmp_path / "ca.pem"),
        profile=profile,
    )
    return lambda: whole_pass(db, account(db, alice), home, key)


async def deliver(server: ImapServer, letters: range, size: int = 20) -> None:
    """So many letters into alice's INBOX."""
    for n in letters:
        letter = LETTER % (n, b"x" * size)
        await server.deliver("alice", letter, received_at=1_770_000_000 + n)
