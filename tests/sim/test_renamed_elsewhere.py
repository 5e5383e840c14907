"""Mailboxes that another client renames: followed where it is certain, and only there."""

from __future__ import annotations

import pytest

from store.model.ids import PlacementId
from tests.sim.server import Box, Kind
from tests.sim.world import FLAGGED, SEEN, World

S, F = frozenset({SEEN}), frozenset({FLAGGED})
EVERY_KIND = pytest.mark.parametrize("kind", Kind)
asks = pytest.mark.logs("mailbox.letters_lost")


def known(kind: Kind = Kind.QRESYNC, count: int = 40, *, lean: bool = False) -> World:
    """Letters in Archive and below it."""
    world = World(kind, lean=lean)
    world.server.boxes["Archive/2025"] = Box()
    for n in range(count):
        world.deliver(f"{n}@t.test", to="Archive")
    world.deliver("old@t.test", to="Archive/2025")
    world.settle()
    return world


def renamed(world: World, to: str = "Rangement") -> None:
    """Somebody gives Archive another name, and so what lies below it."""
    boxes = world.server.boxes
    boxes[to], boxes[f"{to}/2025"] = boxes.pop("Archive"), boxes.pop("Archive/2025")


def identities(world: World) -> dict[str, PlacementId]:
    return {world.name_of(each): each for each in world.placements()}


@EVERY_KIND
@pytest.mark.parametrize("lean", [False, True])
def test_a_mailbox_another_client_renamed_keeps_its_letters_and_costs_no_octets(
    kind: Kind, lean: bool
) -> None:
    world = known(kind, lean=lean)
    before, box = identities(world), world.mailbox_id("Archive")
    world.flag("3@t.test", add=F)
    world.move("5@t.test", "Sent")
    renamed(world)
    world.sync()
    assert world.session.given == []
    assert world.session.carried == 0
    assert "OUTLINES" not in world.session.said
    assert identities(world) == before
    assert world.mailbox_id("Rangement") == box
    assert not world.questions()
    assert world.server_keywords("3@t.test") == F, "told in the same pass"
    world.settle()
    assert world.server.where()["5@t.test"][0] == "Sent"
    assert world.shown() == world.on_server()
    assert "Rangement" not in world.server.subscribed, "that is somebody else's affair"


def test_what_was_added_and_removed_there_besides_is_seen() -> None:
    world = known()
    renamed(world)
    for uid in range(1, 11):
        world.box("Rangement").remove(uid)
    world.deliver("new@t.test", S, to="Rangement")
    world.settle()
    assert not world.questions()
    assert world.shown() == world.on_server()


@asks
@EVERY_KIND
@pytest.mark.parametrize("count", [3, 40])
def test_another_mailbox_that_counts_alike_is_not_taken_for_one_that_is_gone(
    kind: Kind, count: int
) -> None:
    world = known(kind, count)
    world.flag("0@t.test", add=F)
    del world.server.boxes["Archive"], world.server.boxes["Archive/2025"]
    world.server.boxes["Autre"] = Box()
    theirs = [f"theirs{n:02}@t.test" for n in range(count)]
    for name in theirs:
        world.deliver(name, to="Autre")
    world.settle()
    assert world.on_server()["Autre"] == [(name, frozenset()) for name in theirs]
    assert world.shown()["Autre"] == world.on_server()["Autre"]
    assert sorted(world.questions()) == [("Archive", count, count), ("Archive/2025", 1, 1)]


@EVERY_KIND
def test_a_mailbox_renamed_there_and_here_ends_under_our_name(kind: Kind) -> None:
    world = known(kind)
    before = identities(world)
    world.rename("Archive", "Le nôtre")
    renamed(world, "Le leur")
    world.settle()
    assert {"Le nôtre", "Le nôtre/2025"} <= set(world.server.boxes)
    assert identities(world) == before
    assert not world.questions()
    assert world.shown() == world.on_server()


@pytest.mark.logs("mailbox.wish_refused")
def test_a_rename_that_was_refused_and_done_all_the_same_is_found() -> None:
    world = known()
    before = identities(world)
    world.rename("Archive", "Le nôtre")
    world.sync(during={"RENAME": lambda: renamed(world, "Le nôtre")})
    world.settle()
    assert "Le nôtre" in world.server.subscribed
    assert identities(world) == before
    assert not world.questions()
    assert world.shown() == world.on_server()


def steps() -> int:
    world = known()
    renamed(world)
    world.sync()
    return world.steps


@pytest.mark.parametrize("step", range(steps()))
def test_killed_at_any_step_a_renamed_mailbox_is_followed(step: int) -> None:
    world = known()
    before = identities(world)
    renamed(world)
    assert world.sync(fuse=step) is None, "it must have died"
    world.sync()
    assert world.session.given == []
    world.settle()
    assert identities(world) == before
    assert not world.questions()
    assert world.shown() == world.on_server()
