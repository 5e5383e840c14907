"""A liar to connect to, and a publisher of lists."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from store.model.account import Account, Tls
from tests.servers.authority import Authority
from tests.unit.imap.liar import HELLO, Liar, Lie, account
from tests.unit.trust.publisher import Publisher, publishing


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Signs the liar's certificate, so that only its words can give it away."""
    return Authority(tmp_path)


@pytest.fixture
async def lie(authority: Authority) -> AsyncIterator[Lie]:
    """Start one: `liar, account = await lie({...}, implicit=True)`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.server()
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    servers = []

    async def start(
        rules: dict[str, str], greeting: str = HELLO, *, implicit: bool = True
    ) -> tuple[Liar, Account]:
        liar = Liar(context, rules, greeting)
        serving = context if implicit else None
        server = await asyncio.start_server(liar.serve, "127.0.0.1", 0, ssl=serving)
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
        way = Tls.IMPLICIT if implicit else Tls.STARTTLS
        return liar, account(port, ca=str(authority.ca_file), way=way)

    yield start  # type: ignore[misc]
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A place where revocation lists are published, which may answer anything."""
    with publishing() as here:
        yield here
