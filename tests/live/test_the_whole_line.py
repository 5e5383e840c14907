"""The whole line by the command that people type, against Dovecot and Postfix, no part faked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from store.host.paths import Home
from store.model.account import Account, Tls
from tests.live.person import ROOT, Pli, opened, until
from tests.servers.authority import Authority
from tests.servers.world import MailWorld

LETTER = (
    b"From: =?utf-8?q?Dr_Zo=C3=A9_Exemple?= <zoe@cabinet.test>\r\nTo: alice@cabinet.test\r\n"
    b"Subject: dosage 5 * 3 mg\r\nMessage-ID: <%d@cabinet.test>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"Ch\xe8re cons\x9cur, smile :( sad [/nope] [\r\n"
)


@pytest.fixture
def pli(
    home: Home,
    mail_world: MailWorld,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Pli:
    pli = Pli(home, capsys, monkeypatch, mail_world)
    assert pli("init") == 0
    return pli


@pytest.fixture
def someone(mail_world: MailWorld) -> Account:
    account = mail_world.newcomer()
    mail_world.dovecot.fill(account.user, "INBOX", [LETTER % n for n in range(5)])
    return account


def test_letters_are_received_listed_shown_and_found(pli: Pli, someone: Account) -> None:
    assert pli.add(someone) == 0
    assert pli("account", "check") == 0
    assert pli("sync") == 0
    [status] = pli.facts("status")
    assert (status["messages"], status["seen"]) == (5, 0)
    rows = pli.facts("list", "inbox")
    assert {row["subject"] for row in rows} == {"dosage 5 * 3 mg"}
    assert len(pli.facts("search", "consoeur sad")) == 5
    assert pli("show", str(rows[0]["id"])) == 0
    assert "smile :( sad [/nope] [" in pli.out


def test_what_show_raw_gives_is_what_the_server_has(pli: Pli, someone: Account) -> None:
    pli.add(someone)
    pli("sync")
    kept = set()
    for row in pli.facts("list", "inbox"):
        environment = os.environ | {"PLI_KEY_FILE": str(pli.key_file)}
        command = ["-m", "tui.cli", "--home", str(pli.home.root), "show", str(row["id"]), "--raw"]
        shown = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=environment, check=True, capture_output=True
        )
        kept.add(shown.stdout)
    assert kept == set(pli.world.dovecot.letters(someone.user))


def test_marks_made_here_are_seen_there(pli: Pli, someone: Account) -> None:
    pli.add(someone)
    pli("sync")
    assert pli("mark", "--mailbox", "inbox", "--unseen", "--limit", "2", "--seen", "--flagged") == 0
    assert pli("sync") == 0
    with pli.world.dovecot.session(someone.user) as client:
        client.select("INBOX")
        assert len(client.search(None, "SEEN FLAGGED")[1][0].split()) == 2
    [status] = pli.facts("status")
    assert (status["seen"], status["flagged"]) == (2, 2)


def test_a_letter_moved_here_is_moved_there(pli: Pli, someone: Account) -> None:
    pli.add(someone)
    pli("sync")
    chosen = pli.facts("list", "inbox")[0]["id"]
    assert pli("move", str(chosen), "--to", "archive") == 0
    assert pli("sync") == 0
    assert len(pli.world.dovecot.letters(someone.user, "Archive")) == 1
    assert len(pli.world.dovecot.letters(someone.user)) == 4
    assert [row["id"] for row in pli.facts("list", "archive")] == [chosen]


def test_a_letter_leaves_once_and_its_copy_is_filed_once(
    pli: Pli, someone: Account, tmp_path: Path
) -> None:
    pli.add(someone)
    pli("sync")
    other = pli.world.newcomer()
    document = tmp_path / "résultat.pdf"
    document.write_bytes(b"%PDF-1.4\n%%EOF\n")
    sent = pli(
        *("send", "--to", other.address, "--subject", "Avis, s'il vous plaît"),
        *("--attach", str(document)),
        body="Chère consœur,\n.\nBien à vous\n".encode(),
    )
    assert sent == 0, pli.said
    [arrived] = pli.world.postfix.wait_delivered(other.address, 1)
    assert b"application/pdf" in arrived
    pli("sync")
    pli("sync")
    assert len(pli.world.dovecot.letters(someone.user, "Sent")) == 1
    [row] = pli.facts("outbox")
    assert (row["state"], row["sent_copy"]) == ("accepted", "filed")


def test_a_letter_written_with_the_line_cut_leaves_when_it_is_back(
    pli: Pli, someone: Account
) -> None:
    pli.add(someone, smtp="127.0.0.1:1")
    other = pli.world.newcomer()
    assert pli("send", "--to", other.address, "--subject", "Plus tard") == 0
    [row] = pli.facts("outbox")
    assert row["state"] in ("queued", "deferred")
    with opened(pli) as db:
        db.execute("UPDATE account SET smtp_port = ?", (someone.smtp.port,))
        db.execute("UPDATE email_submission SET next_attempt_at = 0")
    assert pli("sync") == 0, pli.said
    assert len(pli.world.postfix.wait_delivered(other.address, 1)) == 1


def test_a_refused_recipient_is_code_1_and_says_so(pli: Pli, someone: Account) -> None:
    pli.add(someone)
    code = pli("send", "--to", "personne@ailleurs.invalid", "--subject", "Perdu")
    assert (code, pli.facts("outbox")[0]["state"]) == (1, "refused")


@pytest.mark.parametrize("tls", list(Tls))
def test_both_ways_of_securing_the_line_work(pli: Pli, mail_world: MailWorld, tls: Tls) -> None:
    someone = mail_world.newcomer(tls=tls)
    pli.add(someone)
    assert pli("account", "check") == 0, pli.out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"imap": "127.0.0.1:1"}, "127.0.0.1"),
        ({"imap": "nulle-part.invalid:993"}, "nulle-part.invalid"),
        ({"ca": "system"}, "certificat"),
        ({"user": "inconnu"}, "mot de passe"),
    ],
)
def test_a_server_that_cannot_be_trusted_or_reached_is_one_sentence(
    pli: Pli, someone: Account, change: dict[str, str], said: str
) -> None:
    pli.add(someone, **change)
    assert pli("sync") == 1
    assert pli.said.count("\n") == 1
    assert said in pli.said
    [status] = pli.facts("status")
    assert status["messages"] == 0


def test_a_certificate_for_another_name_is_refused(
    pli: Pli, someone: Account, authority: Authority
) -> None:
    pli.add(someone, imap=f"127.0.0.2:{someone.imap.port}")
    assert pli("sync") == 1
    assert pli("account", "check") == 1


def test_the_node_brings_what_arrives_and_sends_what_is_dropped(
    pli: Pli, someone: Account, tmp_path: Path
) -> None:
    other = pli.world.newcomer()
    folder = tmp_path / "depot"
    pli.add(someone)
    assert (
        pli(
            "drop",
            "add",
            "analyseur",
            "--folder",
            str(folder),
            "--create",
            "--account",
            "cabinet",
            "--to",
            other.address,
        )
        == 0
    ), pli.said
    node = pli.node()
    try:
        until(lambda: pli.facts("status")[0]["messages"] == 5)
        pli.world.dovecot.fill(someone.user, "INBOX", [LETTER % 99])
        until(lambda: pli.facts("status")[0]["messages"] == 6)
        (folder / "bilan.pdf").write_bytes(b"%PDF-1.4\n" + b"x" * 5000 + b"\n%%EOF\n")
        pli.world.postfix.wait_delivered(other.address, 1)
        until(
            lambda: (
                pli("drop", "status", "--json") == 0
                and json.loads(pli.out)["counts"] == {"sent": 1}
            )
        )
        assert len(list(folder.glob("sent/*/*bilan.pdf"))) == 1
        until(lambda: len(pli.world.dovecot.letters(someone.user, "Sent")) == 1)
        assert pli("sync") == 0
        assert "« pli node »" in pli.said
        assert pli("node") == 1
    finally:
        node.send_signal(signal.SIGTERM)
        assert node.wait(20) == 0
    assert len(pli.world.postfix.delivered(other.address)) == 1


def test_one_look_at_the_folder_needs_no_node(pli: Pli, someone: Account, tmp_path: Path) -> None:
    other = pli.world.newcomer()
    folder = tmp_path / "depot"
    folder.mkdir()
    pli.add(someone)
    pli("drop", "add", "d", "--folder", str(folder), "--account", "cabinet", "--to", other.address)
    (folder / "a.pdf").write_bytes(b"%PDF-1.4\nun\n%%EOF\n")
    assert pli("drop", "run", "--once") == 0, pli.said
    assert len(pli.world.postfix.wait_delivered(other.address, 1)) == 1
    assert len(list(folder.glob("sent/*/*a.pdf"))) == 1


def test_the_doctor_finds_what_is_wrong_and_changes_nothing(pli: Pli, someone: Account) -> None:
    pli.add(someone)
    pli("sync")
    assert pli("doctor") == 1  # no node runs
    pli.add(someone, name="perdu", imap="127.0.0.1:1")
    assert pli("doctor") == 1
    assert "127.0.0.1" in pli.out


def test_no_word_of_a_letter_reaches_the_log(pli: Pli, someone: Account) -> None:
    pli.add(someone)
    pli("sync")
    pli("send", "--to", "personne@ailleurs.invalid", "--subject", "Secret médical")
    written = pli.home.log.read_text()
    assert written
    for word in ("dosage", "Zoé", "zoe@", "cabinet.test", "Secret", "ailleurs", "Bearer"):
        assert word not in written
