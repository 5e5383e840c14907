"""A whole replica against a real Dovecot: every octet, every keyword, and a death at any moment."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from store.db import naming, placements
from store.db.accounts import account as account_now
from store.db.arriving import file_copy
from store.db.blobs import blob_id
from store.db.emails import add_email
from store.db.mailboxes import find_mailboxes
from store.db.migrate import migrate
from store.db.open import Connection, write
from store.db.open import connect as open_store
from store.host.keys import DataKey, create
from store.host.paths import Home
from store.model.account import Account
from store.model.email import ANSWERED, FLAGGED, SEEN
from store.model.ids import MailboxId, PlacementId
from sync.derive import derive_emails
from sync.imap import utf7
from sync.imap.account import sync_account
from sync.imap.connect import connect
from sync.imap.perform import PassReport
from sync.imap.session import ImapSession
from sync.passes import whole_pass
from tests.live.agreement import added, held, shown
from tests.live.mixed import mixed_letters
from tests.servers.authority import Authority
from tests.servers.dovecot import DovecotServer

LETTERS, KILLS = 2_000, 20
RUNGS = {
    "qresync": "",
    "condstore": "IMAP4rev1 SASL-IR LITERAL+ ENABLE UIDPLUS MOVE CONDSTORE ESEARCH LIST-EXTENDED"
    " LIST-STATUS SPECIAL-USE",
    "plain": "IMAP4rev1 SASL-IR UIDPLUS",
}
"""What Dovecot says it can do: all of it, no QRESYNC, and neither CONDSTORE nor MOVE."""
S, F, A = frozenset({SEEN}), frozenset({FLAGGED}), frozenset({ANSWERED})
numbers = itertools.count()


@pytest.fixture(scope="module", params=RUNGS)
def rung(
    request: pytest.FixtureRequest, dovecot: DovecotServer, authority: Authority
) -> Iterator[DovecotServer]:
    """A Dovecot on each rung of the ladder."""
    if not RUNGS[request.param]:
        yield dovecot
        return
    with DovecotServer(authority, capabilities=RUNGS[request.param]) as server:
        yield server


@dataclass
class Replica:
    """A store, and the person at another client of the same mailboxes."""

    db: Connection
    server: DovecotServer
    account: Account
    session: ImapSession

    async def sync(self) -> PassReport:
        return await sync_account(self.session, self.db, self.account)

    def mailbox(self, name: str) -> MailboxId:
        return find_mailboxes(self.db, name)[0].id

    def at(self, uid: int, mailbox: str = "INBOX") -> list[PlacementId]:
        rows = self.db.execute(
            "SELECT id FROM placement WHERE mailbox_id = ? AND uid = ?",
            (self.mailbox(mailbox), uid),
        )
        return [PlacementId(row[0]) for row in rows]

    def there(self, uid: int, change: str, flag: str, mailbox: str = "INBOX") -> None:
        with self.server.session(self.account.user) as other:
            other.select(mailbox)
            other.uid("store", str(uid), change, flag)


@pytest.fixture
async def replica(db: Connection, rung: DovecotServer) -> AsyncIterator[Replica]:
    """An empty store and somebody with five letters."""
    name = f"sync{next(numbers)}"
    account = added(db, rung, name)
    rung.fill(name, "INBOX", mixed_letters(5, 1))
    session = await connect(account, rung.password(name))
    yield Replica(db, rung, account, session)
    await session.logout()


async def test_two_thousand_mixed_letters_are_the_servers_octet_for_octet(
    db: Connection, dovecot: DovecotServer
) -> None:
    account = added(db, dovecot, "mixed")
    dovecot.fill("mixed", "INBOX", mixed_letters(LETTERS - 200, 2), seen=True)
    dovecot.fill("mixed", "Archive", mixed_letters(200, 3))
    session = await connect(account, dovecot.password("mixed"))
    report = await sync_account(session, db, account)
    again = await sync_account(session, db, account)
    await session.logout()
    assert report.fetched == LETTERS
    assert held(db) == shown(dovecot, "mixed")
    assert (again.turns, again.mailboxes) == (1, 0), "a quiet pass is one turn"


async def test_each_rung_stores_what_the_server_shows(replica: Replica) -> None:
    await replica.sync()
    assert held(replica.db) == shown(replica.server, replica.account.user)
    assert len(held(replica.db)) == 5


async def test_keywords_changed_on_both_sides_converge(replica: Replica) -> None:
    await replica.sync()
    placements.change_keywords(replica.db, replica.at(1), add=F)
    placements.change_keywords(replica.db, replica.at(2), add=S)
    replica.there(1, "+FLAGS", r"(\Answered)")
    replica.there(2, "+FLAGS", r"(\Seen)")
    replica.there(3, "+FLAGS", r"(\Flagged)")
    await replica.sync()
    assert held(replica.db) == shown(replica.server, replica.account.user)
    keywords = {uid: each for (_, uid), (_, each) in held(replica.db).items()}
    assert (keywords[1], keywords[2], keywords[3]) == (F | A, S, F)


async def test_a_keyword_taken_off_on_either_side_goes_from_both(replica: Replica) -> None:
    replica.there(1, "+FLAGS", r"(\Seen \Flagged)")
    await replica.sync()
    placements.change_keywords(replica.db, replica.at(1), remove=F)
    replica.there(1, "-FLAGS", r"(\Seen)")
    await replica.sync()
    await replica.sync()
    state = shown(replica.server, replica.account.user)
    assert held(replica.db) == state
    assert state["INBOX", 1][1] == frozenset()


async def test_letters_are_moved_and_deleted_on_both_sides(replica: Replica) -> None:
    await replica.sync()
    placements.move(replica.db, [*replica.at(1), *replica.at(2)], replica.mailbox("Archive"))
    placements.delete(replica.db, replica.at(3))
    replica.there(4, "+FLAGS", r"(\Deleted)")
    with replica.server.session(replica.account.user) as other:
        other.select("INBOX")
        other.expunge()
    await replica.sync()
    state = shown(replica.server, replica.account.user)
    assert held(replica.db) == state
    assert Counter(mailbox for mailbox, _ in state) == {"INBOX": 1, "Archive": 2}


async def test_a_letter_filed_here_is_uploaded_once(replica: Replica) -> None:
    await replica.sync()
    letter = b"Message-ID: <envoi@sante.test>\r\nSubject: envoi\r\n\r\nBonjour\r\n"
    with write(replica.db):
        email_id = add_email(replica.db, replica.account.id, letter, 1_770_000_000)
        file_copy(replica.db, replica.account.id, email_id, replica.mailbox("Sent"), S)
    for _ in range(3):
        await replica.sync()
    state = shown(replica.server, replica.account.user)
    assert held(replica.db) == state
    assert state["Sent", 1] == (blob_id(letter), S)


async def test_nothing_is_told_or_written_by_a_third_pass(replica: Replica) -> None:
    await replica.sync()
    placements.change_keywords(replica.db, replica.at(1), add=F)
    placements.move(replica.db, replica.at(2), replica.mailbox("Archive"))
    for _ in range(2):
        await replica.sync()
    before = replica.db.total_changes
    report = await replica.sync()
    assert (report.keywords_pushed, report.moved, report.fetched) == (0, 0, 0)
    assert replica.db.total_changes == before


async def test_a_quiet_pass_is_one_turn_after_tls(
    home: Home, db: Connection, key: DataKey, dovecot: DovecotServer
) -> None:
    account = added(db, dovecot, name := f"sync{next(numbers)}")
    dovecot.fill(name, "INBOX", mixed_letters(5, 1))
    reports = []
    for _ in range(3):
        reports.append(await whole_pass(db, account_now(db, account.id), home, key))
    assert [report.fetched for report in reports] == [5, 0, 0]
    assert reports[2].turns == 1


async def test_a_mailbox_made_anew_is_another_and_its_wishes_stay(replica: Replica) -> None:
    user = replica.account.user
    letters = replica.server.letters(user)[:3]
    replica.server.fill(user, "Archive", letters)
    await replica.sync()
    kept = replica.at(2, "Archive")
    placements.change_keywords(replica.db, kept, add=F)
    with replica.server.session(user) as other:
        other.delete("Archive")
        other.create("Archive")
        for letter in letters[::-1]:
            other.append("Archive", "", "", letter)
    await replica.sync()
    state = shown(replica.server, user)
    assert held(replica.db) == state
    assert replica.at(2, "Archive") == kept
    assert state["Archive", 2][1] == F


async def test_three_hundred_letters_renumbered_cross_the_line_no_second_time(
    db: Connection, dovecot: DovecotServer
) -> None:
    account = added(db, dovecot, "renumbered")
    dovecot.fill("renumbered", "INBOX", mixed_letters(300, 7))
    session = await connect(account, dovecot.password("renumbered"))
    await sync_account(session, db, account, after_window=derive_emails)
    first = session.traffic.octets_in
    await session.logout()
    wished = PlacementId(db.execute("SELECT id FROM placement WHERE uid = 150").fetchone()[0])
    placements.change_keywords(db, [wished], add=F)
    dovecot.renumber("renumbered", "INBOX")

    session = await connect(account, dovecot.password("renumbered"))
    report = await sync_account(session, db, account, after_window=derive_emails)
    octets = session.traffic.octets_in
    await session.logout()
    print(f"first sync {first} octets, renumbered {octets}, {report.turns} turns")
    assert report.fetched == 0
    assert octets < 300 * 200, "who they are, and nothing of what they say"
    state = held(db)
    assert state == shown(dovecot, "renumbered")
    assert len(state) == 300
    (again,) = db.execute("SELECT uid FROM placement WHERE id = ?", (wished,)).fetchone()
    assert state["INBOX", again][1] == F


async def test_a_mailbox_renamed_by_another_client_crosses_the_line_no_second_time(
    db: Connection, dovecot: DovecotServer
) -> None:
    account = added(db, dovecot, "followed")
    dovecot.fill("followed", "Classement", mixed_letters(300, 7))
    session = await connect(account, dovecot.password("followed"))
    await sync_account(session, db, account, after_window=derive_emails)
    await session.logout()
    before = db.execute("SELECT id, uid FROM placement ORDER BY id").fetchall()
    with dovecot.session("followed") as other:
        assert other.rename("Classement", "Rangement")[0] == "OK"

    session = await connect(account, dovecot.password("followed"))
    report = await sync_account(session, db, account, after_window=derive_emails)
    print(f"renamed: {session.traffic.octets_in} octets, {report.turns} turns")
    octets = session.traffic.octets_in
    await session.logout()
    assert (report.fetched, report.lost, report.vanished) == (0, 0, 0)
    assert octets < 8_000, "the lists, and who sixteen of them are"
    assert db.execute("SELECT id, uid FROM placement ORDER BY id").fetchall() == before
    assert held(db) == shown(dovecot, "followed")


async def test_mailboxes_made_and_renamed_offline_are_so_on_the_server(replica: Replica) -> None:
    user = replica.account.user
    replica.server.fill(user, "Archive", replica.server.letters(user)[:3])
    await replica.sync()
    replica.there(1, "+FLAGS", r"(\Seen)", "Archive")
    naming.create_mailbox(replica.db, replica.account.id, "Résultats/2026")
    placements.move(replica.db, replica.at(2), replica.mailbox("Résultats/2026"))
    naming.rename_mailbox(replica.db, replica.mailbox("Archive"), "Rangé & classé")
    report = await replica.sync()
    assert report.fetched == 0
    state = held(replica.db)
    assert {name for name, _ in state} == {"INBOX", "Résultats/2026", "Rangé & classé"}
    assert state == {
        (utf7.decode(name.encode()), uid): letter
        for (name, uid), letter in shown(replica.server, user).items()
    }
    assert state["Rangé & classé", 1][1] == S
    await replica.sync()
    before = replica.db.total_changes
    await replica.sync()
    assert replica.db.total_changes == before


@pytest.fixture
def undisturbed(tmp_path: Path) -> Iterator[tuple[Home, Connection]]:
    """A second store, where nothing is killed."""
    home = Home(tmp_path / "undisturbed")
    home.root.mkdir(mode=0o700)
    db = open_store(home, create(home, key_file=home.root / "test.key"))
    migrate(db)
    yield home, db
    db.close()


def test_killed_at_twenty_random_moments_the_first_sync_ends_the_same(
    home: Home, db: Connection, undisturbed: tuple[Home, Connection], dovecot: DovecotServer
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    dovecot.fill("killed", "INBOX", mixed_letters(LETTERS - 200, seed))
    dovecot.fill("killed", "Archive", mixed_letters(200, seed + 1))
    for each in (db, undisturbed[1]):
        added(each, dovecot, "killed")
    seconds = finished(first_sync(undisturbed[0]))
    moments = [chance.uniform(0, seconds / 8) for _ in range(KILLS)]
    cut_short = [killed(first_sync(home), after) for after in moments]
    assert cut_short.count(True) > KILLS / 2, "most of them must have died at work"
    finished(first_sync(home))
    state = held(db)
    assert state == shown(dovecot, "killed") == held(undisturbed[1])
    assert len(state) == LETTERS
    emails = db.execute("SELECT count(*), count(DISTINCT digest) FROM email").fetchone()
    assert emails[0] == emails[1] == len({digest for digest, _ in state.values()})


def first_sync(home: Home) -> subprocess.Popen[bytes]:
    """A first sync under way, already logged in."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.live.first_sync", str(home.root)], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"syncing\n"
    return child


def finished(child: subprocess.Popen[bytes]) -> float:
    """Let it come to its end; the seconds that took."""
    with child:
        began = time.monotonic()
        assert child.wait(timeout=120) == 0
        return time.monotonic() - began


def killed(child: subprocess.Popen[bytes], after: float) -> bool:
    """Kill it then. False when it had come to its end before."""
    with child:
        try:
            return child.wait(timeout=after) != 0
        except subprocess.TimeoutExpired:
            child.kill()
            return True
