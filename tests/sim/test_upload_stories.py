"""Uploads and moves on a server whose index lags behind, or that does not say where it put them."""

from __future__ import annotations

import pytest

from store.db.replica import has_pending
from tests.sim.server import Kind, Letter
from tests.sim.world import FLAGGED, World, letter_called

M = "m@t.test"
F, NONE = frozenset({FLAGGED}), frozenset[str]()
NAMELESS = b"Subject: <no name>\r\n\r\nBonjour.\r\n"
unseen = pytest.mark.logs("letter.unseen")
asks = pytest.mark.logs("letter.unseen", "mailbox.letters_lost")


def wished(kind: Kind = Kind.BARE) -> World:
    """A letter to upload, to a server that never says under which UID, with letters there."""
    world = World(kind)
    world.deliver("other@t.test", to="Sent")
    world.sync()
    world.file(M)
    return world


def test_an_upload_that_the_index_does_not_show_is_found_among_what_is_new() -> None:
    world = wished()
    held = world.placements()
    for _ in range(4):
        world.sync(is_blind=True)
    assert world.server.names("Sent").count(M) == 1
    assert world.placements() == held, "the same letter, and not another that came"
    assert world.session.given == []
    assert not has_pending(world.db, world.account_id)


def test_an_upload_whose_answer_was_lost_is_not_repeated_for_a_lagging_index() -> None:
    world = wished()
    held = world.placements()
    world.sync(dies_after="APPEND")
    world.sync(is_blind=True)
    world.settle()
    assert world.server.names("Sent").count(M) == 1
    assert world.placements() == held


def test_an_upload_that_was_cut_before_it_was_done_is_made() -> None:
    world = wished()
    world.sync(dies_before="APPEND")
    world.settle()
    assert world.server.names("Sent").count(M) == 1


@unseen
def test_an_upload_the_server_confirmed_and_does_not_show_yet_is_recognised_later() -> None:
    world = wished()
    held = world.placements()
    world.sync(is_blind=True, hides={2})
    world.flag(M, add=F)
    world.settle()
    assert world.server.names("Sent").count(M) == 1
    assert world.session.given == []
    assert world.placements() == held
    assert world.server_keywords(M) == F, "what was wished meanwhile is told"


@unseen
@pytest.mark.parametrize("octets", [None, NAMELESS])
def test_an_upload_the_server_confirmed_is_never_made_twice(octets: bytes | None) -> None:
    world = World(Kind.BARE)
    world.sync()
    world.file(M) if octets is None else world.file_octets(octets)
    removed = {"SEARCH" if octets is None else "UIDS": lambda: world.box("Sent").remove(1)}
    world.sync(during=removed)
    assert len(world.placements()) == 1, "until the mailbox was read again"
    world.settle()
    assert world.box("Sent").uidnext == 2, "somebody took it away: that is the last word"
    assert not world.placements()
    assert not has_pending(world.db, world.account_id)


@asks
@pytest.mark.parametrize("kind", [Kind.QRESYNC, Kind.CONDSTORE, Kind.PLAIN, Kind.BARE])
@pytest.mark.parametrize("wish", ["flagged", "filed"])
def test_what_is_wished_of_an_upload_that_is_never_shown_is_not_lost_in_silence(
    kind: Kind, wish: str
) -> None:
    world = wished(kind)
    took = {"SEARCH": lambda: world.box("Sent").remove(2)} if kind is Kind.BARE else {}
    world.sync(during=took)
    world.box("Sent").remove(2)
    world.flag(M, add=F) if wish == "flagged" else world.move(M, "Archive")
    world.settle()
    assert world.questions() == [("Sent", 1, 2)], "kept, and asked about"
    assert (M, F if wish == "flagged" else NONE) in world.shown()[
        "Sent" if wish == "flagged" else "Archive"
    ]
    assert not has_pending(world.db, world.account_id), "a node asking again would never end"
    world.box("Sent").letters[2] = Letter(2, NONE, letter_called(M), world.box("Sent").modseq + 1)
    world.box("Sent").modseq += 1
    world.settle()
    assert not world.questions(), "shown after all, it is the same letter"
    assert world.session.given == []
    assert world.shown() == world.on_server()


@asks
def test_an_upload_somebody_moved_before_it_was_shown_is_not_asked_about() -> None:
    world = wished()
    world.sync()
    world.server.move("Sent", 2, "Archive")
    world.flag(M, add=F)
    world.settle()
    assert not world.questions()
    assert world.shown() == world.on_server()


def steps() -> int:
    world = wished()
    world.sync(is_blind=True)
    return world.steps


@pytest.mark.parametrize("step", range(steps()))
def test_killed_at_any_step_it_is_uploaded_once_though_the_index_lags(step: int) -> None:
    world = wished()
    held = world.placements()
    assert world.sync(fuse=step, is_blind=True) is None, "it must have died"
    for _ in range(3):
        world.sync(is_blind=True)
    assert world.server.names("Sent").count(M) == 1
    assert world.placements() == held
    assert world.shown() == world.on_server()


@pytest.mark.parametrize("kind", [Kind.BARE, Kind.COPYING])
def test_a_move_whose_answer_was_lost_is_found_though_the_index_lags(kind: Kind) -> None:
    world = World(kind)
    for n in range(30):
        world.deliver(f"{n}@t.test")
    world.sync()
    held = world.placements()
    for n in range(30):
        world.move(f"{n}@t.test", "Archive")
    world.sync(dies_after="MOVE")
    world.sync(is_blind=True)
    assert world.session.said.count("IDENTITIES") == 1, "asked once for all of them"
    world.settle()
    assert world.shown() == world.on_server()
    assert len(world.server.names("Archive")) == 30
    assert world.placements() == held
