"""What is said for each login, and how a refusal is heard, over IMAP, SMTP and POP3."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable

import pytest

from store.errors import NeedsUser
from store.model.account import Account, Login
from sync.imap.connect import connect as connect_imap
from sync.pop3.login import connect as connect_pop3
from sync.submit.smtp import Submitter
from sync.submit.transaction import Patience
from tests.faults.attacker import Peer
from tests.refusals import refused
from tests.unit.login.conftest import Broker, Served, account

WHY = base64.b64encode(b'{"status":"401","schemes":"bearer","scope":"mail"}')
Start = Callable[[Callable[[Peer], Awaitable[None]]], Awaitable[Served]]
GOOD = b"jeton2"


def coded(words: str) -> bytes:
    return base64.b64encode(words.encode())


def x(token: str) -> bytes:
    """XOAUTH2's words."""
    return coded(f"user=alice@sante.test\x01auth=Bearer {token}\x01\x01")


async def enter(protocol: str, to: Account) -> None:
    """Log in, and out."""
    if protocol == "imap":
        await (await connect_imap(to, "", timeout=30)).logout()
    elif protocol == "pop3":
        await (await connect_pop3(to, "", timeout=30)).quit()
    else:
        async with Submitter(to, "", Patience(connect_seconds=30)):
            pass


def is_good(words: bytes) -> bool:
    return GOOD in base64.b64decode(words)


class Operator:
    """A server of each protocol that lets jeton2 in and says no to others in its own way."""

    def __init__(self, mechanism: bytes, no: str = "asks", sasl_ir: bool = True) -> None:
        self.mechanism, self.no, self.sasl_ir = mechanism, no, sasl_ir

    async def _judge(
        self, peer: Peer, words: bytes, *, challenge: bytes, yes: bytes, no: bytes
    ) -> bool:
        if is_good(words):
            await peer.say(yes)
            return True
        if self.no == "cuts":
            peer.cut()
            return False
        if self.no == "asks":
            tag = peer.tag
            await peer.say(challenge + WHY + b"\r\n")
            await peer.hear()
            peer.tag = tag
        await peer.say(no)
        return False

    async def imap(self, peer: Peer) -> None:
        ir = b" SASL-IR" if self.sasl_ir else b""
        await peer.say(b"* OK [CAPABILITY IMAP4rev1 AUTH=%s%s] x\r\n" % (self.mechanism, ir))
        words = (await peer.hear()).split(b" ")
        tag = peer.tag
        if not self.sasl_ir:
            await peer.say(b"+ \r\n")
            words.append(await peer.hear())
            peer.tag = tag
        yes = b"%t OK [CAPABILITY IMAP4rev1] oui\r\n"
        if await self._judge(peer, words[-1], challenge=b"+ ", yes=yes, no=b"%t NO non\r\n"):
            await peer.hear()
            await peer.say(b"* BYE\r\n%t OK\r\n")

    async def smtp(self, peer: Peer) -> None:
        await peer.say(b"220 x\r\n")
        await peer.hear()
        await peer.say(b"250-x\r\n250 AUTH " + self.mechanism + b"\r\n")
        words = (await peer.hear()).split(b" ")[-1]
        no = b"535 5.7.8 non\r\n"
        if await self._judge(peer, words, challenge=b"334 ", yes=b"235 oui\r\n", no=no):
            await peer.hear()
            await peer.say(b"221 x\r\n")

    async def pop3(self, peer: Peer) -> None:
        await peer.say(b"+OK x\r\n")
        await peer.hear()
        await peer.say(b"+OK\r\nSASL " + self.mechanism + b"\r\n.\r\n")
        words = (await peer.hear()).split(b" ")[-1]
        if await self._judge(peer, words, challenge=b"+ ", yes=b"+OK oui\r\n", no=b"-ERR non\r\n"):
            await peer.hear()
            await peer.say(b"+OK\r\n.\r\n")
            await peer.hear()
            await peer.say(b"+OK\r\n")


PROTOCOLS = ("imap", "smtp", "pop3")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("mechanism", "no", "last"),
    [
        (b"XOAUTH2", "asks", b""),
        (b"OAUTHBEARER", "asks", b"AQ=="),
        (b"XOAUTH2", "says so", None),
        (b"XOAUTH2", "cuts", None),
    ],
)
async def test_a_token_that_is_over_is_answered_and_replaced(
    served: Start, broker: Broker, protocol: str, mechanism: bytes, no: str, last: bytes | None
) -> None:
    server = await served(getattr(Operator(mechanism, no), protocol))
    to = account(broker, imap=server.here, smtp=server.here, ca=server.ca)
    await enter(protocol, to)
    assert broker.runs == 2
    assert len(server.heard) == 2
    if last is not None:
        assert server.heard[0][-1] == last
    await enter(protocol, to)
    assert (broker.runs, len(server.heard)) == (2, 3), "what was taken is said again"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("no", ["asks", "cuts"])
async def test_after_two_refusals_nothing_more_is_said(
    served: Start, broker: Broker, protocol: str, no: str
) -> None:
    broker.says("perdu")
    server = await served(getattr(Operator(b"XOAUTH2", no), protocol))
    to = account(broker, imap=server.here, smtp=server.here, ca=server.ca)
    for _ in range(3):
        with refused(NeedsUser, "token.refused"):
            await enter(protocol, to)
    assert len(server.heard) == 1, "the command gave the same token: it was not said again"


async def test_imap_and_smtp_share_what_is_known_of_a_token(served: Start, broker: Broker) -> None:
    operator = Operator(b"XOAUTH2")
    imap, smtp = await served(operator.imap), await served(operator.smtp)
    to = account(broker, imap=imap.here, smtp=smtp.here, ca=imap.ca)
    await enter("imap", to)
    await enter("smtp", Account(**{**_fields(to), "ca": smtp.ca}))
    assert (broker.runs, len(imap.heard), len(smtp.heard)) == (2, 2, 1)


def _fields(to: Account) -> dict[str, object]:
    return {name: getattr(to, name) for name in to.__dataclass_fields__}


async def test_without_an_initial_response_the_words_wait_to_be_asked_for(
    served: Start, broker: Broker
) -> None:
    server = await served(Operator(b"XOAUTH2", sasl_ir=False).imap)
    await enter("imap", account(broker, imap=server.here, ca=server.ca))
    said = [line.partition(b" ")[2] or line for line in server.heard[0]]
    assert said == [b"AUTHENTICATE XOAUTH2", x("jeton1"), b""]


async def test_the_words_of_each_mechanism(served: Start, broker: Broker) -> None:
    broker.says("jeton2")
    server = await served(Operator(b"OAUTHBEARER").smtp)
    to = account(broker, smtp=server.here, ca=server.ca, user="a,b=c")
    await enter("smtp", to)
    words = f"n,a=a=2Cb=3Dc,\x01host=127.0.0.1\x01port={server.here.port}\x01"
    bearer = coded(words + "auth=Bearer jeton2\x01\x01")
    assert server.heard[0][1] == b"AUTH OAUTHBEARER " + bearer


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_token_is_not_said_as_a_password(
    served: Start, broker: Broker, protocol: str
) -> None:
    server = await served(getattr(Operator(b"PLAIN"), protocol))
    with refused(NeedsUser, "token.not_offered"):
        await enter(protocol, account(broker, imap=server.here, smtp=server.here, ca=server.ca))
    assert not any(b"jeton" in line or b"AUTH" in line for line in server.heard[0])


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_external_names_the_mailbox_and_says_nothing_secret(
    served: Start, protocol: str
) -> None:
    offers = b"PLAIN AUTH=EXTERNAL" if protocol == "imap" else b"EXTERNAL PLAIN"
    operator = Operator(offers, "says so")
    server = await served(getattr(operator, protocol))
    to = account(imap=server.here, smtp=server.here, ca=server.ca, login=Login.CERTIFICATE)
    with refused(NeedsUser, "certificate.login_refused"):
        await enter(protocol, to)
    assert server.heard[0][-1 if protocol == "imap" else 1].endswith(coded("alice@sante.test"))


async def test_a_certificate_is_not_replaced_by_an_empty_password(served: Start) -> None:
    server = await served(Operator(b"PLAIN").imap)
    with refused(NeedsUser, "certificate.not_offered"):
        await enter("imap", account(imap=server.here, ca=server.ca, login=Login.CERTIFICATE))
    assert server.heard[0] == []


async def test_where_no_login_is_offered_a_certificate_has_said_it_all(served: Start) -> None:
    async def talk(peer: Peer) -> None:
        await peer.say(b"220 x\r\n")
        await peer.hear()
        await peer.say(b"250-x\r\n250 PIPELINING\r\n")
        await peer.hear()
        await peer.say(b"221 x\r\n")

    server = await served(talk)
    await enter("smtp", account(smtp=server.here, ca=server.ca, login=Login.CERTIFICATE))
    assert [line.split(b" ")[0] for line in server.heard[0]] == [b"EHLO", b"QUIT"]
    with refused(NeedsUser, "smtp.no_login"):
        await enter("smtp", account(smtp=server.here, ca=server.ca, login=Login.PASSWORD))
