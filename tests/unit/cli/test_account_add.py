"""`pli account add`: each way of logging in, POP3, and an address whose servers are looked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from store.db.accounts import account_by_name, accounts
from store.db.open import Connection
from store.db.private import private_of
from store.host.keys import DataKey
from store.host.paths import Home
from store.host.secrets import password_for
from store.model.account import Endpoint, Incoming, Login, Tls
from sync.commands import account_add
from sync.discover.choose import Found, Server
from tests.unit.cli.conftest import Pli

ADDRESS = "marie.martin@sante.test"
SERVERS = ("--imap", "imap.x.test:993", "--smtp", "smtp.x.test:465", "--user", "marie")
INSIDE = Found(
    source="https://autoconfig.sante.test/mail/config-v1.1.xml",
    incoming=Server(protocol="imap", host="imap.sante.test", port=993, tls=Tls.IMPLICIT),
    sending=Server(protocol="smtp", host="smtp.sante.test", port=587, tls=Tls.STARTTLS),
    user="marie.martin",
)
OUTSIDE = Found(
    source="SRV sante.test",
    incoming=Server(protocol="pop3", host="pop.voleur.test", port=995, tls=Tls.IMPLICIT),
    sending=INSIDE.sending,
)


@pytest.fixture
def pw(tmp_path: Path) -> str:
    """A password file as it should be."""
    return str(private(tmp_path / "pw", b"secret\n"))


def private(path: Path, octets: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(octets)
    return path


@pytest.fixture
def proposes(monkeypatch: pytest.MonkeyPatch) -> dict[str, Found | None]:
    """What the domain of the address says: set 'found'."""
    says: dict[str, Found | None] = {"found": None}

    async def look(address: str, ca: str) -> Found | None:
        says["asked"] = None
        return says["found"]

    monkeypatch.setattr(account_add, "look", look)
    return says


def test_a_login_by_token_keeps_the_command_and_no_secret(
    call: Pli, db: Connection, home: Home, key: DataKey
) -> None:
    said = call("account", "add", "psc", *SERVERS, "--token-command", "psc-jeton 'a b'")
    assert said.code == 0, said.err
    added = account_by_name(db, "psc")
    assert (added.login, added.token_command) == (Login.TOKEN, "psc-jeton 'a b'")
    assert password_for(added, home, key) == ""
    assert not home.secrets.exists()


def test_a_login_by_certificate_needs_one(call: Pli, db: Connection, tmp_path: Path) -> None:
    words = ("account", "add", "labo", *SERVERS, "--external")
    assert call(*words).code == 2
    bundle = private(tmp_path / "labo.p12", b"\x30\x82")
    opens = private(tmp_path / "opens", b"x\n")
    files = ("--client-cert", str(bundle), "--client-password-file", str(opens))
    assert call(*words, *files).code == 0
    added = account_by_name(db, "labo")
    assert added.login is Login.CERTIFICATE
    assert (added.client_cert, added.client_password_file) == (str(bundle), str(opens))
    assert {str(bundle), str(opens)} <= set(private_of(db).files), "neither leaves by a folder"
    bundle.chmod(0o644)
    assert call("account", "add", "autre", *SERVERS, "--external", *files).code == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--token-command", "x", "--external"),
        ("--token-command", "x", "--password-command", "y"),
        ("--token-command", "'"),
        ("--pop3", "pop.x.test"),
        ("--pop3-delete-after", "demain"),
    ],
)
def test_what_cannot_be_is_refused(call: Pli, db: Connection, words: tuple[str, ...]) -> None:
    said = call("account", "add", "x", *SERVERS, *words)
    assert (said.code, accounts(db)) == (2, [])


def test_a_pop3_account_has_its_own_ports_and_leaves_letters_where_they_are(
    call: Pli, db: Connection, pw: str
) -> None:
    words = ("--pop3", "pop.x.test", "--smtp", "smtp.x.test", "--user", "a", "--password-file", pw)
    assert call("account", "add", "vieux", *words).code == 0
    added = account_by_name(db, "vieux")
    assert (added.incoming, added.imap.port) == (Incoming.POP3, 995)
    assert added.pop3_delete_days is None
    assert call("account", "set", "vieux", "--pop3-delete-after", "30").code == 0
    assert account_by_name(db, "vieux").pop3_delete_days == 30
    assert call("account", "set", "vieux", "--tls", "starttls").code == 0
    changed = account_by_name(db, "vieux")
    assert (changed.imap.port, changed.smtp.port, changed.pop3_delete_days) == (110, 587, 30)
    assert call("account", "set", "vieux", "--pop3-delete-after", "never").code == 0
    assert account_by_name(db, "vieux").pop3_delete_days is None
    before = account_by_name(db, "vieux")
    assert call("account", "set", "vieux", "--imap", "imap.x.test").code == 2
    assert account_by_name(db, "vieux") == before


def test_sending_may_be_encrypted_otherwise_than_reading(
    call: Pli, db: Connection, pw: str
) -> None:
    words = ("--imap", "i.x.test", "--smtp", "s.x.test", "--user", "a", "--password-file", pw)
    assert call("account", "add", "mixte", *words, "--smtp-tls", "starttls").code == 0
    added = account_by_name(db, "mixte")
    assert (added.tls, added.submission_tls) == (Tls.IMPLICIT, Tls.STARTTLS)
    assert (added.imap.port, added.smtp.port) == (993, 587)
    assert call("account", "set", "mixte", "--smtp-tls", "implicit").code == 0
    changed = account_by_name(db, "mixte")
    assert (changed.smtp_tls, changed.smtp.port, changed.imap.port) == (None, 465, 993)


def test_one_way_of_logging_in_replaces_the_other(call: Pli, db: Connection, pw: str) -> None:
    assert call("account", "add", "c", *SERVERS, "--token-command", "x").code == 0
    assert call("account", "set", "c", "--password-file", pw).code == 0
    changed = account_by_name(db, "c")
    assert (changed.login, changed.token_command, changed.password_file) == (
        Login.PASSWORD,
        "",
        pw,
    )
    assert call("account", "set", "c", "--token-command", "y").code == 0
    changed = account_by_name(db, "c")
    assert (changed.login, changed.token_command, changed.password_file) == (Login.TOKEN, "y", "")
    assert call("account", "set", "c", "--display-name", "C").code == 0
    assert account_by_name(db, "c").token_command == "y"
    assert call("account", "set", "c", "--external").code == 2


def test_an_address_whose_servers_are_found_needs_no_more(
    call: Pli, db: Connection, pw: str, proposes: dict[str, Found | None]
) -> None:
    proposes["found"] = INSIDE
    said = call("account", "add", ADDRESS, "--password-file", pw, "--yes")
    assert said.code == 0, said.err
    assert "imap.sante.test:993" in said.err
    assert INSIDE.source in said.err
    added = account_by_name(db, "marie.martin")
    assert added.address == ADDRESS
    assert added.user == "marie.martin"
    assert (added.imap, added.tls) == (Endpoint(host="imap.sante.test", port=993), Tls.IMPLICIT)
    assert (added.smtp.port, added.submission_tls) == (587, Tls.STARTTLS)


def test_a_user_that_was_said_is_not_the_domain_s_to_change(
    call: Pli, db: Connection, pw: str, proposes: dict[str, Found | None]
) -> None:
    proposes["found"] = INSIDE
    words = ("--password-file", pw, "--yes", "--user", "labo7")
    assert call("account", "add", ADDRESS, *words).code == 0
    assert account_by_name(db, "marie.martin").user == "labo7"


def test_nobody_is_there_to_agree(
    call: Pli, db: Connection, pw: str, proposes: dict[str, Found | None]
) -> None:
    proposes["found"] = INSIDE
    said = call("account", "add", ADDRESS, "--password-file", pw)
    assert (said.code, accounts(db)) == (2, [])
    assert "--imap imap.sante.test:993 --smtp smtp.sante.test:587" in said.err
    assert "Il manque encore : --imap --smtp" in said.err


def test_a_server_outside_the_domain_is_called_out_and_not_taken(
    call: Pli, db: Connection, pw: str, proposes: dict[str, Found | None]
) -> None:
    proposes["found"] = OUTSIDE
    said = call("account", "add", ADDRESS, "--password-file", pw, "--yes")
    assert (said.code, accounts(db)) == (2, [])
    assert "hors du domaine sante.test : POP3 pop.voleur.test:995" in said.err


def test_a_domain_that_says_nothing_leaves_the_question(
    call: Pli, db: Connection, pw: str, proposes: dict[str, Found | None]
) -> None:
    said = call("account", "add", ADDRESS, "--password-file", pw, "--smtp", "s.test")
    assert (said.code, accounts(db)) == (2, [])
    assert "Le domaine sante.test ne dit pas" in said.err
    assert "Il manque encore : --imap." in said.err


@pytest.mark.parametrize(("answer", "code"), [("oui", 0), ("non", 2)])
def test_a_person_is_asked(
    call: Pli,
    db: Connection,
    pw: str,
    proposes: dict[str, Found | None],
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(account_add.click, "prompt", lambda *_, **__: answer)
    proposes["found"] = OUTSIDE
    said = call("account", "add", ADDRESS, "--password-file", pw, "--name", "pop")
    assert said.code == code, said.err
    assert len(accounts(db)) == (code == 0)
    if code == 0:
        assert account_by_name(db, "pop").incoming is Incoming.POP3


def test_who_says_it_all_is_asked_nothing_of_and_no_domain_is(
    call: Pli, db: Connection, pw: str, proposes: dict[str, Found | None]
) -> None:
    said = call("account", "add", ADDRESS, *SERVERS, "--password-file", pw)
    assert said.code == 0, said.err
    assert "asked" not in proposes
    assert account_by_name(db, "marie.martin").user == "marie"


def test_a_name_without_servers_says_what_lacks(call: Pli, db: Connection, pw: str) -> None:
    said = call("account", "add", "cabinet", "--password-file", pw)
    assert (said.code, accounts(db)) == (2, [])
    assert "Il manque encore : --imap --smtp --user" in said.err
