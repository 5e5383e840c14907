"""No credential and no word of a letter outside verified TLS, whatever is said on the line."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest

from store.errors import MailError
from store.model.account import Account, Endpoint
from store.model.ids import AccountId
from sync.imap.connect import connect as connect_imap
from sync.pop3.login import connect as connect_pop3
from sync.submit.smtp import Submitter
from sync.submit.transaction import Patience
from tests.faults.attacker import Attacker, Peer, serving
from tests.faults.attacks import CALL, CUT, HEAR, STALL, TLS, Attack, Said, attacks
from tests.servers.authority import KINDS, Authority, Certificate

SECONDS = 0.4
KNOWN = "AUTH=PLAIN SASL-IR ENABLE IMAP4REV1 STARTTLS"
"""What was remembered of a server opens no door."""
USER, SECRET = "alice", "secret-7c1f9a"
ATTACKS = list(attacks())
TELLS_NOTHING = re.compile(
    rb"(?:[A-P]+\d+ (?:CAPABILITY|STARTTLS|LOGOUT)|EHLO \[127\.0\.0\.1\]|HELO \[127\.0\.0\.1\]"
    rb"|STARTTLS|QUIT|CAPA|STLS)\r\n"
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom the account trusts."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def certificates(authority: Authority) -> dict[str, Certificate]:
    """One of each kind that a server may present."""
    return {kind: authority.server(kind) for kind in KINDS}


def forms(secret: str) -> Iterator[bytes]:
    """A secret as it is, and as it lies at any place in base64."""
    yield secret.encode()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + secret.encode())
        yield coded[4 if shift else 0 : -4]


async def play(peer: Peer, attack: Attack, certificate: Certificate) -> None:
    for step in attack.steps:
        if isinstance(step, bytes):
            await peer.say(step)
        elif step == HEAR:
            await peer.hear()
        elif step == CALL:
            await peer.be_called()
        elif step == TLS:
            await peer.shake_hands(serving(certificate, newest=attack.newest))
        elif step == CUT:
            peer.cut()
        else:
            assert step == STALL


async def enter(attack: Attack, account: Account) -> None:
    """What Pli does to be logged in."""
    if attack.protocol == "imap":
        await connect_imap(account, SECRET, timeout=SECONDS)
    elif attack.protocol == "pop3":
        await connect_pop3(account, SECRET, timeout=SECONDS)
    else:
        async with Submitter(account, SECRET, Patience(connect_seconds=SECONDS)):
            pass


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: f"{a.protocol}: {a.name}")
async def test_nothing_is_said_outside_verified_tls(
    attack: Attack, authority: Authority, certificates: dict[str, Certificate]
) -> None:
    certificate = certificates[attack.certificate]
    async with Attacker(lambda peer: play(peer, attack, certificate)) as attacker:
        here = Endpoint(host="127.0.0.1", port=attacker.port)
        account = Account(
            id=AccountId(1),
            name="alice",
            address="alice@sante.test",
            imap=here,
            smtp=here,
            user=USER,
            ca=str(authority.ca_file),
            tls=attack.tls,
            capabilities=KNOWN if attack.secure is Said.NOTHING else "",
        )
        with pytest.raises(MailError) as caught:
            await enter(attack, account)
    assert caught.value.code in attack.codes, caught.value
    # A handshake that failed is an attack that was played, though its step did not end well.
    assert attacker.fired or attack.steps[-1] == TLS
    assert attacker.peers
    for peer in attacker.peers:
        assert not TELLS_NOTHING.sub(b"", peer.clear), peer.clear
        assert peer.is_sealed
        assert not any(form in peer.raw for form in forms(SECRET))
        if attack.secure is Said.NOTHING:
            assert not peer.secure
        elif attack.secure is Said.NO_SECRET:
            assert not any(form in peer.secure for form in forms(SECRET))
        else:
            assert any(form in peer.secure for form in forms(SECRET))


def test_there_are_enough_of_them_and_no_two_are_one() -> None:
    names = [(attack.protocol, attack.name) for attack in ATTACKS]
    assert len(names) == len(set(names)) >= 40
    assert {protocol for protocol, _ in names} == {"imap", "smtp", "pop3"}
