"""Many letters uploaded in one command: all of them there, each of them once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sync.imap import uploading
from tests.sim.server import Kind
from tests.sim.world import World, letter_called

NAMES = [f"{n}@t.test" for n in range(7)]
KINDS = (Kind.QRESYNC, Kind.BARE)


@contextmanager
def three_together() -> Iterator[None]:
    """Three letters of the model in one command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uploading, "TOGETHER_OCTETS", 3 * len(letter_called(NAMES[0])) + 1)
        yield


@pytest.fixture(autouse=True)
def few_octets_go_together() -> Iterator[None]:
    """In every test here."""
    with three_together():
        yield


def wished(kind: Kind = Kind.QRESYNC) -> World:
    world = World(kind)
    world.deliver("other@t.test", to="Sent")
    world.sync()
    for name in NAMES:
        world.file(name)
    return world


def all_there_once(world: World) -> bool:
    there = sorted(name for name in world.server.names("Sent") if name != "other@t.test")
    return there == NAMES and world.shown() == world.on_server()


def test_what_goes_together_is_few_commands() -> None:
    world = wished()
    report = world.sync()
    assert [said for said in world.session.said if "APPEND" in said] == [
        *("MULTIAPPEND", "MULTIAPPEND", "APPEND")
    ]
    assert report is not None
    assert report.appended == 7
    assert all_there_once(world)


def test_a_server_that_takes_one_at_a_time_is_given_one_at_a_time() -> None:
    world = wished(Kind.CONDSTORE)
    world.sync()
    assert world.session.said.count("APPEND") == 7
    assert all_there_once(world)


def test_a_longer_letter_goes_alone() -> None:
    world = wished()
    world.file_octets(letter_called("long@t.test") + b"x" * 1000)
    world.sync()
    assert world.session.said.count("MULTIAPPEND") == 2
    assert world.session.said.count("APPEND") == 2
    assert "long@t.test" in world.server.names("Sent")


def steps(kind: Kind) -> int:
    with three_together():
        world = wished(kind)
        world.sync()
        return world.steps


@pytest.mark.parametrize(("kind", "step"), [(k, n) for k in KINDS for n in range(steps(k))])
def test_killed_at_any_step_they_are_uploaded_once(kind: Kind, step: int) -> None:
    world = wished(kind)
    held = world.placements()
    assert world.sync(fuse=step) is None, "it must have died"
    world.settle()
    assert all_there_once(world)
    assert world.placements()[: len(held)] == held


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blind", [False, True])
def test_an_answer_that_was_lost_uploads_nothing_again(kind: Kind, blind: bool) -> None:
    world = wished(kind)
    world.sync(dies_after="MULTIAPPEND")
    world.sync(is_blind=blind)
    world.settle()
    assert all_there_once(world)
    assert world.box("Sent").uidnext == 9


@pytest.mark.parametrize("kind", KINDS)
def test_one_letter_the_server_will_not_take_holds_up_no_other(kind: Kind) -> None:
    world = wished(kind)
    world.sync(refuses_once={"MULTIAPPEND"})
    assert world.session.said.count("MULTIAPPEND") == 2
    assert world.session.said.count("APPEND") == 4, "three by themselves, to know which"
    world.settle()
    assert all_there_once(world)


@pytest.mark.parametrize("kind", KINDS)
def test_a_no_to_many_that_were_kept_all_the_same_repeats_none(kind: Kind) -> None:
    world = wished(kind)
    world.sync(denies={"MULTIAPPEND"})
    world.settle()
    assert all_there_once(world)
    assert world.box("Sent").uidnext == 9


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_deleted_while_it_goes_is_removed_there(kind: Kind) -> None:
    world = wished(kind)
    gone = world.placement(NAMES[1])
    world.sync(during={"MULTIAPPEND": lambda: world.delete_placement(gone)})
    world.settle()
    assert NAMES[1] not in world.server.names("Sent")
    assert len(world.server.names("Sent")) == 7


def test_a_letter_deleted_before_it_goes_never_leaves() -> None:
    world = wished()
    gone = world.placement(NAMES[1])
    world.sync(before_change=lambda: world.delete_placement(gone))
    world.settle()
    assert NAMES[1] not in world.server.names("Sent")
    assert world.box("Sent").uidnext == 8


def test_two_letters_of_one_name_are_both_there_though_the_answer_was_lost() -> None:
    world = World()
    world.sync()
    for end in (b"one", b"two"):
        world.file_octets(letter_called("twin@t.test") + end)
    world.sync(dies_after="MULTIAPPEND")
    world.settle()
    assert world.server.names("Sent") == ["twin@t.test"] * 2
    assert world.box("Sent").uidnext == 3
