"""Being sure whom we talk to, and being let in: every way it may go wrong, on a real Dovecot."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from store.errors import NeedsUser, Transient
from store.model.account import Endpoint, Profile, Tls
from sync.imap.connect import connect
from tests.live.imap.conftest import Open, password
from tests.refusals import refused
from tests.servers import process
from tests.servers.authority import Authority
from tests.servers.dovecot import DovecotServer


@pytest.mark.parametrize("tls", Tls)
async def test_both_ways_of_encrypting_let_us_in(
    server: DovecotServer, name: str, log_in: Open, tls: Tls
) -> None:
    session = await log_in(server.account(name, tls=tls))
    assert session.has("IMAP4REV1")
    await session._dialogue.ask(b"NOOP")


async def test_a_password_with_everything_in_it_is_the_right_one(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    dovecot.add_user(name, 'pâ"ss\\wörd {5} %s €')
    await (await log_in(dovecot.account(name)))._dialogue.ask(b"NOOP")


@pytest.mark.parametrize("flies", [False, True])
async def test_a_wrong_password_is_for_the_person(
    dovecot: DovecotServer, name: str, flies: bool
) -> None:
    account = replace(dovecot.account(name), profile=Profile.MOBILE)
    with refused(NeedsUser, "imap.login_refused"):
        await connect(account, "faux", listing=flies, much=flies, watch=flies)


@pytest.mark.parametrize("tls", Tls)
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("expired", "tls.expired"),
        ("wrong_host", "tls.wrong_host"),
        ("self_signed", "tls.untrusted"),
        ("stranger", "tls.untrusted"),
    ],
)
async def test_a_certificate_that_does_not_convince_gets_no_password(
    authority: Authority, name: str, kind: str, code: str, tls: Tls
) -> None:
    with DovecotServer(authority, certificate=authority.server(kind)) as server:
        account = server.account(name, tls=tls)
        with refused(NeedsUser, code):
            await connect(account, password(account))
        # Dovecot 2.3 and 2.4 word it differently; both name who tried in every line of a login.
        process.wait_until(lambda: "TLS handshaking" in server.log(), "the handshake was left")
        lines = [line for line in server.log().splitlines() if " imap-login: " in line]
        assert [line for line in lines if "user=<>," not in line] == []


async def test_the_system_s_authorities_do_not_vouch_for_ours(
    dovecot: DovecotServer, name: str
) -> None:
    account = dovecot.account(name, ca="system")
    with refused(NeedsUser, "tls.untrusted"):
        await connect(account, password(account))


async def test_anchors_that_are_not_there_are_asked_for(
    dovecot: DovecotServer, name: str, tmp_path: Path
) -> None:
    empty = tmp_path / "vide.pem"
    empty.write_text("")
    for ca, code in {
        "igc-sante": "tls.no_anchors",
        str(tmp_path / "absent.pem"): "tls.bad_anchors",
        str(empty): "tls.bad_anchors",
    }.items():
        with refused(NeedsUser, code):
            await connect(dovecot.account(name, ca=ca), "")


async def test_a_client_certificate_is_shown_where_one_is_demanded(
    authority: Authority, name: str, log_in: Open
) -> None:
    with DovecotServer(authority, client_certificates=True) as server:
        certificate = authority.client(name)
        shown = {"client_cert": str(certificate.cert_file), "client_key": str(certificate.key_file)}
        session = await log_in(server.account(name, **shown))
        await session._dialogue.ask(b"NOOP")
        await session.logout()
        with pytest.raises(NeedsUser):
            await connect(server.account(name), password(server.account(name)))


async def test_a_client_key_that_cannot_be_read_is_said(
    dovecot: DovecotServer, name: str, tmp_path: Path
) -> None:
    account = dovecot.account(name, client_cert=str(tmp_path / "absent.pem"))
    with refused(NeedsUser, "tls.bad_client_cert"):
        await connect(account, "")


async def test_a_client_key_that_others_can_read_is_refused(
    authority: Authority, dovecot: DovecotServer, name: str
) -> None:
    certificate = authority.client(name)
    certificate.key_file.chmod(0o640)
    shown = {"client_cert": str(certificate.cert_file), "client_key": str(certificate.key_file)}
    with refused(NeedsUser, "tls.client_key_not_private"):
        await connect(dovecot.account(name, **shown), "")


async def test_nobody_at_that_port_is_said_at_once(dovecot: DovecotServer, name: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    account = dovecot.account(name, imap=Endpoint(host="127.0.0.1", port=port))
    with refused(Transient, "net.unreachable"):
        await connect(account, "")


async def test_a_name_nobody_has_is_said(dovecot: DovecotServer, name: str) -> None:
    account = dovecot.account(name, imap=Endpoint(host="imap.nulle-part.invalid", port=993))
    with refused(Transient, "net.name"):
        await connect(account, "")


async def test_tls_to_a_port_in_clear_is_no_tls(dovecot: DovecotServer, name: str) -> None:
    account = dovecot.account(name, imap=Endpoint(host="127.0.0.1", port=dovecot.imap_port))
    with refused(NeedsUser, "tls.failed"):
        await connect(account, "")


async def test_a_server_that_says_nothing_is_left_in_time(
    dovecot: DovecotServer, name: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = Endpoint(host="127.0.0.1", port=silent.getsockname()[1])
        for tls in Tls:
            with refused(Transient, "net.timeout"):
                await connect(dovecot.account(name, imap=endpoint, tls=tls), "", timeout=0.3)


async def test_logging_out_of_a_dead_connection_says_nothing(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    session = await log_in(dovecot.account(name))
    await session.logout()
    await session.logout()
    with refused(Transient, "net.lost"):
        await session._dialogue.ask(b"NOOP")


async def test_the_second_login_is_one_flight_with_the_same_list(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    first = await log_in(server.account(name))
    listed = {each.wire_name: each for each in await first.list_mailboxes()}
    account = server.account(name, capabilities=first.remembered)
    second = await connect(account, password(account), listing=True)
    again = {each.wire_name: each for each in await second.list_mailboxes()}
    turns = second.traffic.turns
    await second._dialogue.ask(b"NOOP")
    await second.logout()
    assert again == listed
    assert (second.capabilities, second.remembered) == (first.capabilities, first.remembered)
    # With LIST-STATUS, all is said in answer to what was written after the greeting.
    assert turns <= (1 if second.has("LIST-STATUS") else 3)


async def test_a_goodbye_nobody_waits_for_is_heard(dovecot: DovecotServer, name: str) -> None:
    account = dovecot.account(name)
    session = await connect(account, password(account))
    await session._dialogue.ask(b"NOOP")
    await session.logout()
    process.wait_until(lambda: f"imap({name})" in dovecot.log(), "dovecot noted the end")
    [line] = [each for each in dovecot.log().splitlines() if f"imap({name})" in each]
    assert "Logged out" in line
