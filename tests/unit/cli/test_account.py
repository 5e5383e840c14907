"""`pli account set` and `remove`: what changes, what is refused, and what is gone afterwards."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import click
import pytest

from store.db.accounts import account, account_by_name, accounts
from store.db.drafts import attach, save_draft, send_draft
from store.db.drops import add_rule, rules
from store.db.open import Connection
from store.db.removal import leaving
from store.db.submissions import cancel
from store.errors import NeedsUser
from store.host.keys import DataKey
from store.host.paths import Home
from store.host.secrets import password_for, seal_password
from store.model.account import DraftsKept, Endpoint, Profile, Tls
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.ids import AccountId
from tests.tui.practice import NOW, Practice, letter
from tests.tui.practice import practice as make_practice
from tests.tui.test_outbox_screen import queued
from tests.unit.cli.conftest import Pli

SET = ("account", "set", "cabinet")
REMOVE = ("account", "remove", "cabinet")


@pytest.fixture
def practice(db: Connection) -> Practice:
    """The account `cabinet` with its mailboxes."""
    return make_practice(db)


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    """A password file as it should be."""
    path = tmp_path / "pw"
    path.touch(mode=0o600)
    path.write_text("secret\n")
    return path


def rows(db: Connection, table: str) -> int:
    """How many rows a table has."""
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_each_option_is_changed_and_nothing_else(
    call: Pli, db: Connection, cabinet: AccountId, tmp_path: Path, password_file: Path
) -> None:
    before = account(db, cabinet)
    pem, key = tmp_path / "ca.pem", tmp_path / "key.pem"
    pem.touch()
    key.touch(mode=0o600)
    changes = {
        ("--imap", "imap.autre.example:1993"): {
            "imap": Endpoint(host="imap.autre.example", port=1993)
        },
        ("--smtp", "smtp.autre.example"): {"smtp": Endpoint(host="smtp.autre.example", port=465)},
        ("--user", "bob"): {"user": "bob"},
        ("--address", "bob@b.example"): {"address": "bob@b.example"},
        ("--display-name", "Dr Bob"): {"display_name": "Dr Bob"},
        ("--ca", str(pem)): {"ca": str(pem)},
        ("--profile", "satellite"): {"profile": Profile.SATELLITE},
        ("--drafts", "local"): {"drafts": DraftsKept.LOCAL},
        ("--password-file", str(password_file)): {"password_file": str(password_file)},
        ("--password-command", "pass x"): {"password_file": "", "password_command": "pass x"},
        ("--client-cert", str(pem), "--client-key", str(key)): {
            "client_cert": str(pem),
            "client_key": str(key),
        },
    }
    expected = {f: getattr(before, f) for f in before.__dataclass_fields__}
    for words, change in changes.items():
        assert call(*SET, *words).code == 0, words
        now = account(db, cabinet)
        expected |= change | {"sync_wanted_at": now.sync_wanted_at}
        assert {f: getattr(now, f) for f in expected} == expected, words
    assert account(db, cabinet).sync_wanted_at > 0  # a node that waits for a person tries at once


def test_the_protocols_own_ports_follow_the_encryption(
    call: Pli, db: Connection, cabinet: AccountId
) -> None:
    call(*SET, "--tls", "starttls")
    changed = account(db, cabinet)
    assert (changed.tls, changed.imap.port, changed.smtp.port) == (Tls.STARTTLS, 143, 587)
    call(*SET, "--imap", "h:1143")
    call(*SET, "--tls", "implicit")
    changed = account(db, cabinet)
    assert (changed.imap.port, changed.smtp.port) == (1143, 465)


def test_a_new_password_is_asked_for_and_sealed(
    call: Pli,
    db: Connection,
    cabinet: AccountId,
    home: Home,
    key: DataKey,
    password_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seal_password(home, key, cabinet, "ancien")
    assert call(*SET, "--password-file", str(password_file)).code == 0
    assert password_for(account(db, cabinet), home, key) == "secret"
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(getpass, "getpass", lambda question: "nouveau")
    said = call(*SET, "--ask-password")
    assert (said.code, "nouveau" in said.out + said.err) == (0, False)
    assert account(db, cabinet).password_file == ""
    assert password_for(account(db, cabinet), home, key) == "nouveau"


def test_a_password_elsewhere_leaves_no_sealed_one(
    call: Pli, db: Connection, cabinet: AccountId, home: Home, key: DataKey
) -> None:
    seal_password(home, key, cabinet, "ancien")
    call(*SET, "--password-command", "true")
    db.execute("UPDATE account SET password_command = ''")
    with pytest.raises(NeedsUser, match=r"password\.none"):
        password_for(account(db, cabinet), home, key)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "account set --help"),
        (("--address", "bob"), "bob"),
        (("--ca", "/nulle/part"), "/nulle/part"),
        (("--imap", "h:port"), "--imap"),
        (("--client-cert", __file__), "--client-key"),
        (("--password-file", "PW", "--password-command", "x"), "pas les deux"),
        (("--ask-password", "--password-command", "x"), "pas les deux"),
        (("--ask-password",), "personne n'est là"),
    ],
)
def test_what_cannot_be_is_refused_as_by_add(
    call: Pli,
    db: Connection,
    cabinet: AccountId,
    password_file: Path,
    words: tuple[str, ...],
    said: str,
) -> None:
    before = account(db, cabinet)
    refused = call(*SET, *(str(password_file) if word == "PW" else word for word in words))
    assert (refused.code, refused.err.count("\n")) == (2, 1), refused.err
    assert said in refused.err
    assert account(db, cabinet) == before


def test_another_server_or_user_numbers_the_mailboxes_anew(
    call: Pli, db: Connection, practice: Practice
) -> None:
    db.execute("UPDATE mailbox SET uidvalidity = 7, uidnext = 9, highestmodseq = 3")
    call(*SET, "--display-name", "Dr A", "--imap", "imap.operateur.example:1993")
    assert db.execute("SELECT DISTINCT uidvalidity FROM mailbox").fetchall() == [(7,)]
    call(*SET, "--user", "bob")
    facts = db.execute("SELECT DISTINCT uidvalidity, highestmodseq FROM mailbox").fetchall()
    assert facts == [(0, None)]  # 0 is no server's: UIDs kept here never touch another's letters


def test_nothing_is_removed_that_a_person_has_not_agreed_to(
    call: Pli, db: Connection, cabinet: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = call(*REMOVE)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "--yes" in refused.err
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    asked: list[str] = []

    def answer(question: str, **options: object) -> str:
        asked.append(question)
        return "non"

    monkeypatch.setattr(click, "prompt", answer)
    assert call(*REMOVE).code == 0
    assert [a.id for a in accounts(db)] == [cabinet]
    assert "Rien n'est effacé sur le serveur" in asked[0]
    monkeypatch.setattr(click, "prompt", lambda question, **options: "oui")
    assert call(*REMOVE).code == 0
    assert accounts(db) == []


def test_removing_takes_everything_of_that_account_and_nothing_of_another(
    call: Pli, db: Connection, practice: Practice, home: Home, key: DataKey
) -> None:
    shared, own = letter("Partagée"), letter("À elle")
    practice.deliver(shared, own)
    withdrawn = queued(practice)
    cancel(db, withdrawn, now=NOW)
    sender = EmailAddress(email="alice@cabinet.example")
    kept = attach(db, "r.pdf", "application/pdf", b"%PDF")
    save_draft(db, practice.account_id, Draft(sender=sender, attachments=(kept,)), now=NOW)
    seal_password(home, key, practice.account_id, "secret")
    db.execute("UPDATE account SET name = 'ancien'")
    other = make_practice(db)
    other.deliver(shared)
    said = call("account", "remove", "ancien", "--yes")
    assert (said.code, "2 lettres" in said.err) == (0, True), said.err
    assert [a.id for a in accounts(db)] == [other.account_id]
    assert [rows(db, t) for t in ("email", "placement", "thread", "blob")] == [1, 1, 1, 1]
    assert [rows(db, t) for t in ("email_submission", "draft", "draft_attachment")] == [0, 0, 0]
    assert db.execute("SELECT DISTINCT account_id FROM mailbox").fetchall() == [(other.account_id,)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    with pytest.raises(NeedsUser, match=r"password\.none"):
        password_for(account_by_name(db, "cabinet"), home, key)


def test_an_outbox_that_has_not_finished_forbids_it(
    call: Pli, db: Connection, practice: Practice
) -> None:
    waiting = queued(practice)
    for state in ("queued", "sending", "uncertain", "deferred", "refused"):
        db.execute("UPDATE email_submission SET state = ?", (state,))
        said = call(*REMOVE, "--yes")
        assert (said.code, said.err.count("\n")) == (2, 1), state
        assert "pli outbox" in said.err
    db.execute("UPDATE email_submission SET state = 'queued'")
    cancel(db, waiting, now=NOW)
    sender = EmailAddress(email="alice@cabinet.example")
    draft_id = save_draft(db, practice.account_id, Draft(sender=sender), now=NOW)
    send_draft(db, draft_id, NOW)
    assert call(*REMOVE, "--yes").code == 2
    assert len(accounts(db)) == 1


def test_a_sent_letter_whose_copy_no_server_has_is_counted(
    call: Pli, db: Connection, practice: Practice
) -> None:
    """With the account goes the only copy there is."""
    queued(practice)
    db.execute("UPDATE email_submission SET state = 'accepted'")
    db.execute("UPDATE submission_recipient SET state = 'accepted'")
    assert leaving(db, practice.account_id).pending == 1
    db.execute("UPDATE email_submission SET sent_copy = 'filed'")
    assert leaving(db, practice.account_id).pending == 0


def test_a_rule_that_sends_by_it_forbids_it_until_it_is_removed(
    call: Pli, db: Connection, cabinet: AccountId, tmp_path: Path
) -> None:
    folder = str(tmp_path / "depot")
    add_rule(db, name="labo", folder=folder, account_id=cabinet, to=["bob@labo.example"])
    said = call(*REMOVE, "--yes")
    assert (said.code, "pli drop remove labo" in said.err) == (2, True)
    assert call("drop", "remove", "labo").code == 0
    assert rules(db) == []
    assert call(*REMOVE, "--yes").code == 0


@pytest.mark.parametrize("command", ["set", "remove"])
def test_an_unknown_account_is_code_2(call: Pli, command: str) -> None:
    said = call("account", command, "personne", *(["--yes"] if command == "remove" else []))
    assert (said.code, said.err.count("\n")) == (2, 1)


@pytest.mark.parametrize("command", ["add", "set"])
@pytest.mark.parametrize(
    ("option", "other"), [("--password-file", ()), ("--client-key", ("--client-cert", __file__))]
)
def test_a_secret_that_others_can_read_is_refused(
    call: Pli,
    db: Connection,
    cabinet: AccountId,
    tmp_path: Path,
    command: str,
    option: str,
    other: tuple[str, ...],
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    servers = ("--imap", "h:1", "--smtp", "h:1", "--user", "u") if command == "add" else ()
    name = "nouveau" if command == "add" else "cabinet"
    for mode in (0o640, 0o604):
        secret.chmod(mode)
        said = call("account", command, name, *servers, option, str(secret), *other)
        assert (said.code, said.err.count("\n")) == (1, 1), said.err
        assert f"chmod 600 {secret}" in said.err
    assert [a.name for a in accounts(db)] == ["cabinet"]
    assert account(db, cabinet).password_file == ""


def test_a_line_nobody_described_is_measured(
    call: Pli, db: Connection, password_file: Path
) -> None:
    server = ("--imap", "imap.operateur.example", "--smtp", "smtp.operateur.example")
    words = (*server, "--user", "alice@cabinet.example", "--password-file", str(password_file))
    assert call("account", "add", "cabinet", *words).code == 0
    assert account_by_name(db, "cabinet").profile is Profile.AUTO
    assert "votre choix" not in call("doctor", "--link").out


@pytest.mark.parametrize("command", ["account list", "outbox", "drop status"])
def test_where_there_is_nothing_that_is_said_and_no_program_reads_it(
    call: Pli, command: str
) -> None:
    told = call(*command.split())
    assert (told.code, told.out) == (0, "")
    assert "Aucun" in told.err or "Rien" in told.err
