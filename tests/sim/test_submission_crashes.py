"""Killed at every step of a pass, with every kind of answer: no letter lost, none sent twice."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from store.db.attempts import interrupted
from store.db.submissions import cancel, give_up, outbox, retry, submission
from store.errors import Usage
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.ids import SubmissionId
from store.model.receipt import Outcome
from store.model.submission import SentCopy, SubmissionState
from sync.submit import outbox as outbox_module
from sync.submit.envelope import Letter
from tests.sim.submission_world import ANSWERS, World

MOST_STEPS = 60


@pytest.fixture
def world(home: Home, key: DataKey) -> Iterator[World]:
    here = World(home, key)
    yield here
    here.close()


def first_then_take(answer: str) -> Callable[[Letter], str]:
    """The server answers the first letter it is given so, and takes every other."""
    given: list[str] = []

    def answers(letter: Letter) -> str:
        given.append(letter.envid)
        return answer if letter.envid == given[0] else "take"

    return answers


@pytest.mark.parametrize("answer", ANSWERS)
def test_killed_at_any_step_no_letter_is_lost_nor_sent_twice(world: World, answer: str) -> None:
    died_at = []
    for at in range(1, MOST_STEPS):
        world.queue(people=2)
        world.queue()
        world.answer = first_then_take(answer)
        died = world.run_until_it_dies_or_ends(at)
        died_at += [at] * died
        world.check()
        world.settle()
        world.check_quiet()
        if not died:
            break
    assert died_at == list(range(1, len(died_at) + 1))
    assert 0 < len(died_at) < MOST_STEPS - 1, "the fuse never reached the end of a pass"


@pytest.mark.parametrize("answer", ["take", "taken_then_cut", "later_at_rcpt"])
def test_killed_twice_in_a_row_it_is_the_same(world: World, answer: str) -> None:
    for first in range(1, 14):
        for second in range(1, 14, 3):
            world.queue(people=2)
            world.answer = first_then_take(answer)
            world.run_until_it_dies_or_ends(first)
            world.run_until_it_dies_or_ends(second)
            world.settle()
            world.check_quiet()


def test_killed_while_the_line_is_down_it_is_the_same(world: World) -> None:
    for at in range(1, 6):
        world.queue()
        world.line_is_down = True
        world.run_until_it_dies_or_ends(at)
        world.check()
        world.settle()
        world.check_quiet()


def test_killed_between_the_acceptance_and_the_copy_it_is_filed_later_once(world: World) -> None:
    between = 0
    for at in range(1, MOST_STEPS):
        letter = world.queue()
        died = world.run_until_it_dies_or_ends(at)
        row = submission(world.db, letter)
        between += (row.state, row.sent_copy) == (SubmissionState.ACCEPTED, SentCopy.TODO)
        world.check()
        world.settle()
        world.check_quiet()
        if not died:
            break
    assert between >= 2, "after the acceptance is on disk, and before the copy is"


@pytest.mark.parametrize("answer", ANSWERS)
def test_told_to_stop_at_any_step_nothing_is_left_open_nor_in_doubt(
    world: World, answer: str
) -> None:
    stopped = []
    for at in range(1, MOST_STEPS):
        letters = [world.queue(people=2), world.queue()]
        world.answer = first_then_take(answer)
        stopped.append(world.run_until_it_is_told_to_stop(at))
        for row in (submission(world.db, letter) for letter in letters):
            assert row.state is not SubmissionState.SENDING
            doubtful = answer in ("cut_after_dot", "taken_then_cut")
            assert doubtful or row.state is not SubmissionState.UNCERTAIN
        assert not interrupted(world.db, world.account.id)
        world.check()
        world.settle()
        world.check_quiet()
        if not stopped[-1]:
            break
    assert 10 < len(stopped) < MOST_STEPS - 1


@pytest.fixture
def several_lines(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """As when much is due."""
    monkeypatch.setattr(outbox_module, "LETTERS_FOR_A_LINE", 1)
    world.most_lines = 3
    return world


@pytest.mark.parametrize("answer", ["take", "taken_then_cut", "later_at_rcpt", "cut_before_dot"])
def test_by_several_lines_it_is_the_same_killed_at_any_step(
    several_lines: World, answer: str
) -> None:
    world = several_lines
    for at in range(1, MOST_STEPS):
        for people in (2, 1, 1, 1):
            world.queue(people)
        world.answer = first_then_take(answer)
        died = world.run_until_it_dies_or_ends(at)
        world.check()
        world.settle()
        world.check_quiet()
        if not died:
            break
    assert 20 < at < MOST_STEPS - 1, "the fuse never reached the end of a pass"


@pytest.mark.parametrize("answer", ["take", "cut_after_dot", "no_at_rcpt"])
def test_by_several_lines_it_is_the_same_told_to_stop_at_any_step(
    several_lines: World, answer: str
) -> None:
    world = several_lines
    for at in range(1, MOST_STEPS):
        letters = [world.queue(people) for people in (2, 1, 1, 1)]
        world.answer = first_then_take(answer)
        told = world.run_until_it_is_told_to_stop(at)
        for row in (submission(world.db, letter) for letter in letters):
            assert row.state is not SubmissionState.SENDING
            assert answer == "cut_after_dot" or row.state is not SubmissionState.UNCERTAIN
        assert not interrupted(world.db, world.account.id)
        world.check()
        world.settle()
        world.check_quiet()
        if not told:
            break
    assert 15 < at < MOST_STEPS - 1


def test_a_doubt_stays_one_until_evidence_shows(world: World) -> None:
    letter = world.queue()
    world.answer = lambda _: "taken_then_cut"
    world.run()
    world.settle()
    assert outbox(world.db)[0].state is SubmissionState.UNCERTAIN
    world.show_copy(letter)
    world.settle()
    world.check_quiet()
    assert outbox(world.db)[0].state is SubmissionState.ACCEPTED


def test_a_report_ends_a_doubt_a_bad_one_too(world: World) -> None:
    for outcome in (Outcome.DELIVERED, Outcome.FAILED):
        letter = world.queue()
        world.answer = lambda _: "taken_then_cut"
        world.run()
        world.show_report(letter, outcome)
        world.look()
        row = submission(world.db, letter)
        assert (row.state, row.settled_by) == (SubmissionState.ACCEPTED, "report")
    assert row.troubled == 1


LOOKS = (60, 240, 600, 900)


@pytest.mark.parametrize("answer", ["cut_after_dot", "taken_then_cut"])
def test_a_document_that_left_no_trace_leaves_once_more_and_says_so(
    world: World, answer: str
) -> None:
    drop, person = world.queue(2, "drop"), world.queue()
    world.answer = lambda _: answer
    world.run()
    for seconds in LOOKS:
        assert submission(world.db, drop).state is SubmissionState.UNCERTAIN
        world.look()  # too early: it is none
        world.now += seconds
        world.look()
    assert submission(world.db, drop).state is SubmissionState.QUEUED
    assert submission(world.db, drop).repeats == 1
    world.settle()
    for _ in range(30):
        world.now += 3600
        world.look()
    world.check_quiet()
    assert submission(world.db, drop).state is SubmissionState.ACCEPTED
    row = submission(world.db, person)
    assert (row.state, row.repeats) == (SubmissionState.UNCERTAIN, 0)
    assert world.now < row.next_look_at <= world.now + 3600


def test_a_repeat_is_only_for_those_in_doubt(world: World) -> None:
    letter = world.queue(2, "drop")
    world.answer = lambda _: "later_at_rcpt"
    world.run()
    world.now += 4000
    world.answer = lambda _: "taken_then_cut"
    world.run()
    for seconds in LOOKS:
        world.now += seconds
        world.look()
    world.settle()
    row = submission(world.db, letter)
    assert (row.state, row.repeats) == (SubmissionState.ACCEPTED, 1)
    assert [world.copies[row.envid, f"r{n}@sante.test"] for n in range(2)] == [2, 1]


def test_killed_at_any_step_of_a_look_it_repeats_once(world: World) -> None:
    for at in range(1, 20):
        letter = world.queue(1, "drop")
        world.answer = lambda _: "taken_then_cut"
        world.run()
        died = False
        for seconds in LOOKS:
            world.now += seconds
            died |= world.look_until_it_dies_or_ends(at if seconds == LOOKS[-1] else 0)
        world.check()
        world.look()
        world.settle()
        world.check_quiet()
        assert submission(world.db, letter).repeats == 1
        assert world.copies[submission(world.db, letter).envid, "r0@sante.test"] == 2
        if not died:
            break
    assert 1 < at < 19


def test_a_second_doubt_about_the_same_document_is_for_a_person(world: World) -> None:
    letter = world.queue(1, "drop")
    world.answer = lambda _: "cut_after_dot"
    for _ in range(2):
        world.run()
        for seconds in (*LOOKS, 3600, 3600):
            world.now += seconds
            world.look()
    row = submission(world.db, letter)
    assert (row.state, row.repeats) == (SubmissionState.UNCERTAIN, 1)


def test_a_copy_of_what_others_had_received_is_no_evidence(world: World) -> None:
    letter = world.queue(people=2)
    world.answer = lambda _: "later_at_rcpt"
    world.run()
    world.show_copy(letter)
    world.now += 4000
    world.answer = lambda _: "cut_after_dot"
    world.run()
    world.settle()
    world.check()
    assert outbox(world.db)[0].state is SubmissionState.UNCERTAIN


def test_an_idle_pass_neither_writes_nor_connects(world: World) -> None:
    world.queue()
    world.queue(people=2)
    world.answer = lambda _: "taken_then_cut"
    world.run()
    world.settle()
    before = world.fuse.steps
    world.run()
    assert world.fuse.steps == before


pick = st.integers(0, 50)
answers = st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=6)


class Outbox(RuleBasedStateMachine):
    """People, servers and power cuts, in any order."""

    @initialize()
    def begin(self) -> None:
        self._directory = tempfile.TemporaryDirectory()
        root = Path(self._directory.name) / "home"
        root.mkdir(mode=0o700)
        self.world = World(Home(root), DataKey(b"k" * 32))

    @rule(people=st.integers(1, 3), source=st.sampled_from(["person", "drop"]))
    def somebody_writes(self, people: int, source: str) -> None:
        self.world.queue(people, source)

    @rule(
        at=st.integers(0, 40),
        said=answers,
        minutes=st.sampled_from([0, 1, 70]),
        down=st.sampled_from([False, False, True]),
    )
    def the_node_runs(self, at: int, said: list[str], minutes: int, down: bool) -> None:
        turn = iter(range(10**6))
        self.world.line_is_down = down
        self.world.now += minutes * 60
        self.world.answer = lambda _: said[next(turn) % len(said)]
        self.world.run_until_it_dies_or_ends(at)

    @rule(n=pick)
    def somebody_withdraws(self, n: int) -> None:
        if letter := self._nth(n):
            try:
                cancel(self.world.db, letter, now=self.world.now)
            except Usage:
                return
            assert not self.world.taken(letter)

    @rule(n=pick)
    def somebody_gives_up_who_remains(self, n: int) -> None:
        if letter := self._nth(n):
            give_up(self.world.db, letter, now=self.world.now)

    @rule(n=pick)
    def somebody_says_again(self, n: int) -> None:
        if letter := self._nth(n):
            row = submission(self.world.db, letter)
            try:
                retry(self.world.db, letter, now=self.world.now)
            except Usage:
                return
            self.world.repeats_asked[letter] += row.state is SubmissionState.UNCERTAIN

    @rule(n=pick, outcome=st.sampled_from([Outcome.DELIVERED, Outcome.FAILED, Outcome.DELAYED]))
    def a_report_comes(self, n: int, outcome: Outcome) -> None:
        letter = self._nth(n)
        if letter and self.world.taken(letter):
            self.world.show_report(letter, outcome)

    @rule(at=st.integers(0, 6), minutes=st.sampled_from([1, 10, 60]))
    def the_mailboxes_are_looked_through(self, at: int, minutes: int) -> None:
        self.world.now += minutes * 60
        self.world.look_until_it_dies_or_ends(at)

    @rule(n=pick)
    def the_replica_finds_a_copy(self, n: int) -> None:
        letter = self._nth(n)
        if letter and self.world.taken(letter):
            self.world.show_copy(letter)

    def _nth(self, n: int) -> SubmissionId | None:
        queued = self.world.queued
        return queued[n % len(queued)] if queued else None

    @invariant()
    def nothing_is_lost_nor_doubled(self) -> None:
        if hasattr(self, "world"):
            self.world.check()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.world.settle()
                self.world.check_quiet()
            finally:
                self.world.close()
                self._directory.cleanup()


TestOutbox = Outbox.TestCase
