"""Logging in to servers that offer little, lie, or are spoken for by somebody on the way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

import pytest

from store.errors import MailError, NeedsUser, Transient
from store.model.account import Account, Endpoint
from sync import tls
from sync.imap.connect import connect
from sync.imap.login import Unanswered
from tests.refusals import refused
from tests.servers.authority import Authority
from tests.unit.imap.liar import CAPABLE, HELLO, SECRET, Lie, account


async def log_in(to: Account) -> frozenset[str]:
    session = await connect(to, "mot de pässe", timeout=30)
    await session.logout()
    return session.capabilities


BYE = {"LOGOUT": "* BYE\r\n%s OK\r\n"}


async def test_plain_with_an_initial_response_is_one_turn(lie: Lie) -> None:
    rules = {"AUTHENTICATE": "%s OK [CAPABILITY IMAP4rev1 MOVE] oui\r\n", **BYE}
    liar, to = await lie(rules, CAPABLE.format("AUTH=PLAIN SASL-IR"))
    assert await log_in(to) == {"IMAP4REV1", "MOVE"}
    assert liar.heard == [f"AUTHENTICATE PLAIN {SECRET}", "LOGOUT"]


async def test_plain_without_one_waits_to_be_invited(lie: Lie) -> None:
    rules = {"AUTHENTICATE": "+ \r\n", SECRET: "%s OK [CAPABILITY IMAP4rev1] oui\r\n", **BYE}
    liar, to = await lie(rules, CAPABLE.format("AUTH=PLAIN"))
    await log_in(to)
    assert liar.heard == ["AUTHENTICATE PLAIN", SECRET, "LOGOUT"]


async def test_login_sends_what_cannot_be_quoted_as_a_literal(lie: Lie) -> None:
    rules = {
        "LOGIN": "+ oui\r\n",
        "mot": "%s OK oui\r\n",
        "CAPABILITY": "* CAPABILITY IMAP4rev1 IDLE\r\n%s OK\r\n",
        **BYE,
    }
    liar, to = await lie(rules)
    assert await log_in(to) == {"IMAP4REV1", "IDLE"}
    assert liar.heard == [
        *("CAPABILITY", 'LOGIN "alice" {13}', "mot de pässe", "CAPABILITY", "LOGOUT")
    ]


async def test_where_no_password_may_be_said_none_is(lie: Lie) -> None:
    liar, to = await lie({}, CAPABLE.format("LOGINDISABLED AUTH=GSSAPI"))
    with refused(NeedsUser, "imap.no_login"):
        await log_in(to)
    assert liar.heard == []


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ("%s NO [AUTHENTICATIONFAILED] non\r\n", NeedsUser, "imap.login_refused"),
        ("%s NO [UNAVAILABLE] plus tard\r\n", Transient, "imap.busy"),
        ("%s BAD quoi\r\n", NeedsUser, "imap.no_login"),
        ("* BYE [UNAVAILABLE] trop de monde\r\n", Unanswered, "imap.bye"),
        ("* BYE trop d'essais\r\n", NeedsUser, "imap.closed_after_password"),
    ],
)
async def test_a_login_that_fails_says_why(
    lie: Lie, answer: str, kind: type[MailError], code: str
) -> None:
    _, to = await lie({"AUTHENTICATE": answer}, CAPABLE.format("AUTH=PLAIN SASL-IR"))
    with refused(kind, code):
        await log_in(to)


@pytest.mark.parametrize(
    ("greeting", "kind", "code"),
    [
        ("* BYE complet\r\n", Transient, "imap.bye"),
        ("* PREAUTH bonjour\r\n", NeedsUser, "imap.preauth"),
        ("* NO\r\n", Transient, "imap.protocol"),
        ("* CAPABILITY IMAP4rev1\r\n", Transient, "imap.protocol"),
        ("HTTP/1.1 302 Found\r\nLocation: /portail\r\n\r\n", Transient, "imap.protocol"),
        ("x" * 100_000, Transient, "imap.protocol"),
    ],
)
async def test_a_greeting_that_is_none_ends_it(
    lie: Lie, greeting: str, kind: type[MailError], code: str
) -> None:
    liar, to = await lie({}, greeting)
    with refused(kind, code):
        await log_in(to)
    assert liar.heard == []


@pytest.mark.parametrize(
    ("rules", "greeting", "code"),
    [
        ({}, CAPABLE.format("AUTH=PLAIN SASL-IR"), "tls.no_starttls"),
        ({}, "* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] bonjour\r\n", "tls.no_starttls"),
        ({"CAPABILITY": "* CAPABILITY IMAP4rev1\r\n%s OK\r\n"}, HELLO, "tls.no_starttls"),
        ({"STARTTLS": "%s NO non\r\n"}, CAPABLE.format("STARTTLS"), "tls.no_starttls"),
        (
            {"STARTTLS": "%s OK oui\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"},
            CAPABLE.format("STARTTLS"),
            "tls.injected",
        ),
        ({"STARTTLS": "%s OK oui\r\n\r\n"}, CAPABLE.format("STARTTLS"), "tls.injected"),
    ],
)
async def test_starttls_is_taken_strictly_or_not_at_all(
    lie: Lie, rules: dict[str, str], greeting: str, code: str
) -> None:
    liar, to = await lie(rules, greeting, implicit=False)
    with refused(NeedsUser, code):
        await log_in(to)
    assert set(liar.heard) <= {"CAPABILITY", "STARTTLS"}


async def test_what_was_offered_in_clear_counts_for_nothing(lie: Lie) -> None:
    rules = {
        "STARTTLS": "%s OK oui\r\n",
        "CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n%s OK\r\n",
        "AUTHENTICATE": "%s OK [CAPABILITY IMAP4rev1] oui\r\n",
        **BYE,
    }
    liar, to = await lie(rules, CAPABLE.format("STARTTLS LOGINDISABLED"), implicit=False)
    await log_in(to)
    assert liar.heard == ["STARTTLS", "CAPABILITY", f"AUTHENTICATE PLAIN {SECRET}", "LOGOUT"]


async def test_enabling_costs_no_turn(lie: Lie) -> None:
    rules = {
        "AUTHENTICATE": "%s OK [CAPABILITY IMAP4rev1 ENABLE QRESYNC LIST-EXTENDED LIST-STATUS]\r\n",
        "ENABLE": "* ENABLED QRESYNC\r\n%s OK\r\n",
        "LIST": "%s OK\r\n",
        **BYE,
    }
    _, to = await lie(rules, CAPABLE.format("AUTH=PLAIN SASL-IR"))
    session = await connect(to, "mot de pässe", timeout=30)
    await session.list_mailboxes()
    assert session.traffic.turns == 2
    await session.logout()


def test_only_safe_suites_are_offered() -> None:
    context = tls.client_context(account(993))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    for suite in context.get_ciphers():
        assert suite["aead"], suite["name"]
        assert suite["protocol"] == "TLSv1.3" or suite["name"].startswith("ECDHE-")


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (TimeoutError(), Transient, "net.timeout"),
        (ConnectionResetError(), Transient, "net.lost"),
        (ConnectionRefusedError(), Transient, "net.unreachable"),
        (OSError(101, "Network is unreachable"), Transient, "net.unreachable"),
        (EOFError(), Transient, "net.lost"),
        (ssl.SSLEOFError(8, "EOF"), Transient, "net.lost"),
        (UnicodeError("label too long"), Transient, "net.name"),
    ],
)
def test_what_broke_is_said(error: Exception, kind: type[MailError], code: str) -> None:
    with refused(kind, code):
        raise tls.explain(error, Endpoint(host="imap.exemple.test", port=993))


async def test_an_old_tls_is_refused(authority: Authority) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    old.set_ciphers("AES128-SHA256")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    certificate = authority.server()
    old.load_cert_chain(certificate.cert_file, certificate.key_file)

    def shake_hands() -> None:
        line, _ = listening.accept()
        with line, contextlib.suppress(OSError):
            old.wrap_socket(line, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(asyncio.to_thread(shake_hands))
        with refused(NeedsUser, "tls.failed"):
            await log_in(account(listening.getsockname()[1], ca=str(authority.ca_file)))
        await serving
