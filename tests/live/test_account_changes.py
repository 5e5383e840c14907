"""An account that is changed or removed, against a real Dovecot: nothing of the server suffers."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.host.paths import Home
from store.model.account import Account
from tests.live.person import Pli, opened, until
from tests.servers.world import MailWorld

LETTER = (
    b"From: z@cabinet.test\r\nSubject: avis %d\r\nMessage-ID: <c%d@cabinet.test>\r\n\r\nAvis.\r\n"
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


def someone(world: MailWorld, first: int, count: int) -> Account:
    """Somebody with letters of their own."""
    account = world.newcomer()
    world.dovecot.fill(
        account.user, "INBOX", [LETTER % (n, n) for n in range(first, first + count)]
    )
    return account


def subjects(pli: Pli) -> list[str]:
    """What the inbox shows."""
    return sorted(str(row["subject"]) for row in pli.facts("list", "inbox"))


def test_another_name_of_the_server_loses_and_doubles_nothing(pli: Pli) -> None:
    account = someone(pli.world, 0, 5)
    assert pli.add(account) == 0
    assert pli("sync") == 0
    before = {row["id"] for row in pli.facts("list", "inbox")}
    other = "localhost" if account.imap.host == "127.0.0.1" else "127.0.0.1"
    assert pli("account", "set", "cabinet", "--imap", f"{other}:{account.imap.port}") == 0
    assert pli("sync") == 0, pli.said
    assert {row["id"] for row in pli.facts("list", "inbox")} == before
    assert len(pli.world.dovecot.letters(account.user)) == 5


def test_another_user_never_has_the_first_ones_wishes(pli: Pli) -> None:
    first, second = someone(pli.world, 0, 5), someone(pli.world, 100, 8)
    assert pli.add(first) == 0
    assert pli("sync") == 0
    with opened(pli) as db:
        # The worst case: every letter is wished away, and both number their mailboxes alike.
        db.execute("UPDATE placement SET deleted = 1")
        db.execute("UPDATE mailbox SET uidvalidity = ?", (inbox_numbering(pli, second),))
    secret = str(pli.world.dovecot.password_file(second.user))
    assert pli("account", "set", "cabinet", "--user", second.user, "--password-file", secret) == 0
    assert pli("sync") == 0, pli.said
    assert subjects(pli) == [f"avis {n}" for n in range(100, 108)]
    assert len(pli.world.dovecot.letters(second.user)) == 8
    assert len(pli.world.dovecot.letters(first.user)) == 5


def test_a_node_that_waits_for_a_password_takes_the_new_one_at_once(pli: Pli) -> None:
    account = someone(pli.world, 0, 2)
    assert pli.add(account, password_file=str(wrong_password(pli))) == 0
    child = pli.node()
    try:
        until(lambda: pli.facts("account", "list")[0]["link"] == "needs_user")
        secret = str(pli.world.dovecot.password_file(account.user))
        assert pli("account", "set", "cabinet", "--password-file", secret) == 0
        until(lambda: pli.facts("account", "list")[0]["link"] == "online")
        assert len(subjects(pli)) == 2
    finally:
        child.terminate()
        assert child.wait(30) == 0


def test_removing_while_the_node_runs_leaves_the_server_as_it_is(pli: Pli) -> None:
    account = someone(pli.world, 0, 5)
    assert pli.add(account) == 0
    child = pli.node()
    try:
        until(lambda: pli.facts("account", "list")[0]["link"] == "online")
        until(lambda: len(subjects(pli)) == 5)
        assert pli("account", "remove", "cabinet", "--yes") == 0, pli.said
        assert pli.facts("account", "list") == []
        assert pli.add(account, name="nouveau") == 0  # the node goes on, for whoever comes next
        until(lambda: pli.facts("account", "list")[0]["link"] == "online")
        assert len(subjects(pli)) == 5
    finally:
        child.terminate()
        assert child.wait(30) == 0
    assert len(pli.world.dovecot.letters(account.user)) == 5


def inbox_numbering(pli: Pli, account: Account) -> int:
    """The UIDVALIDITY of somebody's inbox."""
    with pli.world.dovecot.session(account.user) as client:
        [answer] = client.status("INBOX", "(UIDVALIDITY)")[1]
    assert isinstance(answer, bytes)
    return int(answer.rstrip(b")").rpartition(b" ")[2])


def wrong_password(pli: Pli) -> Path:
    """A file with a password that no server takes."""
    path = pli.home.root.parent / "wrong"
    path.touch(mode=0o600)
    path.write_text("faux\n")
    return path
