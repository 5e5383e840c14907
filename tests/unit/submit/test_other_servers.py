"""Our sender against a server that is not ours: aiosmtpd, as the demo world runs it."""

from __future__ import annotations

import ssl

import pytest

from store.errors import NeedsUser
from store.model.account import Account, Endpoint
from sync.demo.smtp_server import Sender, SmtpServer
from sync.submit.envelope import Letter
from sync.submit.smtp import Submitter
from tests.servers.authority import Authority
from tests.unit.submit.conftest import NOW, SHORT
from tests.unit.submit.scripted_server import ScriptedServer

LABO, ALICE = "labo@tilleuls.test", "alice@aubepine.test"
OCTETS = b"Subject: bilan\r\n\r\n.\r\n..\r\n.fin\r\n"


async def nothing(_: tuple[str, ...]) -> None:
    """What is called before the dot, where a test does not care."""


class Aiosmtpd:
    """The demo's server for one laboratory and one doctor."""

    def __init__(self, authority: Authority) -> None:
        files = authority.server()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.cert_file, files.key_file)
        self._ca = str(authority.ca_file)
        self.letters: list[tuple[str, bytes]] = []
        self.server = SmtpServer(
            context,
            users={"labo": Sender("secret", LABO)},
            mailboxes={LABO: "labo", ALICE: "alice"},
            deliver=self._deliver,
            now=lambda: NOW,
        )

    async def _deliver(self, user: str, octets: bytes) -> None:
        self.letters.append((user, octets))

    def account(self) -> Account:
        here = Endpoint(host="127.0.0.1", port=self.server.port)
        return ScriptedServer(ca_file=self._ca).account(smtp=here)


async def test_aiosmtpd_takes_the_octets_and_refuses_whom_it_does_not_know(
    authority: Authority,
) -> None:
    peer = Aiosmtpd(authority)
    await peer.server.listen()
    letter = Letter(
        mail_from=LABO, recipients=(ALICE, "inconnu@nulle-part.test"), octets=OCTETS, envid="0f"
    )
    try:
        async with Submitter(peer.account(), "secret", SHORT) as line:
            first = await line.transmit(letter, nothing)
            second = await line.transmit(letter, nothing)
    finally:
        await peer.server.hang_up()
    assert first.accepted_at_rcpt() == (ALICE,)
    assert first.whole()
    assert second.whole()
    # Each letter, then the report of its arrival that Pli asks for.
    assert [user for user, _ in peer.letters] == ["alice", "labo", "alice", "labo"]
    assert all(octets.endswith(OCTETS) for user, octets in peer.letters if user == "alice")
    assert all(b"Original-Envelope-Id: 0f" in octets for _, octets in peer.letters[1::2])


async def test_aiosmtpd_refuses_a_wrong_password(authority: Authority) -> None:
    peer = Aiosmtpd(authority)
    await peer.server.listen()
    try:
        with pytest.raises(NeedsUser, match=r"smtp\.login_refused"):
            async with Submitter(peer.account(), "faux", SHORT):
                raise AssertionError("it connected")
    finally:
        await peer.server.hang_up()
