"""Stop before and after every single effect and commit, resume, and demand the same end.

The scenario holds one letter for each thing a pass does; the last test says so, so that a step
nobody kills is a failure too.
"""

from __future__ import annotations

import pytest

from store.model.email import Keywords
from tests.sim.server import Kind
from tests.sim.world import ANSWERED, FLAGGED, SEEN, World


def scenario(kind: Kind, *, lean: bool = False) -> World:
    """Everything a pass can do, waiting to be done."""
    world = World(kind, lean=lean)
    for name in ("kept", "flagged-by-both", "deleted-here", "moved-here", "gone-there"):
        world.deliver(f"{name}@t.test")
    world.deliver("read-there@t.test")
    world.deliver("flagged-there-deleted-here@t.test")
    world.deliver("in-the-archive@t.test", to="Archive")
    world.sync()
    world.derive()
    world.flag("flagged-by-both@t.test", add=frozenset({FLAGGED}))
    world.server_flags("flagged-by-both@t.test", frozenset({ANSWERED}))
    world.server_flags("read-there@t.test", frozenset({SEEN}))
    world.delete("deleted-here@t.test")
    world.delete("flagged-there-deleted-here@t.test")
    world.server_flags("flagged-there-deleted-here@t.test", frozenset({FLAGGED}))
    world.move("moved-here@t.test", "Archive")
    world.move("in-the-archive@t.test", "INBOX")
    world.box().remove(world.server.where()["gone-there@t.test"][1])
    world.file("sent@t.test", frozenset({SEEN}))
    world.delete_placement(world.file("recalled@t.test"))
    world.deliver("new@t.test")
    world.box("Archive").renumber()
    return world


WANTED: dict[str, list[tuple[str, Keywords]]] = {
    "INBOX": [
        ("flagged-by-both@t.test", frozenset({FLAGGED, ANSWERED})),
        ("flagged-there-deleted-here@t.test", frozenset({FLAGGED})),
        ("in-the-archive@t.test", frozenset()),
        ("kept@t.test", frozenset()),
        ("new@t.test", frozenset()),
        ("read-there@t.test", frozenset({SEEN})),
    ],
    "Archive": [("moved-here@t.test", frozenset())],
    "Sent": [("sent@t.test", frozenset({SEEN}))],
}


def steps(kind: Kind, *, lean: bool = False) -> int:
    """How many steps the scenario takes until nothing is left to do."""
    world = scenario(kind, lean=lean)
    world.sync()
    return world.steps


EVERY_STEP = [(kind, step) for kind in Kind for step in range(steps(kind))]
FASTEST = [(kind, step) for kind, step in EVERY_STEP if kind is Kind.QRESYNC]
FASTEST_AND_BAREST = FASTEST + [(k, step) for k, step in EVERY_STEP if k is Kind.BARE]


@pytest.mark.parametrize(("kind", "step"), EVERY_STEP)
def test_resuming_after_a_crash_gives_the_uninterrupted_result(kind: Kind, step: int) -> None:
    world = scenario(kind)
    assert world.sync(fuse=step) is None, "it must have died"
    world.settle()
    assert world.on_server() == WANTED
    assert world.shown() == WANTED


@pytest.mark.parametrize("step", range(steps(Kind.QRESYNC, lean=True)))
def test_resuming_on_a_lean_line_gives_the_uninterrupted_result(step: int) -> None:
    world = scenario(Kind.QRESYNC, lean=True)
    assert world.sync(fuse=step) is None, "it must have died"
    world.settle()
    assert world.on_server() == WANTED
    assert world.shown() == WANTED
    assert all(world.whole_octets().values()), "whole, all of them"


@pytest.mark.parametrize(("kind", "step"), FASTEST_AND_BAREST)
def test_changing_ones_mind_after_a_crash_is_still_the_last_word(kind: Kind, step: int) -> None:
    world = scenario(kind)
    world.sync(fuse=step)
    both, moved = "flagged-by-both@t.test", "moved-here@t.test"
    world.flag(both, add=frozenset({SEEN}), remove=frozenset({FLAGGED}))
    world.move(moved, "Sent")
    world.settle()
    assert world.server_keywords(both) - {ANSWERED} == {SEEN}
    assert world.server.where()[moved][0] == "Sent"
    assert world.shown() == world.on_server()


@pytest.mark.parametrize(("kind", "step"), FASTEST)
def test_dying_twice_gives_the_uninterrupted_result(kind: Kind, step: int) -> None:
    world = scenario(kind)
    world.sync(fuse=step)
    world.sync(fuse=7)
    world.settle()
    assert world.on_server() == world.shown() == WANTED


@pytest.mark.parametrize("kind", Kind)
def test_the_scenario_kills_every_command_a_pass_knows(kind: Kind) -> None:
    world = scenario(kind)
    world.sync()
    commands = {"LIST", "SELECT", "FETCH", "STORE", "MOVE", "EXPUNGE", "APPEND", "UIDS"}
    assert commands <= set(world.session.said)
