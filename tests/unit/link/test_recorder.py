"""What each step cost, counted once, and what is kept of it."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass, replace

import pytest

from store.db import link
from store.db.accounts import account, add_account, set_link
from store.db.open import Connection
from store.errors import Transient
from store.model.account import Endpoint, Link, Profile
from store.model.ids import AccountId
from store.model.link import Hold, Limit, LinkReport, LinkStep, Octets, Step
from sync.imap.session import ImapSession
from sync.link.recorder import CANCELLED, UNEXPECTED, Recorder

NOON = 1_795_694_400
DAY = 86_400


@dataclass
class Traffic:
    octets_in: int = 0
    octets_out: int = 0
    turns: int = 0


class Clocks:
    """A wall clock and a steady one that move only when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> int:
        return NOON + int(self.seconds)

    def ticks(self) -> float:
        return self.seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def recorder(clocks: Clocks) -> Recorder:
    return Recorder(now=clocks.now, ticks=clocks.ticks)


@pytest.fixture
def cabinet(db: Connection) -> AccountId:
    at = Endpoint(host="mail.example", port=993)
    return add_account(db, name="cabinet", address="a@b.test", imap=at, smtp=at, user="a")


def test_a_step_is_what_the_line_did_meanwhile(recorder: Recorder, clocks: Clocks) -> None:
    traffic = Traffic()
    with recorder.step(Step.LOGIN, traffic):
        traffic.octets_in, traffic.octets_out, traffic.turns = 300, 40, 1
        clocks.seconds += 1.25
    assert recorder.steps == [
        LinkStep(
            step=Step.LOGIN,
            began_at=NOON,
            milliseconds=1250,
            octets_up=40,
            octets_down=300,
            turns=1,
        )
    ]


def test_every_octet_is_counted_once_also_between_two_steps(recorder: Recorder) -> None:
    traffic = Traffic()
    for step in (Step.CONNECT, Step.LIST, Step.FETCH):
        with recorder.step(step, traffic):
            traffic.octets_in += 100
        traffic.octets_in += 7
        traffic.octets_out += 3
    with recorder.step(Step.LOGOUT, traffic):
        pass
    assert sum(s.octets_down for s in recorder.steps) == traffic.octets_in
    assert recorder.unwritten == Octets(up=traffic.octets_out, down=traffic.octets_in)


def test_another_connection_begins_at_nothing(recorder: Recorder) -> None:
    for octets in (500, 40):
        traffic = Traffic()
        with recorder.step(Step.CONNECT, traffic):
            traffic.octets_in += octets
        with recorder.step(Step.LOGIN, traffic):
            traffic.octets_in += 1
    assert [each.octets_down for each in recorder.steps] == [500, 1, 40, 1]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Transient("net.lost", host="mail.example"), "net.lost"),
        (asyncio.CancelledError(), CANCELLED),
        (ValueError("Mme Durand"), UNEXPECTED),
    ],
)
def test_what_ended_a_step_is_kept_as_its_code(
    recorder: Recorder, error: BaseException, code: str
) -> None:
    with pytest.raises(type(error)), recorder.step(Step.FETCH, Traffic()):
        raise error
    assert recorder.steps[0].result == code


def test_a_failure_understood_later_replaces_the_first_guess(recorder: Recorder) -> None:
    with pytest.raises(OSError), recorder.step(Step.CONNECT, Traffic()):
        raise OSError
    recorder.blame(Transient("net.unreachable", host="mail.example"))
    assert recorder.steps[0].result == "net.unreachable"


def test_a_step_that_went_well_is_not_blamed(recorder: Recorder) -> None:
    with recorder.step(Step.LOGIN, Traffic()):
        pass
    recorder.blame(Transient("net.lost", host="mail.example"))
    assert recorder.steps[0].result == ""


def test_the_wait_after_a_pass_belongs_to_the_next(recorder: Recorder, clocks: Clocks) -> None:
    with recorder.step(Step.LIST, Traffic()):
        clocks.seconds += 5
    first = recorder.end_pass(hold=None, auto_profile=None)
    clocks.seconds += 60
    with recorder.step(Step.IDLE, Traffic()):
        clocks.seconds += 240
    with recorder.step(Step.LIST, Traffic()):
        clocks.seconds += 5
    partial, second = recorder.take(), recorder.end_pass(hold=None, auto_profile=None)
    assert first.pass_began_at == NOON
    assert partial.pass_began_at == second.pass_began_at == NOON + 65
    assert (first.whole, partial.whole, second.whole) == (True, False, True)
    assert (len(partial.steps), second.steps) == (2, ())


def test_every_question_of_a_session_is_a_step() -> None:
    asked = inspect.getmembers(ImapSession, inspect.iscoroutinefunction)
    unwrapped = [n for n, method in inspect.getmembers(ImapSession) if not n.startswith("_")]
    methods = {n for n in unwrapped if inspect.isfunction(getattr(ImapSession, n))} - {"has"}
    assert methods == {n for n, m in asked if hasattr(m, "__wrapped__")}


# What is kept


def report(at: int, *steps: LinkStep, whole: bool = False, hold: Hold | None = None) -> LinkReport:
    day = f"2026-11-{26 + (at - NOON) // DAY:02}"
    return LinkReport(pass_began_at=at, at=at, day=day, steps=steps, whole=whole, hold=hold)


def step(at: int, kind: Step = Step.LIST, up: int = 10, down: int = 100) -> LinkStep:
    return LinkStep(
        step=kind, began_at=at, milliseconds=70, octets_up=up, octets_down=down, turns=1
    )


def test_steps_come_back_as_they_were_newest_first(db: Connection, cabinet: AccountId) -> None:
    one, two = step(NOON), replace(step(NOON + 9), result="net.lost")
    link.record(db, cabinet, report(NOON, one, two))
    assert link.recent_steps(db, cabinet) == [two, one]
    assert link.recent_steps(db, cabinet, most=1) == [two]


def test_the_last_pass_is_shown_without_what_came_before_and_the_waits(
    db: Connection, cabinet: AccountId
) -> None:
    link.record(db, cabinet, report(NOON, step(NOON), step(NOON + 1, Step.FETCH)))
    last = [step(NOON + 60, Step.IDLE), step(NOON + 300), step(NOON + 301, Step.LOOK)]
    link.record(db, cabinet, report(NOON + 60, *last))
    link.record(db, cabinet, report(NOON + 400, step(NOON + 400, Step.SUBMIT)))
    assert link.last_pass(db, cabinet) == last[1:]


def test_days_and_months_add_up_by_direction(db: Connection, cabinet: AccountId) -> None:
    for at in (NOON, NOON + 5, NOON + DAY):
        link.record(db, cabinet, report(at, step(at)))
    assert link.spent(db, cabinet, "2026-11-26") == Octets(up=20, down=200)
    assert link.spent(db, cabinet, "2026-11") == Octets(up=30, down=300)
    assert link.spent(db, cabinet, "2026-1") == Octets(up=30, down=300)
    assert link.spent(db, cabinet, "2026-12") == Octets()


def test_the_log_forgets_after_thirty_days_and_the_days_outlive_it(
    db: Connection, cabinet: AccountId
) -> None:
    link.record(db, cabinet, report(NOON, step(NOON)))
    late = NOON + link.KEPT_SECONDS + 1
    link.record(db, cabinet, replace(report(NOON, step(late)), at=late, day="2026-12-26"))
    assert link.recent_steps(db, cabinet) == [step(late)]
    assert link.spent(db, cabinet, "2026-11-26") == Octets(10, 100)


def test_the_log_never_holds_more_than_its_bound(
    db: Connection, cabinet: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "MOST_STEPS", 5)
    for n in range(4):
        link.record(db, cabinet, report(NOON + n, *[step(NOON + n, up=k) for k in range(3)]))
        assert len(link.recent_steps(db, cabinet)) <= 5
    assert link.recent_steps(db, cabinet)[0] == step(NOON + 3, up=2)


def test_the_days_are_bounded_too(
    db: Connection, cabinet: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "MOST_DAYS", 2)
    for n in range(4):
        link.record(db, cabinet, report(NOON + n * DAY, step(NOON + n * DAY)))
    days = db.execute("SELECT day FROM link_day ORDER BY day").fetchall()
    assert days == [("2026-11-28",), ("2026-11-29",)]


def test_nothing_used_is_nothing_written(db: Connection, cabinet: AccountId) -> None:
    before = db.total_changes
    link.record(db, cabinet, report(NOON))
    assert db.total_changes == before


def test_a_pass_ends_in_one_commit_with_its_steps(db: Connection, cabinet: AccountId) -> None:
    begun: list[str] = []
    db.set_trace_callback(lambda sql: begun.append(sql) if sql.startswith("BEGIN") else None)
    hold = Hold(reason=Limit.DAY, until_at=NOON + DAY, waiting=12)
    done = replace(report(NOON, step(NOON), whole=True, hold=hold), auto_profile=Profile.SATELLITE)
    set_link(db, cabinet, Link.ONLINE, synced_at=NOON, report=done)
    db.set_trace_callback(None)
    assert len(begun) == 1
    assert link.recent_steps(db, cabinet) == [step(NOON)]
    assert link.holds(db, now=NOON) == {cabinet: hold}
    assert account(db, cabinet).auto_profile is Profile.SATELLITE


def test_a_hold_ends_with_the_pass_that_met_none_and_not_before(
    db: Connection, cabinet: AccountId
) -> None:
    hold = Hold(reason=Limit.HOURS, until_at=NOON + DAY, waiting=1)
    link.record(db, cabinet, report(NOON, whole=True, hold=hold))
    link.record(db, cabinet, report(NOON, step(NOON)))
    assert link.holds(db, now=NOON) == {cabinet: hold}
    link.record(db, cabinet, report(NOON, whole=True))
    assert link.holds(db, now=NOON) == {}


def test_an_account_that_goes_takes_its_log_along(db: Connection, cabinet: AccountId) -> None:
    link.record(db, cabinet, report(NOON, step(NOON), whole=True))
    db.execute("DELETE FROM account WHERE id = ?", (cabinet,))
    assert link.recent_steps(db, cabinet) == []
    assert link.spent(db, cabinet, "2026") == Octets()


def test_a_hold_that_is_over_is_not_shown_though_no_node_runs(
    db: Connection, cabinet: AccountId
) -> None:
    hold = Hold(reason=Limit.DAY, until_at=NOON + DAY, waiting=1)
    link.record(db, cabinet, report(NOON, whole=True, hold=hold))
    assert link.holds(db, now=NOON + DAY - 1) == {cabinet: hold}
    assert link.holds(db, now=NOON + DAY) == {}


def test_a_clock_that_went_back_hides_no_step(db: Connection, cabinet: AccountId) -> None:
    link.record(db, cabinet, report(NOON + 9 * DAY, step(NOON + 9 * DAY)))
    link.record(db, cabinet, report(NOON, step(NOON)))
    assert link.last_pass(db, cabinet) == [step(NOON)]
    assert link.recent_steps(db, cabinet, most=1) == [step(NOON)]
