"""A clock that leaps ends no wait by that, and keeps nothing for ever."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from store.db.answers import answer_wanted, want_answer_within
from store.db.clock_steps import note_step
from store.db.drafts import drafts_waiting, save_draft, send_draft
from store.db.open import write
from store.host import clock as host_clock
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.ids import DraftId, SubmissionId
from sync import clock as clock_look
from sync import passes
from sync.submit import deadlines
from sync.submit.outbox import next_due, run_outbox
from tests.servers.authority import Authority
from tests.steps import at_hand, commits_of
from tests.unit.submit.conftest import NOW, Sending
from tests.unit.submit.scripted_server import PASSWORD, scripted_server
from tests.unit.submit.test_ahead import LETTER, received

DAY, BOOT = 86_400, "b00t"


class Clock:
    """Of a machine whose clock says NOW once it has run for an hour."""

    def __init__(self, sending: Sending) -> None:
        self._sending, self.ahead = sending, NOW - 3600
        self.look()

    def look(self) -> int:
        return note_step(self._sending.db, BOOT, self.ahead, now=self._sending.now)

    def step(self, seconds: int) -> None:
        self._sending.now += seconds
        self.ahead += seconds
        assert self.look() == seconds

    def passes(self, seconds: int) -> None:
        self._sending.now += seconds
        assert self.look() == 0


@pytest.fixture
def clock(sending: Sending) -> Clock:
    return Clock(sending)


def told(sending: Sending, kind: str, wait: int) -> int:
    """To leave after so many seconds; its number."""
    if kind == "draft":
        draft_id = save_draft(sending.db, sending.account.id, LETTER, now=sending.now)
        send_draft(sending.db, draft_id, sending.now + wait)
        return draft_id
    letter = sending.queue()
    with write(sending.db):
        sending.db.execute(
            "UPDATE email_submission SET send_at = send_at + ? WHERE id = ?", (wait, letter)
        )
    return letter


def due(sending: Sending) -> int | None:
    """In how many seconds something leaves."""
    at = next_due(sending.db, sending.account.id, now=sending.now)
    return None if at is None else at - sending.now


@pytest.mark.parametrize("kind", ["draft", "letter"])
@pytest.mark.parametrize("by", [4, DAY, -DAY])
def test_the_time_to_withdraw_a_letter_is_not_cut_short_by_a_clock_that_leaps(
    sending: Sending, clock: Clock, kind: str, by: int
) -> None:
    told(sending, kind, 10)
    clock.passes(3)
    clock.step(by)
    if by > 0:
        assert due(sending) == 7
        clock.step(DAY)
        assert due(sending) == 7, "once more"
    else:  # counted from now, store/db/ahead.py
        assert due(sending) == 0


@pytest.mark.parametrize("kind", ["draft", "letter"])
def test_an_hour_the_clock_leapt_over_comes_when_it_would_have_come(
    sending: Sending, clock: Clock, kind: str
) -> None:
    told(sending, kind, 7200)
    clock.step(DAY)
    assert due(sending) == 7200
    clock.passes(7200)
    assert due(sending) == 0


@pytest.mark.parametrize("kind", ["draft", "letter"])
def test_a_clock_that_is_set_right_again_gives_the_hour_back(
    sending: Sending, clock: Clock, kind: str
) -> None:
    told(sending, kind, 7200)
    clock.step(DAY)
    clock.passes(100)
    clock.step(-DAY)
    assert due(sending) == 7100
    clock.step(60)
    assert due(sending) == 7040, "a day and an hour stand as they were said"


@pytest.mark.parametrize("kind", ["draft", "letter"])
def test_mail_that_came_in_since_shows_that_the_hour_was_there(
    sending: Sending, clock: Clock, kind: str
) -> None:
    told(sending, kind, 7200)
    clock.step(DAY)
    received(sending, NOW + 7100)
    clock.passes(1)
    assert due(sending) == 7199
    sending.db.execute("UPDATE placement SET received_at = ?", (NOW + 7200,))
    clock.passes(1)
    at = next_due(sending.db, sending.account.id, now=sending.now)
    assert at is not None
    assert at <= sending.now


@pytest.mark.parametrize("kind", ["draft", "letter"])
def test_what_is_told_to_leave_after_the_leap_waits_no_longer_than_said(
    sending: Sending, clock: Clock, kind: str
) -> None:
    sending.now += DAY
    clock.ahead += DAY
    told(sending, kind, 10)
    assert clock.look() == DAY
    assert due(sending) == 10


def test_an_answer_is_awaited_for_as_long_as_it_would_have_been(
    sending: Sending, clock: Clock
) -> None:
    letter = sending.queue()
    with write(sending.db):
        want_answer_within(sending.db, letter, NOW + 600)
    clock.step(DAY)
    wanted = answer_wanted(sending.db, letter)
    assert wanted is not None
    assert wanted.until_at == NOW + 600 + DAY


@pytest.mark.parametrize("by", [DAY, -DAY])
def test_a_claim_lasts_for_a_day_whatever_the_clock_does(
    sending: Sending, clock: Clock, by: int
) -> None:
    received(sending, NOW)
    sending.db.execute(
        "INSERT INTO claim_seen (placement_id, keyword, since_at)"
        " SELECT id, '$pli-claim-dr-alice', ? FROM placement",
        (NOW - 60,),
    )
    clock.step(by)
    row = sending.db.execute("SELECT since_at FROM claim_seen").fetchone()
    assert sending.now - row[0] == 60


def test_a_doubt_is_looked_into_for_as_long_as_it_would_have_been(
    sending: Sending, clock: Clock
) -> None:
    letter = sending.queue()
    sending.db.execute(
        "UPDATE email_submission SET state = 'uncertain', next_look_at = ? WHERE id = ?",
        (NOW + 900, letter),
    )
    clock.step(DAY)
    assert sending.row(letter).next_look_at == NOW + 900 + DAY


def test_a_clock_that_goes_on_writes_nothing_and_another_start_is_no_step(
    sending: Sending, clock: Clock
) -> None:
    draft_id = DraftId(told(sending, "draft", 7200))
    clock.ahead += 1
    with commits_of(sending.db) as made:
        assert clock.look() == 0
    assert not made
    assert note_step(sending.db, "another", clock.ahead + DAY, now=NOW + DAY) == 0
    assert drafts_waiting(sending.db) == [(draft_id, NOW + 7200, "")]


def test_where_the_start_of_the_machine_has_no_name_nothing_is_concluded(
    sending: Sending, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that is shown little of /proc: each start of the machine would be a leap."""
    monkeypatch.setattr(host_clock, "BOOT", tmp_path / "hidden")
    name, _ = host_clock.boot()
    assert name == ""
    told(sending, "letter", 7200)
    for ahead in (0, DAY):
        assert note_step(sending.db, name, ahead, now=sending.now) == 0
    assert due(sending) == 7200
    clock.step(DAY)


def test_a_letter_that_left_is_not_touched(sending: Sending, clock: Clock) -> None:
    letter = SubmissionId(told(sending, "letter", 7200))
    sending.db.execute("UPDATE email_submission SET state = 'canceled'")
    clock.step(DAY)
    assert sending.row(letter).send_at == NOW + 7200


class Wall:
    """The clock of the machine, `ahead` of the time that passes in a test."""

    def __init__(self, sending: Sending, patch: pytest.MonkeyPatch) -> None:
        self._sending, self.ahead = sending, 0
        patch.setattr(clock_look, "boot", lambda: (BOOT, self.ahead))
        patch.setattr(clock_look, "now", self.now)
        patch.setattr(passes, "now", self.now)

    def now(self) -> int:
        return self._sending.now + self.ahead


@pytest.fixture
def wall(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> Wall:
    return Wall(sending, monkeypatch)


@pytest.mark.logs("clock.stepped")
async def test_a_node_whose_clock_is_put_forward_sends_nothing_before_its_time(
    sending: Sending, home: Home, key: DataKey, wall: Wall
) -> None:
    told(sending, "draft", 7200)
    told(sending, "letter", 9000)
    assert await passes.outbox_pass(sending.db, sending.account, home, key) == 60.0
    wall.ahead = DAY
    sending.now += 7190
    assert await passes.outbox_pass(sending.db, sending.account, home, key) == 10.0


@pytest.mark.logs("clock.stepped")
async def test_a_clock_put_forward_in_the_middle_of_a_pass_lets_nothing_else_leave(
    sending: Sending, authority: Authority, wall: Wall
) -> None:
    told(sending, "letter", 10)
    sending.queue()
    look = partial(clock_look.know_clock, sending.db)
    look()

    async def asked() -> str:
        wall.ahead = DAY
        return PASSWORD

    async with scripted_server(authority) as server:
        here = server.account(id=sending.account.id)
        await run_outbox(sending.db, here, asked, now=wall.now, know_clock=look)
    assert len(server.taken) == 1


def test_a_new_hour_is_not_taken_back_with_the_old_ones_leap(
    sending: Sending, clock: Clock
) -> None:
    draft_id = DraftId(told(sending, "draft", 7200))
    clock.step(DAY)
    send_draft(sending.db, draft_id, sending.now + 2 * DAY)
    received(sending, sending.now + DAY + 1)
    clock.passes(1)
    assert due(sending) == 2 * DAY - 1


@pytest.mark.parametrize("kind", ["draft", "letter"])
def test_what_was_told_to_leave_and_was_due_between_the_leap_and_the_look_leaves(
    sending: Sending, clock: Clock, kind: str
) -> None:
    sending.now += DAY
    clock.ahead += DAY
    told(sending, kind, 0)
    assert clock.look() == DAY
    assert due(sending) == 0


@pytest.mark.parametrize("kind", ["draft", "letter"])
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.logs("clock.stepped")
async def test_a_clock_put_forward_beside_a_look_lets_nothing_leave(
    sending: Sending, authority: Authority, wall: Wall, kind: str, behind: bool
) -> None:
    told(sending, kind, 10)
    clock_look.know_clock(sending.db)

    def look() -> None:
        wall.ahead += 0 if behind else DAY
        clock_look.know_clock(sending.db)
        wall.ahead += DAY if behind else 0

    async with scripted_server(authority) as server:
        here = server.account(id=sending.account.id)
        await run_outbox(sending.db, here, at_hand(PASSWORD), now=wall.now, know_clock=look)
    assert not server.taken


@pytest.mark.logs("clock.stepped")
def test_an_answer_is_not_told_late_by_a_leap_during_a_look_at_the_mailboxes(
    sending: Sending, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = SubmissionId(told(sending, "letter", 0))
    with write(sending.db):
        want_answer_within(sending.db, letter, NOW + 7200)
    clock_look.know_clock(sending.db)
    wall.ahead = DAY
    sending.db.execute("UPDATE account SET last_synced_at = ?", (NOW + DAY,))
    monkeypatch.setattr(deadlines, "now", wall.now)
    assert deadlines.late_by_now(sending.db, sending.account) == 0
