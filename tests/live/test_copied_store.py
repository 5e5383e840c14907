"""A store is backed up with letters waiting, sends them, the backup is opened: one copy each."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from store.host.paths import Home
from store.model.account import Account
from tests.live.person import Pli, until
from tests.servers.world import MailWorld

pytestmark = pytest.mark.logs("store.older", "store.elsewhere")
NOWHERE = "localhost:1"
RESULT = b"%PDF-1.4\nsodium 140\n%%EOF\n"


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


def laid_over(pli: Pli, backup: Path) -> Pli:
    """The backup is put back, file over file."""
    shutil.copytree(backup, pli.home.root, dirs_exist_ok=True)
    return pli


def elsewhere(pli: Pli, backup: Path) -> Pli:
    """The backup is opened beside the store, as a second machine would open it."""
    other = pli.home.root.with_name("second")
    shutil.copytree(backup, other)
    return replace(pli, home=Home(other))


def arrived(world: MailWorld, doctor: Account) -> list[str]:
    """The subjects that one of them got, in order."""
    letters = world.postfix.delivered(doctor.address)
    lines = [line for letter in letters for line in letter.split(b"\r\n")]
    return sorted(line[9:].decode() for line in lines if line.startswith(b"Subject: "))


def states(pli: Pli) -> dict[str, str]:
    """Where the letters stand, by subject."""
    return {str(row["subject"]): str(row["state"]) for row in pli.facts("outbox")}


def letters_wait(pli: Pli, labo: Account, doctor: Account, other: Account, folder: Path) -> None:
    """A document and three letters are queued; the line is down."""
    assert pli.add(labo, "labo", smtp=NOWHERE) == 0
    to = ("--account", "labo", "--to", doctor.address)
    assert pli("drop", "add", "cobas", "--folder", str(folder), "--create", *to) == 0
    (folder / "a.pdf").write_bytes(RESULT)
    pli("drop", "run", "--once")
    for subject, people in (("un", [doctor]), ("deux", [doctor, other]), ("perdu", [doctor])):
        words = [word for one in people for word in ("--to", one.address)]
        pli("send", *words, "--subject", subject, body=b"Bonjour")
    assert set(states(pli).values()) <= {"queued", "deferred"}


def all_leave(pli: Pli, labo: Account, doctor: Account) -> list[str]:
    """The line is back. Then somebody tidies up the laboratory's mailbox: no report, and of one
    letter no copy, shows that it left. What the doctor got."""
    assert pli("account", "set", "labo", "--smtp", str(labo.smtp)) == 0
    assert pli("sync") == 0, pli.said
    assert pli("sync") == 0  # the copies in Sent are there
    until(lambda: len(arrived(pli.world, doctor)) == 4)
    with pli.world.dovecot.session(labo.user) as client:
        for mailbox, what in (("INBOX", ("ALL",)), ("Sent", ("SUBJECT", "perdu"))):
            client.select(mailbox)
            (found,) = client.search(None, *what)[1]
            client.store(found.decode().replace(" ", ","), "+FLAGS", r"(\Deleted)")
            client.expunge()
    return arrived(pli.world, doctor)


def asked(pli: Pli) -> dict[str, str]:
    """What the copy asks, and what it found out by itself. The numbers, by subject."""
    by_subject = states(pli)
    assert [by_subject[each] for each in ("un", "deux", "perdu")] == [
        *("accepted", "uncertain", "uncertain"),
    ]
    assert pli("outbox") == 0
    assert pli.out.count("déjà parti ?") == 2
    ids = {str(row["subject"]): str(row["id"]) for row in pli.facts("outbox")}
    assert pli("outbox", "show", ids["perdu"]) == 0
    assert "peut-être déjà parti. Faut-il l'envoyer ?" in pli.out
    assert "sans l'y voir" in pli.out
    assert pli("outbox", "show", ids["deux"]) == 0
    assert "peut-être pas pour tous" in pli.out
    return ids


@pytest.mark.parametrize("way", [laid_over, elsewhere])
def test_nothing_leaves_again_and_the_question_is_shown(
    pli: Pli, mail_world: MailWorld, tmp_path: Path, way: Callable[[Pli, Path], Pli]
) -> None:
    labo, doctor, other = (mail_world.newcomer() for _ in range(3))
    folder, backup = tmp_path / "resultats", tmp_path / "backup"
    letters_wait(pli, labo, doctor, other, folder)
    shutil.copytree(pli.home.root, backup)
    once = all_leave(pli, labo, doctor)

    pli = way(pli, backup)
    assert pli("account", "set", "labo", "--smtp", str(labo.smtp)) == 0
    assert pli("sync") == 0
    assert "4 lettres" in pli.said
    assert pli("sync") == 0
    ids = asked(pli)
    assert pli("drop", "run", "--once") == 1
    assert "pli drop confirm" in pli.said
    assert arrived(mail_world, doctor) == once, "sent twice in silence"

    assert pli("outbox", "cancel", ids["perdu"]) == 0
    assert pli("outbox", "retry", ids["deux"]) == 0
    assert pli("drop", "confirm") == 0
    assert pli("drop", "run", "--once") == 0, pli.said
    until(lambda: len(arrived(mail_world, doctor)) == 5)
    assert arrived(mail_world, doctor) == sorted([*once, "deux"])
    assert [path.read_bytes() for path in folder.rglob("*.pdf")] == [RESULT]
