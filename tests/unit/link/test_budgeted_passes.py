"""A budget stops windows of letters, never one in the middle, and nothing else."""

from __future__ import annotations

import pytest

from store.db import link
from store.db.accounts import accounts
from store.db.mailboxes import mailboxes
from store.db.open import Connection
from store.db.outlines import Stage, stage_of, unwhole, want
from store.db.placements import change_keywords
from store.host import clock
from store.model.account import Account, Profile
from store.model.email import SEEN
from store.model.link import Budget, Limit, Step
from sync.demo.imap_server import ImapServer
from tests.unit.link.conftest import Pass, deliver

LETTERS, WINDOW, SIZE = 20, 5, 5_000


def alice(db: Connection) -> Account:
    (found,) = accounts(db)
    return found


def inbox_count(db: Connection) -> int:
    return next(m.total for m in mailboxes(db, alice(db).id) if m.name == "INBOX")


@pytest.fixture
async def full(server: ImapServer) -> ImapServer:
    await deliver(server, range(LETTERS), size=SIZE)
    return server


async def test_a_day_that_is_spent_ends_the_pass_after_the_window(
    full: ImapServer, one_pass: Pass, db: Connection
) -> None:
    link.set_budget(db, alice(db).id, Budget(octets_per_day=WINDOW * SIZE * 3 // 2))
    report = await one_pass()
    assert report.fetched == 2 * WINDOW, "the second window began within the budget, and was ended"
    hold = link.holds(db, now=clock.now())[alice(db).id]
    assert (hold.reason, hold.waiting) == (Limit.DAY, LETTERS - 2 * WINDOW)
    midnight = clock.local(hold.until_at)
    assert (midnight.hour, midnight.minute) == (0, 0)
    assert 0 < hold.until_at - clock.now() <= 25 * 3600
    assert alice(db).last_synced_at is not None


async def test_what_waited_comes_once_it_may_and_nothing_comes_twice(
    full: ImapServer, one_pass: Pass, db: Connection
) -> None:
    link.set_budget(db, alice(db).id, Budget(octets_per_day=1))
    assert (await one_pass()).fetched == 0
    assert (await one_pass()).fetched == 0
    link.set_budget(db, alice(db).id, Budget())
    assert (await one_pass()).fetched == LETTERS
    assert link.holds(db, now=clock.now()) == {}
    assert inbox_count(db) == LETTERS
    assert (await one_pass()).fetched == 0


async def test_wishes_are_told_though_all_is_spent(
    full: ImapServer, one_pass: Pass, db: Connection
) -> None:
    link.set_budget(db, alice(db).id, Budget(octets_per_day=WINDOW * SIZE // 2))
    assert (await one_pass()).fetched == WINDOW
    held = db.execute("SELECT id FROM placement LIMIT 1").fetchone()
    change_keywords(db, held, add=frozenset({SEEN}))
    report = await one_pass()
    assert (report.pushed, report.fetched) == (1, 0)
    assert link.holds(db, now=clock.now())[alice(db).id].waiting == LETTERS - WINDOW


async def test_what_a_window_cost_is_written_before_the_next_begins(
    full: ImapServer, one_pass: Pass, db: Connection
) -> None:
    """So that a node killed again and again does not spend the budget again and again."""
    link.set_budget(db, alice(db).id, Budget(octets_per_day=10**9))
    statements: list[str] = []
    db.set_trace_callback(statements.append)
    await one_pass()
    db.set_trace_callback(None)
    assert sum("INTO link_day" in sql for sql in statements) == LETTERS // WINDOW + 1
    assert [s.step for s in link.last_pass(db, alice(db).id)].count(Step.FETCH) == 4


async def test_outside_the_hours_nothing_is_fetched(
    full: ImapServer, one_pass: Pass, db: Connection
) -> None:
    later = (clock.local(clock.now()).hour + 2) % 24
    budget = Budget(from_hour=later, to_hour=(later + 1) % 24)
    link.set_budget(db, alice(db).id, budget)
    assert (await one_pass()).fetched == 0
    hold = link.holds(db, now=clock.now())[alice(db).id]
    assert (hold.reason, clock.local(hold.until_at).hour) == (Limit.HOURS, later)


async def test_a_month_is_what_its_days_cost(
    full: ImapServer, one_pass: Pass, db: Connection
) -> None:
    price = Budget(money_per_month=1_000_000, price_per_megabyte=100_000_000)  # 10,000 octets
    link.set_budget(db, alice(db).id, price)
    assert (await one_pass()).fetched == WINDOW
    assert link.holds(db, now=clock.now())[alice(db).id].reason is Limit.MONTH


async def test_nothing_waiting_is_nothing_held(one_pass: Pass, db: Connection) -> None:
    link.set_budget(db, alice(db).id, Budget(octets_per_day=1))
    await one_pass()
    assert link.holds(db, now=clock.now()) == {}


class TestOnALeanLine:
    """The list is cheap and always comes; what is asked for comes whatever was spent."""

    @pytest.fixture
    def profile(self) -> Profile:
        return Profile.SATELLITE

    async def test_a_day_that_is_spent_keeps_letters_and_not_their_list(
        self, full: ImapServer, one_pass: Pass, db: Connection
    ) -> None:
        link.set_budget(db, alice(db).id, Budget(octets_per_day=1))
        assert (await one_pass()).fetched == 0
        assert inbox_count(db) == LETTERS
        assert link.holds(db, now=clock.now())[alice(db).id].waiting == LETTERS
        assert {each.held for each in unwhole(db, alice(db).id)} == {0}

    async def test_what_is_asked_for_comes_though_all_is_spent(
        self, full: ImapServer, one_pass: Pass, db: Connection
    ) -> None:
        link.set_budget(db, alice(db).id, Budget(octets_per_day=1))
        await one_pass()
        wanted = unwhole(db, alice(db).id)[3].email_id
        want(db, wanted, clock.now())
        assert (await one_pass()).fetched == 1
        assert stage_of(db, wanted) is Stage.WHOLE

    async def test_nothing_waiting_is_nothing_held(
        self, full: ImapServer, one_pass: Pass, db: Connection
    ) -> None:
        await one_pass()
        link.set_budget(db, alice(db).id, Budget(octets_per_day=1))
        await one_pass()
        assert link.holds(db, now=clock.now()) == {}
