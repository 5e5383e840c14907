"""Both demo servers, really listening, for Alice and the laboratory."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.demo.certificates import Certificates, make_certificates
from sync.demo.imap_server import ImapServer
from sync.demo.smtp_server import Sender, SmtpServer

NOW = 1_795_425_126  # 23 November 2026, 09:12:06 UTC
ALICE, LABO = "alice@cabinet-tilleul.example", "labo@labo-rivebelle.example"


@dataclass(frozen=True)
class Servers:
    """What a test may ask of them."""

    imap: ImapServer
    smtp: SmtpServer
    trust: ssl.SSLContext


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority and a server certificate, made from the real clock: clients check the dates."""
    from store.host.clock import now

    return make_certificates(tmp_path_factory.mktemp("certificates"), now())


def trusting(ca: Path) -> ssl.SSLContext:
    """A client that trusts `ca` alone and checks the server's name."""
    return ssl.create_default_context(cafile=str(ca))


@pytest.fixture
async def servers(certificates: Certificates) -> AsyncIterator[Servers]:
    """Both servers, listening."""
    async with running(certificates) as both:
        yield both


@asynccontextmanager
async def running(certificates: Certificates) -> AsyncIterator[Servers]:
    """Both servers, listening until the end of the block."""
    imap = ImapServer(certificates.server_context())
    await imap.add_user("alice", "tilleul")
    await imap.add_user("labo", "rivebelle")

    async def deliver(user: str, octets: bytes) -> None:
        await imap.deliver(user, octets, received_at=NOW)

    smtp = SmtpServer(
        certificates.server_context(),
        users={"alice": Sender("tilleul", ALICE), "labo": Sender("rivebelle", LABO)},
        mailboxes={ALICE: "alice", LABO: "labo"},
        deliver=deliver,
        now=lambda: NOW,
    )
    await imap.listen()
    await smtp.listen()
    try:
        yield Servers(imap, smtp, trusting(certificates.ca))
    finally:
        await smtp.hang_up()
        await imap.hang_up()
