"""A strict MSSanté operator, as far as one can be doubled: certificates, tokens, STARTTLS.

Both ways in that domain notes name: a person's, by Pro Santé Connect's token over STARTTLS, and an
organisation's, by its certificate alone. Servers and programs are real; what judges tokens is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from store.db.accounts import account_by_name, want_sync
from store.db.open import Connection
from store.errors import NeedsUser
from store.host import clock
from store.host.keys import unlock
from store.host.paths import Home
from store.model.account import Login, Tls
from sync import tokens
from sync.imap.connect import connect
from sync.passes import whole_pass
from sync.submit.smtp import Submitter
from tests.live.person import Pli, opened
from tests.refusals import refused
from tests.servers.authority import Authority, Certificate
from tests.servers.dovecot import DovecotServer
from tests.servers.postfix import PostfixServer
from tests.servers.tokens import TokenAuthority
from tests.servers.world import MailWorld

LETTER = b"From: z@cabinet.test\r\nSubject: avis\r\nMessage-ID: <s%d@cabinet.test>\r\n\r\nAvis.\r\n"


@dataclass(frozen=True)
class Operator:
    """Its servers, what judges tokens, and the certificate it knows us by."""

    dovecot: DovecotServer
    postfix: PostfixServer
    tokens: TokenAuthority
    client: Certificate

    def options(self, user: str) -> list[str]:
        """How `pli account add` is told of it; 143 and 587, as far as a test has them."""
        account = self.postfix.account(user, tls=Tls.STARTTLS)
        return [
            *("--imap", str(account.imap), "--smtp", str(account.smtp), "--tls", "starttls"),
            *("--user", user, "--address", account.address, "--ca", account.ca),
            *("--client-cert", str(self.client.cert_file)),
            *("--client-key", str(self.client.key_file)),
        ]


@pytest.fixture(scope="module")
def by_token(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """A person's way: a token, over a line that a certificate has opened."""
    with ExitStack() as stack:
        judge = stack.enter_context(TokenAuthority(tmp_path_factory.mktemp("tokens")))
        dovecot = stack.enter_context(
            DovecotServer(authority, introspection_url=judge.url, client_certificates=True)
        )
        postfix = stack.enter_context(PostfixServer(authority, dovecot, client_certificates=True))
        yield Operator(dovecot, postfix, judge, authority.client("cabinet"))


@pytest.fixture(scope="module")
def by_certificate(authority: Authority) -> Iterator[Operator]:
    """An organisation's: its certificate names the mailbox."""
    with ExitStack() as stack:
        dovecot = stack.enter_context(DovecotServer(authority, by_certificate=True))
        postfix = stack.enter_context(PostfixServer(authority, dovecot, by_certificate=True))
        yield Operator(dovecot, postfix, TokenAuthority(Path()), authority.client("labo"))


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    tokens._kept.clear()


@pytest.fixture
def pli(
    home: Home,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    by_token: Operator,
) -> Pli:
    pli = Pli(home, capsys, monkeypatch, MailWorld(by_token.dovecot, by_token.postfix))
    assert pli("init") == 0
    return pli


def reads_and_sends(pli: Pli, operator: Operator, user: str, to: str) -> None:
    """Check, sync, send: what an account is for."""
    assert pli("account", "check") == 0, pli.out
    operator.dovecot.fill(user, "INBOX", [LETTER % 1, LETTER % 2])
    assert pli("sync") == 0, pli.said
    assert len(pli.facts("list", "inbox")) == 2
    words = ("send", "--to", f"{to}@sante.test", "--subject", "Bilan")
    assert pli(*words, body=b"Bonjour.\n") == 0, pli.said
    assert pli("sync") == 0, pli.said
    assert b"Subject: Bilan" in operator.postfix.wait_delivered(f"{to}@sante.test", 1)[0]


def test_a_person_reads_and_sends_by_token(pli: Pli, by_token: Operator) -> None:
    token = by_token.tokens.issue("alice")
    command = by_token.tokens.command("alice")
    options = by_token.options("alice")
    assert pli("account", "add", "cabinet", *options, "--token-command", command) == 0, pli.said
    reads_and_sends(pli, by_token, "alice", "bob")
    assert pli.facts("account", "list")[0]["login"] == "token"
    for file in pli.home.root.rglob("*"):
        assert not file.is_file() or token.encode() not in file.read_bytes(), file
    for log in (by_token.dovecot.log(), by_token.postfix.log()):
        assert "PLAIN" not in log


def test_a_token_that_is_over_says_what_to_open_and_comes_back(
    pli: Pli, by_token: Operator
) -> None:
    by_token.tokens.issue("carole")
    command = by_token.tokens.command("carole")
    options = by_token.options("carole")
    assert pli("account", "add", "cabinet", *options, "--token-command", command) == 0, pli.said
    assert pli("sync") == 0, pli.said
    by_token.tokens.revoke("carole")
    asked = by_token.tokens.asked
    assert pli("sync") == 1
    assert "la carte ou Pro Santé Connect doit être rouverte" in pli.said
    assert by_token.tokens.asked - asked <= 2, "a refused token is not said again"
    by_token.tokens.issue("carole")
    with opened(pli) as db:
        want_sync(db, account_by_name(db, "cabinet").id, clock.now() + 1)
    assert pli("sync") == 0, pli.said


async def test_a_node_that_lives_longer_than_its_token_asks_for_another(
    pli: Pli, by_token: Operator
) -> None:
    by_token.tokens.issue("denis")
    options = by_token.options("denis")
    command = by_token.tokens.command("denis")
    assert pli("account", "add", "cabinet", *options, "--token-command", command) == 0, pli.said
    key = unlock(pli.home, key_file=pli.key_file)
    with opened(pli) as db:
        for _ in range(2):
            await _pass(db, pli, key)
            by_token.tokens.revoke("denis")
            by_token.tokens.issue("denis")
        account = account_by_name(db, "cabinet")
        async with Submitter(account, ""):
            pass


async def _pass(db: Connection, pli: Pli, key: object) -> None:
    await whole_pass(db, account_by_name(db, "cabinet"), pli.home, key)  # type: ignore[arg-type]


async def test_without_the_certificate_no_token_is_said(by_token: Operator) -> None:
    by_token.tokens.issue("eve")
    account = by_token.postfix.account(
        "eve", login=Login.TOKEN, token_command=by_token.tokens.command("eve"), tls=Tls.STARTTLS
    )
    asked = by_token.tokens.asked
    with pytest.raises(NeedsUser):
        await connect(account, "", timeout=10)
    with pytest.raises(NeedsUser):
        async with Submitter(account, ""):
            pass
    assert by_token.tokens.asked == asked


async def test_a_password_is_of_no_use_there_and_is_not_said(by_token: Operator) -> None:
    account = replace(
        by_token.postfix.account("alice", tls=Tls.STARTTLS),
        client_cert=str(by_token.client.cert_file),
        client_key=str(by_token.client.key_file),
    )
    with refused(NeedsUser, "smtp.no_login"):
        async with Submitter(account, "motdepasse"):
            pass


def test_an_organisation_reads_and_sends_by_its_certificate_alone(
    pli: Pli, by_certificate: Operator
) -> None:
    options = by_certificate.options("labo")
    assert pli("account", "add", "labo", *options, "--external") == 0, pli.said
    reads_and_sends(pli, by_certificate, "labo", "alice")
    assert pli.facts("account", "list")[0]["login"] == "certificate"


async def test_a_certificate_opens_its_own_mailbox_and_no_other(by_certificate: Operator) -> None:
    account = replace(
        by_certificate.postfix.account("alice", tls=Tls.STARTTLS),
        login=Login.CERTIFICATE,
        client_cert=str(by_certificate.client.cert_file),
        client_key=str(by_certificate.client.key_file),
    )
    with refused(NeedsUser, "certificate.login_refused"):
        await connect(account, "", timeout=10)
