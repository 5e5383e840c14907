"""Two Pli on one account of a real Dovecot: each in its own store, in agreement in the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.db import naming, placements
from store.db.arriving import file_copy
from store.db.emails import add_email
from store.db.losses import questions
from store.db.migrate import migrate
from store.db.open import Connection, write
from store.db.open import connect as open_store
from store.host.keys import create
from store.host.paths import Home
from store.model.email import ANSWERED, FLAGGED, SEEN
from store.model.ids import MailboxId
from sync.imap.connect import connect
from tests.live.mixed import mixed_letters
from tests.live.test_sync_dovecot import Replica, added, held, shown
from tests.servers.dovecot import DovecotServer

S, F, A = frozenset({SEEN}), frozenset({FLAGGED}), frozenset({ANSWERED})
MINE = b"Message-ID: <ours@sante.test>\r\nSubject: envoi\r\n\r\nBonjour\r\n"


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Connection]:
    """The store of the second Pli."""
    home = Home(tmp_path / "second")
    home.root.mkdir(mode=0o700)
    db = open_store(home, create(home, key_file=home.root / "test.key"))
    migrate(db)
    yield db
    db.close()


async def joined(db: Connection, server: DovecotServer, name: str) -> Replica:
    """One of the two, connected."""
    account = added(db, server, name)
    return Replica(db, server, account, await connect(account, server.password(name)))


async def agreed(*nodes: Replica) -> None:
    """Pass after pass, until no node has anything left to write."""
    for _ in range(6):
        before = [node.db.total_changes for node in nodes]
        for node in nodes:
            await node.sync()
        if [node.db.total_changes for node in nodes] == before:
            return
    raise AssertionError("never at rest")


async def test_two_stores_on_one_account_converge(
    db: Connection, second: Connection, dovecot: DovecotServer
) -> None:
    dovecot.fill("both", "INBOX", mixed_letters(40, 11))
    a = await joined(db, dovecot, "both")
    b = await joined(second, dovecot, "both")
    await agreed(a, b)
    placements.change_keywords(a.db, a.at(1), add=F)
    placements.change_keywords(b.db, b.at(1), add=A)
    placements.move(a.db, a.at(2), a.mailbox("Archive"))
    placements.move(b.db, b.at(2), b.mailbox("Trash"))
    placements.delete(a.db, a.at(3))
    placements.change_keywords(b.db, b.at(3), add=F)
    placements.delete(b.db, b.at(4))
    placements.move(b.db, [*b.at(5), *b.at(6)], made(b, "Labos"))
    with write(a.db):
        email_id = add_email(a.db, a.account.id, MINE, 1_770_000_000)
        file_copy(a.db, a.account.id, email_id, a.mailbox("Sent"), S)
    await b.sync()
    await agreed(a, b)
    there = shown(dovecot, "both")
    assert held(a.db) == held(b.db) == there
    assert there["INBOX", 1][1] == F | A
    assert ("INBOX", 3) in there, "flagged by one, so the other's deletion is withdrawn"
    assert sum(mailbox == "Labos" for mailbox, _ in there) == 2
    assert sum(mailbox == "Sent" for mailbox, _ in there) == 1, "uploaded once"
    assert len(there) == 40
    for node in (a, b):
        await node.session.logout()


def made(node: Replica, name: str) -> MailboxId:
    """A mailbox made with the line cut."""
    return naming.create_mailbox(node.db, node.account.id, name)


@pytest.mark.logs("mailbox.letters_lost")
async def test_what_one_empties_the_other_asks_about_and_loses_nothing(
    db: Connection, second: Connection, dovecot: DovecotServer
) -> None:
    dovecot.fill("emptied", "INBOX", mixed_letters(40, 12))
    a = await joined(db, dovecot, "emptied")
    b = await joined(second, dovecot, "emptied")
    await agreed(a, b)
    placements.delete(a.db, [each for uid in range(1, 36) for each in a.at(uid)])
    await agreed(a, b)
    assert not questions(a.db), "its own doing"
    assert [(q.lost, q.held) for q in questions(b.db)] == [(35, 40)]
    assert len(held(b.db)) == 40
    assert len(shown(dovecot, "emptied")) == len(held(a.db)) == 5
    for node in (a, b):
        await node.session.logout()


@pytest.mark.logs("mailbox.letters_lost")
async def test_what_one_moves_in_bulk_the_other_does_not_ask_about(
    db: Connection, second: Connection, dovecot: DovecotServer
) -> None:
    dovecot.fill("moved", "INBOX", mixed_letters(40, 13))
    a = await joined(db, dovecot, "moved")
    b = await joined(second, dovecot, "moved")
    await agreed(a, b)
    placements.move(a.db, [p for n in range(1, 36) for p in a.at(n)], a.mailbox("Archive"))
    await agreed(a, b)
    assert not questions(b.db)
    assert held(a.db) == held(b.db) == shown(dovecot, "moved")
    for node in (a, b):
        await node.session.logout()
