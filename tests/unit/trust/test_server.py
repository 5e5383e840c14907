"""Servers that must be refused before a word is said to them, and what is known of the others."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
import warnings
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from store.db.accounts import account as account_now
from store.db.accounts import add_account
from store.db.anchors import replace_bundle, set_trust_policy
from store.db.crls import crls, keep_crl, servers, want_crls
from store.db.open import Connection
from store.errors import NeedsUser
from store.model.account import Account, Endpoint
from store.model.trust import Policy, Revocation
from sync import tls
from sync.imap.connect import connect
from sync.submit.smtp import Submitter
from sync.trust.bundle import read_bundle
from sync.trust.server import ServerTrust, server_trust
from tests.refusals import refused
from tests.unit.imap.liar import CAPABLE, Liar
from tests.unit.trust.pki import (
    CRL_URL,
    DAY,
    Made,
    Wanted,
    authority,
    crl,
    ec_key,
    make,
    name,
    rsa_key,
    usage,
    with_sha1,
)

TODAY = int(time.time())
"""OpenSSL reads the clock itself."""
LIFE = {"from_at": TODAY - 100 * DAY, "until_at": TODAY + 100 * DAY}
CRLS = {"from_at": TODAY - DAY, "until_at": TODAY + DAY}
TOP = make(authority("Racine des serveurs", **LIFE))
MIDDLE = make(authority("Serveurs", crl_urls=("http://crl.example/racine.crl",), **LIFE), TOP)
RSA_TOP = make(authority("Racine RSA", key=rsa_key(2048), **LIFE))
RULES = {
    "AUTHENTICATE": "%s OK [CAPABILITY IMAP4rev1] oui\r\n",
    "LOGOUT": "* BYE\r\n%s OK\r\n",
}


def server(**changes: object) -> Wanted:
    """What an honest server asks for."""
    sound = Wanted(
        name("imap.operateur.example"),
        ec_key("serveur"),
        usage=usage("digital_signature", "key_encipherment"),
        purposes=(ExtendedKeyUsageOID.SERVER_AUTH,),
        hosts=("localhost",),
        crl_urls=(CRL_URL,),
        **LIFE,
    )
    return replace(sound, **changes)


@dataclass(frozen=True)
class Setup:
    """How a server is set up. Weak ones must be allowed to be weak at their own side."""

    chain: tuple[Made, ...]
    anchor: Made = TOP
    ciphers: str = "DEFAULT@SECLEVEL=0"
    most: ssl.TLSVersion | None = None
    revoked: tuple[int, ...] = field(default=())


def context_of(setup: Setup, directory: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        if setup.most is not None:
            context.maximum_version = setup.most
    context.set_ciphers(setup.ciphers)
    chain = directory / "server.pem"
    chain.write_bytes(setup.chain[0].key_pem + b"".join(each.pem for each in setup.chain))
    context.load_cert_chain(chain)
    return context


Start = Callable[[Setup], "asyncio.Future[tuple[Liar, Account]]"]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start a server so set up: `liar, account = await start(setup)`."""
    running = []

    async def begin(setup: Setup) -> tuple[Liar, Account]:
        context = context_of(setup, tmp_path)
        liar = Liar(context, RULES, CAPABLE.format("AUTH=PLAIN SASL-IR"))
        listening = await asyncio.start_server(liar.serve, "127.0.0.1", 0, ssl=context)
        running.append(listening)
        anchor = tmp_path / "anchor.pem"
        anchor.write_bytes(setup.anchor.pem)
        here = Endpoint(host="localhost", port=listening.sockets[0].getsockname()[1])
        return liar, replace(ALICE, imap=here, smtp=here, ca=str(anchor))

    yield begin  # type: ignore[misc]
    for each in running:
        each.close()
        await each.wait_closed()


ALICE = Account(
    id=1,  # type: ignore[arg-type]
    name="alice",
    address="alice@cabinet.example",
    imap=Endpoint(host="localhost", port=1),
    smtp=Endpoint(host="localhost", port=1),
    user="alice",
)
GOOD = make(server(), MIDDLE)
ALONE = make(server(key=ec_key("seul")))
BAD: dict[str, tuple[Callable[[], Setup], str]] = {
    "expired": (lambda: below(until_at=TODAY - 60), "tls.expired"),
    "not yet valid": (lambda: below(from_at=TODAY + DAY), "tls.expired"),
    "another host": (lambda: below(hosts=("imap.autre.example",)), "tls.wrong_host"),
    "common name only": (
        lambda: below(hosts=(), subject=name("localhost")),
        "tls.wrong_host",
    ),
    "signed by itself": (lambda: Setup((ALONE,)), "tls.untrusted"),
    "another anchor": (lambda: Setup((GOOD, MIDDLE), anchor=RSA_TOP), "tls.untrusted"),
    "SHA-1": (
        lambda: Setup((with_sha1(make(server(), RSA_TOP), RSA_TOP),), anchor=RSA_TOP),
        "tls.bad_certificate",
    ),
    "RSA 1024": (lambda: below(key=rsa_key(1024)), "tls.bad_certificate"),
    "not for servers": (
        lambda: below(purposes=(ExtendedKeyUsageOID.EMAIL_PROTECTION,)),
        "tls.untrusted",
    ),
    "revoked": (
        lambda: Setup((GOOD, MIDDLE), revoked=(GOOD.certificate.serial_number,)),
        "tls.revoked",
    ),
}


def below(**changes: object) -> Setup:
    return Setup((make(server(**changes), MIDDLE), MIDDLE))


def trust_of(setup: Setup, **how: object) -> ServerTrust:
    lists = (crl(MIDDLE, *setup.revoked, **CRLS), crl(TOP, **CRLS))
    return ServerTrust(**({"crls": lists} | how))


@pytest.mark.parametrize("which", BAD)
async def test_a_bad_server_hears_no_word(start: Start, which: str) -> None:
    setup, code = BAD[which][0](), BAD[which][1]
    liar, to = await start(setup)
    with refused(NeedsUser, code):
        await connect(to, "secret", timeout=30, trust=trust_of(setup))
    assert liar.heard == []


@pytest.mark.parametrize(
    "setup",
    [
        Setup((GOOD, MIDDLE), most=ssl.TLSVersion.TLSv1_1),
        Setup(
            (GOOD, MIDDLE),
            ciphers="ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0",
            most=ssl.TLSVersion.TLSv1_2,
        ),
    ],
    ids=["TLS 1.1", "CBC only"],
)
async def test_a_server_without_a_safe_way_hears_no_word(setup: Setup, tmp_path: Path) -> None:
    """asyncio's server hangs up where others send an alert: here one sends it."""
    context = context_of(setup, tmp_path)
    (tmp_path / "anchor.pem").write_bytes(TOP.pem)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        here = Endpoint(host="localhost", port=listening.getsockname()[1])
        to = replace(ALICE, imap=here, ca=str(tmp_path / "anchor.pem"))
        heard = asyncio.create_task(asyncio.to_thread(alerted, listening, context))
        with refused(NeedsUser, "tls.failed"):
            await connect(to, "secret", timeout=30)
        assert await heard == "no handshake"


def alerted(listening: socket.socket, context: ssl.SSLContext) -> str:
    connection, _ = listening.accept()
    with connection:
        try:
            return context.wrap_socket(connection, server_side=True).recv(100).decode()
        except ssl.SSLError:
            return "no handshake"


async def test_a_sound_server_is_spoken_to(start: Start) -> None:
    setup = Setup((GOOD, MIDDLE))
    liar, to = await start(setup)
    session = await connect(to, "secret", timeout=30, trust=trust_of(setup))
    await session.logout()
    assert liar.heard[-1] == "LOGOUT"


async def test_a_letter_does_not_leave_by_a_revoked_server(start: Start) -> None:
    setup = BAD["revoked"][0]()
    liar, to = await start(setup)
    with refused(NeedsUser, "tls.revoked"):
        async with Submitter(to, "secret", trust=trust_of(setup)):
            pass
    assert liar.heard == []


async def test_an_authority_in_between_that_is_revoked_takes_its_servers_along(
    start: Start,
) -> None:
    _, to = await start(Setup((GOOD, MIDDLE)))
    lists = (crl(MIDDLE, **CRLS), crl(TOP, MIDDLE.certificate.serial_number, **CRLS))
    with refused(NeedsUser, "tls.revoked"):
        await connect(to, "secret", timeout=30, trust=ServerTrust(crls=lists))


async def test_a_revocation_that_comes_ends_the_session_that_was_kept(start: Start) -> None:
    setup, resumed = Setup((GOOD, MIDDLE)), []
    _, to = await start(setup)
    held = trust_of(setup)
    for _ in range(2):
        session = await connect(to, "secret", timeout=30, trust=held)
        connection = session._dialogue.stream.transport.get_extra_info("ssl_object")
        resumed.append(connection.session_reused)
        await session.logout()
    assert resumed == [False, True]
    revoked = replace(setup, revoked=(GOOD.certificate.serial_number,))
    with refused(NeedsUser, "tls.revoked"):
        await connect(to, "secret", timeout=30, trust=trust_of(revoked))


async def test_what_nobody_knows_is_said_and_what_is_missing_is_wanted(
    start: Start, db: Connection
) -> None:
    _, to = await start(Setup((GOOD, MIDDLE)))
    to = stored(db, to)
    session = await connect(to, "secret", timeout=30, trust=server_trust(db, to))
    await session.logout()
    [seen] = servers(db)
    assert (seen.host, seen.state) == ("localhost", Revocation.UNKNOWN)
    assert {(each.url, each.issuer) for each in crls(db)} == {
        (CRL_URL, MIDDLE.der),
        ("http://crl.example/racine.crl", TOP.der),
    }
    set_trust_policy(db, Policy(needs_revocation=True))
    with refused(NeedsUser, "tls.revocation_unknown"):
        await connect(to, "secret", timeout=30, trust=server_trust(db, to))
    keep(db, CRL_URL, crl(MIDDLE, **CRLS))
    keep(db, "http://crl.example/racine.crl", crl(TOP, **CRLS))
    session = await connect(to, "secret", timeout=30, trust=server_trust(db, to))
    await session.logout()
    assert [each.state for each in servers(db)] == [Revocation.GOOD]


def stored(db: Connection, to: Account) -> Account:
    """The same account, in the store."""
    added = add_account(
        db, name="a", address=to.address, imap=to.imap, smtp=to.smtp, user="alice", ca=to.ca
    )
    return account_now(db, added)


def keep(db: Connection, url: str, octets: bytes) -> None:
    [before] = [each for each in crls(db) if each.url == url]
    keep_crl(db, replace(before, octets=octets))


async def test_igc_sante_is_what_was_imported_as_that(
    start: Start, db: Connection, tmp_path: Path
) -> None:
    _, to = await start(Setup((GOOD, MIDDLE)))
    to = stored(db, replace(to, ca="igc-sante"))
    with refused(NeedsUser, "tls.no_anchors"):
        await connect(to, "secret", timeout=30, trust=server_trust(db, to))
    for bundle, made in (("autre", TOP), ("igc-sante", RSA_TOP)):
        path = tmp_path / f"{bundle}.pem"
        path.write_bytes(made.pem)
        replace_bundle(db, bundle, read_bundle(path, bundle, TODAY))
    with refused(NeedsUser, "tls.untrusted"):
        await connect(to, "secret", timeout=30, trust=server_trust(db, to))
    path.write_bytes(TOP.pem)
    replace_bundle(db, "igc-sante", read_bundle(path, "igc-sante", TODAY))
    session = await connect(to, "secret", timeout=30, trust=server_trust(db, to))
    await session.logout()


@pytest.mark.parametrize("imported", [(TOP, MIDDLE), (MIDDLE, RSA_TOP)])
async def test_an_imported_intermediate_helps_and_vouches_for_nothing(
    start: Start, db: Connection, tmp_path: Path, imported: tuple[Made, Made]
) -> None:
    _, to = await start(Setup((GOOD,)))
    to = stored(db, replace(to, ca="igc-sante"))
    path = tmp_path / "igc.pem"
    path.write_bytes(b"".join(each.pem for each in imported))
    replace_bundle(db, "igc-sante", read_bundle(path, "igc-sante", TODAY))
    if TOP in imported:
        session = await connect(to, "secret", timeout=30, trust=server_trust(db, to))
        await session.logout()
    else:
        with refused(NeedsUser, "tls.untrusted"):
            await connect(to, "secret", timeout=30, trust=server_trust(db, to))


def test_the_authorities_of_the_system_are_asked_for_no_lists(db: Connection) -> None:
    assert server_trust(db, stored(db, ALICE)) is None


@pytest.mark.logs("crl.unnoted")
async def test_a_store_that_cannot_be_written_keeps_nobody_from_connecting(
    start: Start, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, to = await start(Setup((GOOD, MIDDLE)))
    to = stored(db, to)

    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("sync.trust.server.want_crls", full)
    session = await connect(to, "secret", timeout=30, trust=server_trust(db, to))
    await session.logout()


def test_tls_is_what_anssi_recommends(tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.pem"
    anchor.write_bytes(TOP.pem)
    context = tls.client_context(replace(ALICE, ca=str(anchor)))
    offered = {each["name"] for each in context.get_ciphers()}
    assert offered - {each for each in offered if each.startswith("TLS_")} == {
        *("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
        *("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
        *("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"),
    }
    assert {each for each in offered if each.startswith("TLS_")} == {
        *("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"),
    }
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_COMPRESSION
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert not context.hostname_checks_common_name


def test_trust_differs_when_a_certificate_could_be_judged_otherwise() -> None:
    one, other = crl(TOP, **CRLS), crl(TOP, 7, **CRLS)
    keys = [
        ServerTrust().key,
        ServerTrust(crls=(one,)).key,
        ServerTrust(crls=(other,)).key,
        ServerTrust(anchors=(one,)).key,
        ServerTrust(needs_revocation=True).key,
    ]
    assert len(set(keys)) == len(keys)
    assert ServerTrust(crls=(one,), noted=partial(print)).key == keys[1]


async def test_a_resumed_session_changes_nothing_of_what_is_known(
    start: Start, db: Connection
) -> None:
    _, to = await start(Setup((GOOD, MIDDLE)))
    to = stored(db, to)
    want_crls(db, [(CRL_URL, MIDDLE.der), ("http://crl.example/racine.crl", TOP.der)])
    keep(db, CRL_URL, crl(MIDDLE, **CRLS))
    keep(db, "http://crl.example/racine.crl", crl(TOP, **CRLS))
    for _ in range(2):
        session = await connect(to, "secret", timeout=30, trust=server_trust(db, to))
        await session.logout()
    assert [each.state for each in servers(db)] == [Revocation.GOOD]
