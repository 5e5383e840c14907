"""Whether a store found after a death agrees with what the world outside had learnt by then."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, closing
from pathlib import Path

from store.db import drops
from store.db.accounts import accounts
from store.db.open import Connection, connect
from store.db.submissions import outbox
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Account
from store.model.drop import ItemState
from store.model.submission import RecipientState as R
from store.model.submission import SubmissionState as S
from sync.submit.envelope import Letter
from sync.submit.outbox import run_outbox
from sync.submit.plan import Transmission
from tests.power.disk import Image
from tests.power.scenario import NOW
from tests.sim.submission_world import OK, _before_the_dot, _dotted
from tests.steps import at_hand

LATER_SECONDS = 100_000
ENDED = {S.ACCEPTED, S.REFUSED, S.UNCERTAIN}


class World:
    """What it has been told, and what it has taken."""

    def __init__(self, marks: Iterable[bytes]) -> None:
        self.promised: set[str] = set()
        self.dropped: set[str] = set()
        self.said: dict[tuple[str, str], list[str]] = defaultdict(list)
        for mark in marks:
            word, *rest = mark.decode().split()
            if word == "queued":
                self.promised.add(rest[0])
            elif word == "in":
                self.dropped.add(rest[0])
            elif word in ("dot", "took", "later", "no"):
                self.said[rest[0], rest[1]].append(word)

    def may_have(self, envid: str, email: str) -> bool:
        """A dot has left for it, and nothing said that the letter was not taken."""
        said = self.said[envid, email]
        return "took" in said or said[-1:] == ["dot"]


def judge(image: Image, marks: Iterable[bytes], home: Home, key: DataKey) -> None:
    """Put the files back, open them as the node does, look, and let the node go on."""
    for file in home.root.glob("mail.db*"):
        file.unlink()
    for path, octets in image.items():
        Path(path).touch(mode=0o600)
        Path(path).write_bytes(octets)
    world = World(marks)
    with closing(connect(home, key)) as db:
        assert db.execute("PRAGMA quick_check").fetchall() == [("ok",)], "the file is damaged"
        assert not db.execute("PRAGMA foreign_key_check").fetchall()
        check(db, world)
        asyncio.run(go_on(db, world))
        check(db, world)
        for row in outbox(db):
            assert row.state in ENDED, f"{row.state}: forgotten"


def check(db: Connection, world: World) -> None:
    """Nothing lost, nothing called accepted or failed that was not, ledger and outbox agree."""
    rows = {row.id: row for row in outbox(db)}
    assert world.promised <= {row.message_id for row in rows.values()}, "a letter was lost"
    items = [item for rule in drops.rules(db) for item in drops.items(db, rule.id, limit=1000)]
    assert world.dropped <= {item.digest.hex() for item in items}, "a document was forgotten"
    queued = [item.submission_id for item in items]
    assert sorted(queued) == sorted(id_ for id_, row in rows.items() if row.source == "drop")
    for item in items:
        assert item.submission_id is not None
        state = rows[item.submission_id].state
        assert item.state is not ItemState.SENT or state is S.ACCEPTED, f"sent, and {state}"
    for row in rows.values():
        for recipient in row.recipients:
            said = world.said[row.envid, recipient.email]
            if recipient.state is R.ACCEPTED:
                assert "took" in said, "called accepted, and nobody has taken it"
            elif recipient.state is R.REFUSED:
                assert "no" in said, "called failed, and nobody has refused it"


async def go_on(db: Connection, world: World) -> None:
    """The node starts again, and the server takes whatever comes."""

    class Line:
        usable, octets_gone = True, 0

        async def transmit(
            self, letter: Letter, about_to_dot: Callable[[tuple[str, ...]], Awaitable[None]]
        ) -> Transmission:
            said = _before_the_dot(letter, "take")
            await about_to_dot(said.accepted_at_rcpt())
            for email in said.accepted_at_rcpt():
                assert not world.may_have(letter.envid, email), "sent again in silence"
                world.said[letter.envid, email] += ["dot", "took"]
            return _dotted(said, OK)

    @asynccontextmanager
    async def line(_: Account, __: str) -> AsyncIterator[Line]:
        yield Line()

    [account] = accounts(db)
    await run_outbox(
        db, account, at_hand(""), now=lambda: NOW + LATER_SECONDS, jitter=lambda: 0.0, connect=line
    )
