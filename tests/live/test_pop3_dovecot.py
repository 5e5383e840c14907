"""An account that is read over POP3 alone, against a real Dovecot and a real Postfix."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.db.accounts import account as account_now
from store.db.accounts import add_account
from store.db.emails import octets_of
from store.db.open import Connection
from store.errors import NeedsUser
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Account, Endpoint, Incoming, Profile, Tls
from sync.passes import whole_pass
from sync.pop3.login import connect
from tests.live.person import Pli
from tests.refusals import refused
from tests.servers.dovecot import DOMAIN, HOST, DovecotServer
from tests.servers.postfix import PostfixServer
from tests.servers.world import MailWorld

LETTER = (
    b"Received: by x; Mon, 2 Jan 2023 10:00:%02d +0100\r\nFrom: z@cabinet.test\r\n"
    b"Subject: avis %d\r\nMessage-ID: <p%d@cabinet.test>\r\n\r\n.Avis\r\n..\r\n.\r\n%s"
)


@pytest.fixture
def server(dovecot: DovecotServer) -> DovecotServer:
    """It speaks POP3 too."""
    return dovecot


def letter(n: int, size: int = 0) -> bytes:
    return LETTER % (n, n, n, b"x" * 70 + b"\r\n" if not size else b"y" * size)


def old(server: DovecotServer, name: str, tls: Tls = Tls.IMPLICIT, **more: object) -> Account:
    """Somebody whose operator knows only POP3."""
    port = server.pop3s_port if tls is Tls.IMPLICIT else server.pop3_port
    here = Endpoint(host=HOST, port=port)
    return server.account(name, tls=tls, imap=here, incoming=Incoming.POP3, **more)


def password(account: Account) -> str:
    return Path(account.password_file).read_text().strip()


def in_store(db: Connection, account: Account, **more: object) -> Account:
    names = ("name", "address", "imap", "smtp", "user", "tls", "password_file", "ca", "incoming")
    fields = {name: getattr(account, name) for name in names} | more
    return account_now(db, add_account(db, **fields))  # type: ignore[arg-type]


def letters_here(db: Connection) -> list[bytes]:
    rows = db.execute("SELECT id FROM email WHERE digest IS NOT NULL ORDER BY received_at")
    return [octets_of(db, row[0]) for row in rows.fetchall()]


@pytest.mark.parametrize("tls", Tls)
async def test_both_ways_of_encrypting_let_us_in(server: DovecotServer, tls: Tls) -> None:
    account = old(server, f"p-{tls}", tls)
    maildrop = await connect(account, password(account))
    assert await maildrop.listing() == []
    assert maildrop.lists_headers
    await maildrop.quit()


async def test_a_wrong_password_is_for_the_person(server: DovecotServer) -> None:
    with refused(NeedsUser, "pop3.login_refused"):
        await connect(old(server, "p-wrong"), "faux")


async def test_letters_come_as_they_are_and_stay_there(
    server: DovecotServer, db: Connection, home: Home, key: DataKey
) -> None:
    account = in_store(db, old(server, "p-stay"))
    sent = [letter(n) for n in range(1, 60)]
    server.fill("p-stay", "INBOX", sent)
    first = await whole_pass(db, account, home, key)
    assert (first.fetched, letters_here(db)) == (59, sent)
    again = await whole_pass(db, account, home, key)
    assert again.fetched == 0
    assert again.octets < 8_000
    assert first.turns - again.turns == 2, "sixty letters in two flights"
    assert len(server.letters("p-stay")) == 59


async def test_letters_leave_after_so_many_days_and_a_quit(
    server: DovecotServer, db: Connection, home: Home, key: DataKey
) -> None:
    account = in_store(db, old(server, "p-go"), pop3_delete_days=0)
    server.fill("p-go", "INBOX", [letter(1), letter(2)])
    await whole_pass(db, account, home, key)
    assert len(server.letters("p-go")) == 2, "held only now"
    await whole_pass(db, account, home, key)
    assert server.letters("p-go") == []
    assert letters_here(db) == [letter(1), letter(2)]


async def test_a_lean_line_lists_first(
    server: DovecotServer, db: Connection, home: Home, key: DataKey
) -> None:
    account = in_store(db, old(server, "p-lean"), profile=Profile.SATELLITE)
    server.fill("p-lean", "INBOX", [letter(n, size=1_000_000) for n in range(1, 4)])
    done = await whole_pass(db, account, home, key)
    assert done.octets < 20_000
    subjects = db.execute("SELECT subject, size > 1000000 FROM email ORDER BY subject").fetchall()
    assert subjects == [(f"avis {n}", 1) for n in range(1, 4)]
    assert letters_here(db) == []


@pytest.fixture
def pli(
    home: Home,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    postfix: PostfixServer,
    server: DovecotServer,
) -> Pli:
    pli = Pli(home, capsys, monkeypatch, MailWorld(server, postfix))
    assert pli("init") == 0
    return pli


def test_a_person_reads_files_and_sends(
    pli: Pli, server: DovecotServer, postfix: PostfixServer
) -> None:
    server.add_user("pop")
    server.add_user("pop2")
    words = [
        *("--pop3", f"{HOST}:{server.pop3s_port}", "--smtp", f"{HOST}:{postfix.smtps_port}"),
        *("--user", "pop", "--address", f"pop@{DOMAIN}", "--ca", str(server.ca_file)),
        *("--password-file", str(server.password_file("pop"))),
    ]
    assert pli("account", "add", "vieux", *words) == 0, pli.said
    assert pli("account", "check") == 0, pli.out
    assert "vieux pop3" in pli.out
    server.fill("pop", "INBOX", [letter(1), letter(2)])
    assert pli("sync") == 0, pli.said
    ids = [str(row["id"]) for row in pli.facts("list", "inbox")]
    assert len(ids) == 2
    assert pli("move", ids[0], "--to", "Archive") == 0, pli.said
    assert pli("mark", "--mailbox", "INBOX", "--seen") == 0, pli.said
    assert pli("send", "--to", f"pop2@{DOMAIN}", "--subject", "Vu", body=b"Merci.\n") == 0
    assert pli("sync") == 0, pli.said
    # What the server says of the letter that left may be here already.
    others = [row for row in pli.facts("list", "inbox") if "Delivery" not in str(row["from"])]
    assert len(others) == 1
    assert len(pli.facts("list", "archive")) == 1
    assert len(pli.facts("list", "sent")) == 1
    assert sum(b"Subject: avis" in each for each in server.letters("pop")) == 2
    assert pli("account", "set", "vieux", "--imap", "x.test:993") == 2
