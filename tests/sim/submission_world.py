"""An outbox with a real store and an invented server, where anything can die at any step.

The store, the plan and the pass are the product's own; only the connection is replaced. Each
commit and each word said or heard is a step; a fuse set to step n kills the node there, as a power
cut would: the connection to the database is thrown away with whatever it had not committed.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, cast

from store.db import blobs
from store.db.accounts import account, add_account
from store.db.deriving import save_derived
from store.db.emails import add_email
from store.db.migrate import migrate
from store.db.open import Connection, connect, write
from store.db.reports import note_reports
from store.db.submissions import outbox, queue_within, submission
from store.errors import Transient
from store.host.keys import DataKey
from store.host.paths import Home
from store.host.place import Witness
from store.model.account import Account, Endpoint
from store.model.email import DerivedEmail
from store.model.ids import AccountId, SubmissionId
from store.model.place import Held
from store.model.receipt import Outcome, ReceiptKind, Report
from store.model.submission import EmailSubmission, RecipientState, SentCopy, SubmissionState
from sync.copied import know_place
from sync.submit.ending import to_its_end
from sync.submit.envelope import Letter
from sync.submit.looking import look
from sync.submit.outbox import run_outbox
from sync.submit.plan import CUT, TRANSITIONS, Transmission
from sync.submit.reply import Reply
from tests.steps import at_hand

OK, GO, CLOSING = Reply(250, "2.0.0 ok"), Reply(354), Reply(421, "4.3.2 closing")
LATER, NO = Reply(451, "4.3.0 later"), Reply(550, "5.1.1 no")
ANSWERS = (
    *("take", "later_at_rcpt", "no_at_rcpt", "later_at_mail", "no_at_data", "later_at_dot"),
    *("no_at_dot", "closing", "cut_before_dot", "cut_after_dot", "taken_then_cut"),
)
"""How the server may answer one letter; two of them concern its first recipient only."""


class Died(BaseException):
    """The node was killed here."""


def _die() -> None:
    raise Died


class Fuse:
    """Kills at one step, or does something else there; counts them all."""

    def __init__(self) -> None:
        self.steps, self.at = 0, 0
        self.does: Callable[[], object] = _die

    def set(self, at: int, does: Callable[[], object] = _die) -> None:
        """Kill at step `at` from now; 0 for never."""
        self.steps, self.at, self.does = 0, at, does

    def step(self) -> None:
        """One more thing has happened."""
        self.steps += 1
        # Who is dead does nothing more, whatever else was under way.
        if self.steps == self.at or (0 < self.at < self.steps and self.does is _die):
            self.does()


class FusedConnection:
    """The database, dying before or after a commit."""

    def __init__(self, db: Connection, fuse: Fuse) -> None:
        self._db, self._fuse = db, fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, sql: str, *values: Any) -> Any:
        """As the real one."""
        if sql != "COMMIT":
            return self._db.execute(sql, *values)
        self._fuse.step()
        done = self._db.execute(sql)
        self._fuse.step()
        return done


class World:
    """One account, its server, its store."""

    def __init__(self, home: Home, key: DataKey) -> None:
        self._home, self._key = home, key
        self.fuse = Fuse()
        self.now = 1_700_000_000
        self.answer: Callable[[Letter], str] = lambda _: "take"
        self.line_is_down = False
        self.most_lines = 1
        self.copies: Counter[tuple[str, str]] = Counter()
        """(envid, recipient) -> how many the server has taken."""
        self.octets: dict[str, set[bytes]] = {}
        """envid -> every version of the letter the server has seen whole."""
        self.repeats_asked: Counter[SubmissionId] = Counter()
        """How often a person said "again" of a doubtful letter."""
        self.queued: list[SubmissionId] = []
        with closing(connect(home, key)) as new:
            migrate(new)
        self.db = self._open()
        self.account = self._new_account()
        self._watch()

    def _open(self) -> Connection:
        return cast(Connection, FusedConnection(connect(self._home, self._key), self.fuse))

    def _new_account(self) -> Account:
        nowhere = Endpoint(host="smtp.invalid", port=465)
        id_: AccountId = add_account(
            self.db,
            name="labo",
            address="labo@tilleuls.test",
            imap=nowhere,
            smtp=nowhere,
            user="labo",
        )
        with write(self.db):
            self.db.execute(
                "INSERT INTO mailbox (account_id, name, wire_name, role, uidvalidity)"
                " VALUES (?1, 'INBOX', x'494e424f58', 'inbox', 1),"
                " (?1, 'Sent', x'53656e74', 'sent', 1)",
                (id_,),
            )
        return account(self.db, id_)

    def _watch(self) -> None:
        """Note every change of state, whoever makes it."""
        self.db.execute("CREATE TEMP TABLE moves (before TEXT, after TEXT)")
        self.db.execute(
            "CREATE TEMP TRIGGER watch AFTER UPDATE OF state ON main.email_submission"
            " WHEN old.state <> new.state"
            " BEGIN INSERT INTO moves VALUES (old.state, new.state); END"
        )

    def close(self) -> None:
        """End of the world."""
        self.check_moves()
        self.db.close()

    def restart(self) -> None:
        """As after a power cut."""
        self.check_moves()
        self.fuse.set(0)
        self.db.close()
        self.db = self._open()
        self._watch()

    def queue(self, people: int = 1, source: str = "person") -> SubmissionId:
        """A letter to so many people, frozen."""
        n = len(self.queued)
        with write(self.db):
            id_ = queue_within(
                self.db,
                account_id=self.account.id,
                octets=f"Message-ID: <l{n}@tilleuls.test>\r\n\r\nLettre {n}\r\n".encode(),
                message_id=f"l{n}@tilleuls.test",
                mail_from=self.account.address,
                recipients=[f"r{i}@sante.test" for i in range(people)],
                subject=f"Lettre {n}",
                source=source,
                send_at=self.now,
                now=self.now,
            )
        self.queued.append(id_)
        return id_

    def run(self) -> None:
        """One pass, which may find no line."""
        try:
            asyncio.run(self._pass())
        except Transient:
            self.fuse.set(0)

    async def _pass(self) -> None:
        await run_outbox(
            self.db,
            self.account,
            at_hand("secret"),
            now=lambda: self.now,
            jitter=lambda: 0.0,
            connect=self._connect,
            most_lines=self.most_lines,
            dotted=self._dotted,
        )

    def _dotted(self, number: int) -> None:
        """The node's witness, outside the store."""
        Witness(self._home).dotted(number)
        self.fuse.step()

    def know_place(self) -> Held:
        """What a node does before anything else."""
        return know_place(self.db, self._home, now=self.now)

    def backup(self, to: Path) -> None:
        """Copy the store as it is at this very moment; nobody else writes."""
        shutil.copytree(self._home.root, to)

    def go_on_with(self, root: Path) -> None:
        """From now on the store is the one in `root`."""
        self.db.close()
        self._home = Home(root)
        self.db = self._open()
        self._watch()

    def run_until_it_dies_or_ends(self, at: int) -> bool:
        """One pass with the fuse at step `at`, then a restart. True when it died."""
        self.fuse.set(at)
        try:
            self.run()
        except Died:
            self.restart()
            return True
        self.fuse.set(0)
        return False

    def run_until_it_is_told_to_stop(self, at: int) -> bool:
        """One pass, told to stop at step `at`. True when it was told in time to be stopped."""

        async def told() -> None:
            task = asyncio.current_task()
            assert task is not None
            self.fuse.set(at, task.cancel)
            await self._pass()

        try:
            asyncio.run(told())
        except asyncio.CancelledError:
            return True
        finally:
            self.fuse.set(0)
        return False

    def settle(self) -> None:
        """Quiet hours: the server takes everything, the back-off runs out."""
        self.answer, self.line_is_down = lambda _: "take", False
        for _ in range(3):
            self.now += 4000
            self.run()

    def show_copy(self, id_: SubmissionId) -> None:
        """The replica finds the letter on the server, as it does when it was taken."""
        row = submission(self.db, id_)
        with write(self.db):
            octets = b"Received: by mx\r\n" + blobs.get(self.db, row.blob_id)
            email_id = add_email(self.db, self.account.id, octets, self.now)
            save_derived(self.db, email_id, DerivedEmail(message_id=row.message_id), 1)
            self.db.execute(
                "INSERT OR IGNORE INTO placement (email_id, mailbox_id, received_at, uid)"
                " SELECT ?, id, ?, ? FROM mailbox WHERE role = 'inbox'",
                (email_id, self.now, id_),
            )

    def show_report(self, id_: SubmissionId, outcome: Outcome = Outcome.DELIVERED) -> None:
        """A server reports of the letter's first recipient, and the report is derived."""
        row = submission(self.db, id_)
        report = Report(
            email=row.recipients[0].email, kind=ReceiptKind.DSN, outcome=outcome, is_believed=True
        )
        with write(self.db):
            octets = f"report of {id_}: {outcome}".encode()
            email_id = add_email(self.db, self.account.id, octets, self.now)
            note_reports(self.db, id_, email_id, [report], now=self.now)

    def look(self, *, saw_everything: bool = True) -> None:
        """The end of a pass over the mailboxes."""
        look(
            self.db,
            self.account.id,
            now=self.now,
            is_whole=True,
            saw_everything=saw_everything,
        )

    def look_until_it_dies_or_ends(self, at: int) -> bool:
        """The same with the fuse at step `at`, then a restart. True when it died."""
        self.fuse.set(at)
        try:
            self.look()
        except Died:
            self.restart()
            return True
        self.fuse.set(0)
        return False

    def taken(self, id_: SubmissionId) -> int:
        """How many recipients the server has taken the letter for."""
        return self._taken(submission(self.db, id_))

    def _taken(self, row: EmailSubmission) -> int:
        return sum(self.copies[row.envid, r.email] > 0 for r in row.recipients)

    @asynccontextmanager
    async def _connect(self, _: Account, __: str) -> AsyncIterator[InventedLine]:
        self.fuse.step()
        if self.line_is_down:
            raise Transient("net.unreachable", host="smtp.invalid")
        yield InventedLine(self)

    def check_moves(self) -> None:
        """Nothing ever moves but as docs/outbox.md draws it."""
        known = {(s.value, to.value) for s, moves in TRANSITIONS.items() for to in moves.values()}
        seen = set(self.db.execute("SELECT before, after FROM moves").fetchall())
        assert seen <= known, seen - known

    def check(self) -> None:
        """What must be true whatever happened."""
        rows = {row.id: row for row in outbox(self.db)}
        assert set(rows) == set(self.queued), "a letter was lost"
        for row in rows.values():
            assert self.octets.get(row.envid, set()) <= {blobs.get(self.db, row.blob_id)}
            for r in row.recipients:
                copies = self.copies[row.envid, r.email]
                allowed = 1 + self.repeats_asked[row.id] + row.repeats
                assert copies <= allowed, "sent twice in silence"
                if r.state is RecipientState.ACCEPTED:
                    assert copies, "called accepted, and the server never took it"
                elif r.state is not RecipientState.UNCERTAIN and allowed == 1:
                    assert not copies, f"{r.state}, and the server has it"
            if row.state is SubmissionState.CANCELED:
                assert not self._taken(row), "withdrawn, and somebody has it"
            self._check_copy(row)

    def _check_copy(self, row: EmailSubmission) -> None:
        filed = self.db.execute(
            "SELECT count(*) FROM placement JOIN email ON email.id = email_id"
            " JOIN mailbox ON mailbox.id = mailbox_id WHERE role = 'sent' AND digest = ?",
            (row.blob_id,),
        ).fetchone()[0]
        assert filed == (row.sent_copy is SentCopy.FILED), "one Sent copy, of what left"
        if row.state is SubmissionState.ACCEPTED:
            assert self._taken(row), "accepted by nobody"

    def check_quiet(self) -> None:
        """What must be true once nothing disturbs any more."""
        self.check()
        for row in outbox(self.db):
            ends = (SubmissionState.ACCEPTED, SubmissionState.REFUSED, SubmissionState.UNCERTAIN)
            assert row.state in (*ends, SubmissionState.CANCELED), "a letter was forgotten"
            if row.state is SubmissionState.ACCEPTED:
                assert row.sent_copy is SentCopy.FILED, "no Sent copy"


class InventedLine:
    """Answers as the world says, and keeps what it takes."""

    def __init__(self, world: World) -> None:
        self._world, self.usable, self.octets_gone = world, True, 0

    async def transmit(
        self, letter: Letter, about_to_dot: Callable[[tuple[str, ...]], Awaitable[None]]
    ) -> Transmission:
        """As `Submitter.transmit`, its steps counted."""
        step, how = self._world.fuse.step, self._world.answer(letter)
        step()
        await asyncio.sleep(0)  # who is told to stop is told while waiting
        said = _before_the_dot(letter, how)
        self.usable = not (said.broken or how == "closing")
        step()
        if not said.ready_for_dot():
            return said
        await about_to_dot(said.accepted_at_rcpt())
        heard: list[Transmission] = []
        assert await to_its_end(self._dot(letter, how, said, heard), 60)
        return heard[0]

    async def _dot(
        self, letter: Letter, how: str, said: Transmission, heard: list[Transmission]
    ) -> None:
        step = self._world.fuse.step
        step()
        await asyncio.sleep(0)
        if how in ("later_at_dot", "no_at_dot"):
            heard.append(_dotted(said, LATER if how == "later_at_dot" else NO))
            return
        if how != "cut_after_dot":
            self._take(letter, said.accepted_at_rcpt())
        step()
        cut = how in ("cut_after_dot", "taken_then_cut")
        self.usable = not cut
        heard.append(_dotted(said, None if cut else OK))

    def _take(self, letter: Letter, people: tuple[str, ...]) -> None:
        self._world.octets.setdefault(letter.envid, set()).add(letter.octets)
        for email in people:
            self._world.copies[letter.envid, email] += 1


def _before_the_dot(letter: Letter, how: str) -> Transmission:
    first = {"later_at_rcpt": LATER, "no_at_rcpt": NO}.get(how, OK)
    recipients = dict.fromkeys(letter.recipients, OK) | {letter.recipients[0]: first}
    mail = {"later_at_mail": LATER, "closing": CLOSING}.get(how, OK)
    data = NO if how == "no_at_data" else GO
    if not any(reply is OK for reply in recipients.values()):
        data = NO
    if mail is not OK:
        return Transmission(mail=mail)
    broken = CUT if how == "cut_before_dot" else ""
    return Transmission(mail=mail, recipients=recipients, data=data, broken=broken)


def _dotted(said: Transmission, final: Reply | None) -> Transmission:
    return Transmission(
        mail=said.mail,
        recipients=said.recipients,
        data=said.data,
        dotted=True,
        final=final,
        broken="" if final else CUT,
        reports=True,
    )
