"""A quarter of an hour in the life of an outbox and a drop folder, run by itself under a recorder.

    python -m tests.power.scenario HOME FOLDER MARKS

What the world outside learns is written to MARKS at the moment it learns it, so that the recorder
sees it between the writes of the store: what was promised, which dots left, what was taken.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from store.db import drops
from store.db.accounts import accounts
from store.db.open import Connection, connect, write
from store.db.submissions import outbox, queue_within
from store.host.keys import DataKey, create, unlock
from store.host.paths import Home
from store.model.account import Account
from sync.drop.folder import DropFolder
from sync.drop.plan import Policy
from sync.submit import outbox as passes
from sync.submit.envelope import Letter
from sync.submit.plan import Transmission
from tests.sim.submission_world import LATER, NO, OK, _before_the_dot, _dotted
from tests.steps import at_hand

NOW = 1_795_000_000
WAYS = (
    *("take", "later_at_rcpt", "take", "no_at_rcpt", "later_at_dot", "take", "no_at_dot"),
    *("cut_before_dot", "take", "taken_then_cut", "take", "cut_after_dot"),
)
"""How each letter in turn is answered the first time; the second time it is taken."""
AFTER = {"later_at_dot": LATER, "no_at_dot": NO, "cut_after_dot": None, "taken_then_cut": None}
LETTERS, DOCUMENTS, STAGES, LOG_PAGES = 6, 6, 3, 40
Mark = Callable[..., None]


class MarkedLine:
    """A server that says to the recorder what it learns."""

    def __init__(self, mark: Mark, ways: dict[str, str]) -> None:
        self.mark, self.ways, self.usable, self.octets_gone = mark, ways, True, 0

    async def transmit(
        self, letter: Letter, about_to_dot: Callable[[tuple[str, ...]], Awaitable[None]]
    ) -> Transmission:
        """As `Submitter.transmit`."""
        await asyncio.sleep(0)
        turn = WAYS[len(self.ways) % len(WAYS)]
        how = "take" if letter.envid in self.ways else turn
        self.ways[letter.envid] = how
        said = _before_the_dot(letter, how)
        for email, reply in said.recipients.items():
            if reply is NO:
                self.mark("no", letter.envid, email)
        self.usable = not said.broken
        if not said.ready_for_dot():
            return said
        people = said.accepted_at_rcpt()
        await about_to_dot(people)
        for email in people:
            self.mark("dot", letter.envid, email)
        await asyncio.sleep(0)
        final = AFTER.get(how, OK)
        word = {OK: "took", LATER: "later", NO: "no"}.get(final, "took")  # type: ignore[arg-type]
        if how != "cut_after_dot":
            for email in people:
                self.mark(word, letter.envid, email)
        self.usable = final is not None
        return _dotted(said, final)


def prepare(home: Home, folder: Path, key_file: Path) -> DataKey:
    """A store as it is before the scenario: an account, a rule, an empty outbox."""
    from store.db.migrate import migrate
    from tests.sim.drop_world import new_world

    key = create(home, key_file=key_file)
    db = connect(home, key)
    migrate(db)
    new_world(db, folder)
    db.close()
    return key


async def live(db: Connection, folder: Path, mark: Mark) -> None:
    """Letters and documents, three times over, each time sent, put off, refused or in doubt."""
    [account] = accounts(db)
    clock, names = itertools.count(1000.0, 5.0), map("{:016x}".format, itertools.count(1))
    rule_id = drops.rules(db)[0].id
    looks = DropFolder(
        db,
        rule_id,
        policy=Policy(),
        now=lambda: NOW,
        tick=lambda: next(clock),
        token=names.__next__,
    )
    ways: dict[str, str] = {}

    @asynccontextmanager
    async def line(_: Account, __: str) -> AsyncIterator[MarkedLine]:
        yield MarkedLine(mark, ways)

    run = functools.partial(
        passes.run_outbox, db, account, at_hand(""), jitter=lambda: 0.0, connect=line, most_lines=3
    )
    for stage in range(STAGES):
        for n in range(LETTERS):
            letter(db, account, f"s{stage}l{n}", mark)
        for n in range(DOCUMENTS):
            (folder / f"{stage}-{n}.pdf").write_bytes(b"%%PDF-1.4\n%d %d\n%%%%EOF\n" % (stage, n))
        for _ in range(2):
            await looks.look()
        for item in drops.items(db, rule_id, limit=1000):
            mark("in", item.digest.hex())
        for at in (NOW + stage * 9000, NOW + stage * 9000 + 4000):
            await run(now=functools.partial(int, at))
        await looks.look()
    mark("end", str(len(outbox(db))))


def letter(db: Connection, account: Account, name: str, mark: Mark) -> None:
    """A person's, to two people; promised once it is on disk."""
    message_id = f"{name}@tilleuls.test"
    with write(db):
        queue_within(
            db,
            account_id=account.id,
            octets=f"Message-ID: <{message_id}>\r\n\r\nLettre {name}\r\n".encode(),
            message_id=message_id,
            mail_from=account.address,
            recipients=["alice@sante.test", "bob@sante.test"],
            subject="Lettre",
            source="person",
            send_at=NOW,
            now=NOW,
        )
    mark("queued", message_id)


def main(home_path: str, folder: str, marks: str) -> None:
    """Run it in the home that `prepare` made."""
    home = Home(Path(home_path))
    file = os.open(marks, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    passes.LETTERS_FOR_A_LINE = 3
    db = connect(home, unlock(home, key_file=home.root / "test.key"))
    # The log is copied into the file now and then, as it is in a longer life.
    db.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")

    def mark(*words: str) -> None:
        os.write(file, " ".join(words).encode() + b"\n")

    asyncio.run(live(db, Path(folder), mark))
    db.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
