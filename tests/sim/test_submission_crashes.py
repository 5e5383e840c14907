"""Killed at every step of a pass, with every kind of answer: no letter lost, none sent twice."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from store.db.attempts import interrupted
from store.db.submissions import cancel, outbox, retry, submission
from store.errors import Usage
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.ids import SubmissionId
from store.model.submission import SentCopy, SubmissionState
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

    @rule(people=st.integers(1, 3))
    def somebody_writes(self, people: int) -> None:
        self.world.queue(people)

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
    def somebody_says_again(self, n: int) -> None:
        if letter := self._nth(n):
            row = submission(self.world.db, letter)
            try:
                retry(self.world.db, letter, now=self.world.now)
            except Usage:
                return
            self.world.repeats_asked[letter] += row.state is SubmissionState.UNCERTAIN

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
