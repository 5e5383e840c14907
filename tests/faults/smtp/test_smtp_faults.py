"""A letter to two people through a real server, made to go wrong at every step of its way."""

from __future__ import annotations

import asyncio
import functools
import itertools
import re
import time
from dataclasses import dataclass, replace

import pytest

from store.db.accounts import account as stored_account
from store.db.accounts import add_account
from store.db.open import Connection, write
from store.db.submissions import queue_within, submission
from store.errors import MailError
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Account, Endpoint
from store.model.ids import SubmissionId
from store.model.submission import RecipientState as R
from store.model.submission import SubmissionState as S
from sync.submit.outbox import run_outbox
from sync.submit.smtp import Submitter
from sync.submit.transaction import Patience
from tests.faults.smtp.points import CALM, IMPATIENT, IN_THE_MIDDLE, POINTS, TABLE, Point
from tests.faults.smtp.proxy import HOST, SmtpProxy
from tests.live.test_told_to_stop import pli
from tests.servers.authority import Certificate
from tests.servers.process import wait_until
from tests.servers.world import MailWorld
from tests.steps import at_hand

fired: set[str] = set()
numbers = itertools.count()
STALLS_SECONDS, DIES_SECONDS, LOOK_SECONDS, LEAST_POINTS = 0.6, 30, 0.05, 110
NOWHERE = Endpoint(host=HOST, port=1)
LINES = b".Bilan de la semaine, sans rien de particulier.\r\n" * 20
LARGE = 1000
"""So many times the lines, for a fault in the middle: of a small letter the dot would have left."""


@dataclass(slots=True)
class Case:
    """One letter, its sender, and the line between them and the server."""

    db: Connection
    world: MailWorld
    proxy: SmtpProxy
    account: Account
    people: tuple[str, str]
    name: str
    letter: SubmissionId
    now: int

    async def ends(self, patience: Patience = CALM) -> str:
        """One pass over the outbox: the code it raised, or ''."""
        try:
            await run_outbox(
                self.db,
                self.account,
                at_hand(self.world.dovecot.password("labo")),
                now=lambda: self.now,
                jitter=lambda: 0.0,
                connect=functools.partial(Submitter, patience=patience),
            )
        except MailError as error:
            return error.code
        return ""

    async def settle(self) -> None:
        """The line is whole again, and the clock moves on."""
        for _ in range(2):
            self.now += 4000
            assert await self.ends() == ""

    def state(self) -> S:
        return submission(self.db, self.letter).state

    def arrived(self) -> list[int]:
        """How often each has the letter, once the server has nothing more to deliver."""
        wait_until(lambda: self.world.postfix.queued() == 0, "all delivered", 30)
        known = re.compile(rb"^Message-ID: <%s@" % self.name.encode(), re.MULTILINE)
        return [
            sum(bool(known.search(letter)) for letter in self.world.postfix.delivered(person))
            for person in self.people
        ]

    async def killed(self, home: Home, key: DataKey, step: str) -> str:
        """A real node, killed by the proxy where the fault is."""
        node = await pli(home, key, "node")

        async def kill() -> None:
            node.kill()

        self.proxy.kill = kill
        async with asyncio.timeout(DIES_SECONDS):
            if step == "quit":  # a node keeps its connection for the letter to come
                while self.state() is not S.ACCEPTED:
                    await asyncio.sleep(LOOK_SECONDS)
                node.terminate()
            await node.wait()
        assert node.returncode == -9
        return "killed"


@pytest.fixture
def proxy(certificate: Certificate, mail_world: MailWorld) -> SmtpProxy:
    """Between the sender and the server; not yet listening."""
    postfix = mail_world.postfix
    return SmtpProxy(
        server_port=postfix.smtps_port, certificate=certificate, ca_file=str(postfix.ca_file)
    )


def begun(db: Connection, world: MailWorld, proxy: SmtpProxy, times: int = 1) -> Case:
    """A letter that leaves now, by the proxy."""
    labo = world.account("labo")
    smtp, password = Endpoint(host=HOST, port=proxy.port), world.dovecot.password_file("labo")
    id_ = add_account(
        db,
        name="labo",
        address=labo.address,
        imap=NOWHERE,
        smtp=smtp,
        user=labo.user,
        ca=labo.ca,
        password_file=str(password),
    )
    name, now = f"l{next(numbers)}", int(time.time())
    people = world.newcomer().address, world.newcomer().address
    octets = f"From: {labo.address}\r\nMessage-ID: <{name}@sante.test>\r\n\r\n".encode()
    octets += LINES * times
    with write(db):
        letter = queue_within(
            db,
            account_id=id_,
            octets=octets,
            message_id=f"{name}@sante.test",
            mail_from=labo.address,
            recipients=people,
            subject="Bilan",
            source="person",
            send_at=now,
            now=now,
        )
    return Case(db, world, proxy, stored_account(db, id_), people, name, letter, now)


def patience(point: Point) -> Patience:
    """Short where nothing more is heard, and nowhere else: a real server may take its time."""
    early = point.step in IN_THE_MIDDLE and point.fault in ("later", "refused")
    if point.fault != "stall" and not early:
        return CALM
    usual = {"reply_seconds": STALLS_SECONDS, "stall_seconds": STALLS_SECONDS}
    return replace(CALM, **IMPATIENT.get(point.step, usual))


async def test_an_undisturbed_letter_takes_every_step(
    db: Connection, mail_world: MailWorld, proxy: SmtpProxy
) -> None:
    async with proxy:
        case = begun(db, mail_world, proxy)
        assert await case.ends() == ""
        steps = {*proxy.seen, "connect", "hello", "greeting"} - {"last"}
    assert case.arrived() == [1, 1]
    assert steps <= TABLE.keys(), "a step nobody makes go wrong"


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
async def test_whatever_goes_wrong_a_letter_is_neither_lost_nor_repeated_nor_called_failed(
    db: Connection,
    home: Home,
    key: DataKey,
    mail_world: MailWorld,
    proxy: SmtpProxy,
    point: Point,
) -> None:
    raised, then, at_last = point.ends
    proxy.masked = point.masked
    async with proxy:
        case = begun(db, mail_world, proxy, LARGE if point.step in IN_THE_MIDDLE else 1)
        proxy.arm(point.step, point.fault)
        dies = point.fault == "kill"
        ended = await (case.killed(home, key, point.step) if dies else case.ends(patience(point)))
        assert proxy.fired, "it never happened"
        fired.add(point.name)
        assert (ended, case.state()) == (raised, then)
        await case.settle()
    row, arrived = submission(db, case.letter), case.arrived()
    assert row.state is at_last
    for recipient, times in zip(row.recipients, arrived, strict=True):
        expected = {R.ACCEPTED: {1}, R.UNCERTAIN: {0, 1}, R.REFUSED: {0}}
        assert times in expected[recipient.state], (recipient.state, times)
        assert recipient.state is not R.REFUSED or point.fault == "refused"
    if point.step.endswith("_taken"):
        assert arrived == [1, 1]


def test_every_point_of_a_submission_has_fired(request: pytest.FixtureRequest) -> None:
    cases = {each.callspec.id for each in request.session.items if hasattr(each, "callspec")}
    assert {point.name for point in POINTS} & cases <= fired
    assert len({point.name for point in POINTS}) == len(POINTS) >= LEAST_POINTS
