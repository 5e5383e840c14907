"""A large document over a slow line to a real Dovecot: shown, paused, killed, resumed, once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from store import work_words
from store.db.accounts import account as account_now
from store.db.accounts import add_account
from store.db.open import Connection
from store.db.parts import part_octets, parts_of
from store.db.structures import want_part
from store.db.work_wishes import pause, resume, work_called, works
from store.host import clock
from store.host.keys import DataKey
from store.host.lock import node_runs
from store.host.paths import Home
from store.model.account import Account, Endpoint, Profile
from store.model.email import Part, PartState
from store.model.ids import AccountId, EmailId
from store.model.work import Work, WorkState, part_of
from tests.live.imap.relay import Relay
from tests.live.imap.test_lean_documents import part
from tests.live.test_told_to_stop import pli
from tests.servers.dovecot import NOBODY_LISTENS, DovecotServer

FLIGHT = 64 * 1024
"""What a satellite line asks for between two looks at what is wished (docs/sync.md)."""
ELSE = 24 * 1024
"""A connection, its list, one mailbox opened."""
SLOW = 150_000
SCAN = random.Random(3).randbytes(5_000_000)
LETTER = (
    b"From: labo@port.example\r\nSubject: scanner\r\nMessage-ID: <scan@port.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nVoir le scanner.\r\n%s--b--\r\n"
    % part(b"scanner.bin", b"application/octet-stream", SCAN)
)


async def until(so: Callable[[], object]) -> None:
    """Wait for what a node does; a node that does not is told by the time."""
    async with asyncio.timeout(60):
        while not so():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def node(home: Home, key: DataKey) -> AsyncIterator[asyncio.subprocess.Process]:
    """A node as a process, killed at the end."""
    process = await pli(home, key, "node")
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


class Clinic:
    """A store on a thin line, and what its only letter has come to."""

    def __init__(self, db: Connection, there: Account, port: int) -> None:
        self.db = db
        self.account_id: AccountId = add_account(
            db,
            name="clinique",
            address=there.address,
            imap=Endpoint(host=there.imap.host, port=port),
            smtp=NOBODY_LISTENS,
            user=there.user,
            password_file=there.password_file,
            ca=there.ca,
            profile=Profile.SATELLITE,
        )

    @property
    def email_id(self) -> EmailId:
        row = self.db.execute("SELECT max(id) FROM email").fetchone()
        return EmailId(row[0] or 0)

    @property
    def name(self) -> str:
        return part_of(self.email_id, "2")

    @property
    def part(self) -> Part:
        [found] = [each for each in parts_of(self.db, self.email_id) if each.number == "2"]
        return found

    @property
    def is_listed(self) -> bool:
        return bool(self.email_id) and len(parts_of(self.db, self.email_id)) == 2

    @property
    def work(self) -> Work:
        return work_called(self.db, self.name)

    @property
    def has_passed(self) -> int | None:
        return account_now(self.db, self.account_id).last_synced_at


async def test_a_large_document_is_paused_survives_a_killed_node_and_comes_once(
    home: Home, key: DataKey, db: Connection, dovecot: DovecotServer, relay: Relay, name: str
) -> None:
    there = dovecot.account(name)
    dovecot.fill(name, "INBOX", [LETTER])
    here = Clinic(db, there, await relay.to(there.imap.port))
    async with node(home, key):
        await until(lambda: here.is_listed and here.has_passed)
        relay.octets_per_second, before = SLOW, relay.came
        want_part(db, here.email_id, "2", clock.now())
        # It says how far it is and, once it was measured, how long still.
        await until(lambda: here.work.seconds_left(clock.now()))
        shown = here.work
        assert 0 < shown.done < len(SCAN) == shown.whole
        words = work_words.line_words(shown, node_alive=True, now=clock.now())
        assert words.startswith("document scanner.bin : ")
        assert " sur 5,0 Mo, encore " in words
        pause(db, here.name, clock.now())
        wished = relay.came
        await until(lambda: here.work.state is WorkState.PAUSED)
        assert relay.came - wished <= FLIGHT + ELSE
        held, brought = here.part.held, relay.came - before
    assert not node_runs(home)
    relay.octets_per_second, again = 0, relay.came
    passed = here.has_passed
    async with node(home, key):
        await until(lambda: here.has_passed != passed)
        assert (here.work.state, here.part.held) == (WorkState.PAUSED, held)
        assert relay.came - again <= ELSE
        between = relay.came
        resume(db, here.name, clock.now())
        await until(lambda: here.part.state is PartState.HERE)
        brought += relay.came - between
    assert part_octets(db, here.email_id, "2") == SCAN
    assert works(db) == []
    assert brought <= len(SCAN) * 1.03 + ELSE
