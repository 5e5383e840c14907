"""So much gone at once that a person is asked: each way it happens, and what must not follow."""

from __future__ import annotations

import pytest

from store.db import placements
from store.db.replica import has_pending
from tests.sim.server import Box, Kind
from tests.sim.world import FLAGGED, SEEN, World

S, F = frozenset({SEEN}), frozenset({FLAGGED})
EVERY_KIND = pytest.mark.parametrize("kind", Kind)
asks = pytest.mark.logs("mailbox.letters_lost")
MANY = 40


def agreed(count: int = MANY, kind: Kind = Kind.QRESYNC) -> World:
    world = World(kind)
    for n in range(count):
        world.deliver(f"{n}@t.test")
    world.sync()
    return world


def empty(world: World, count: int = 30, mailbox: str = "INBOX") -> None:
    """Somebody, or a broken disk, takes that many letters out on the server."""
    for uid in sorted(world.box(mailbox).letters)[:count]:
        world.box(mailbox).remove(uid)


@asks
@EVERY_KIND
def test_many_letters_gone_at_once_are_kept_and_asked_about(kind: Kind) -> None:
    world = agreed(kind=kind)
    empty(world)
    world.sync()
    assert len(world.shown()["INBOX"]) == MANY, "readable as before"
    assert world.questions() == [("INBOX", 30, MANY)]
    world.settle()
    assert world.questions() == [("INBOX", 30, MANY)], "asked until it is answered"


@asks
@EVERY_KIND
def test_the_rest_of_the_pass_goes_on_while_a_person_is_asked(kind: Kind) -> None:
    world = agreed(kind=kind)
    empty(world)
    world.deliver("new@t.test")
    world.flag("35@t.test", add=F)
    world.move("36@t.test", "Archive")
    world.sync()
    assert world.placement("new@t.test")
    assert world.server_keywords("35@t.test") == F
    assert world.server.where()["36@t.test"][0] == "Archive"


@pytest.mark.parametrize("kind", [Kind.QRESYNC, Kind.CONDSTORE])
@asks
def test_a_question_that_waits_costs_a_quiet_pass_nothing(kind: Kind) -> None:
    world = agreed(kind=kind)
    empty(world)
    world.settle()
    world.flag("0@t.test", add=F)
    world.sync()
    assert world.session.said == ["LIST"]
    assert not world.local.commits
    assert not has_pending(world.db, world.account_id)


@EVERY_KIND
def test_a_few_letters_gone_are_forgotten_as_ever(kind: Kind) -> None:
    world = agreed(kind=kind)
    empty(world, 25)
    world.sync()
    assert not world.questions()
    assert world.shown() == world.on_server()


def test_one_in_ten_of_a_large_mailbox_is_few() -> None:
    world = agreed(400)
    empty(world, 40)
    world.sync()
    assert not world.questions()
    assert world.shown() == world.on_server()


def test_a_server_that_takes_it_back_when_asked_again_loses_nothing() -> None:
    world = agreed(kind=Kind.PLAIN)
    world.sync(denies=set(range(1, 31)))
    assert "UIDS" in world.session.said
    assert not world.questions()
    assert world.shown() == world.on_server()


@asks
@EVERY_KIND
def test_kept_letters_stay_here_and_are_never_uploaded(kind: Kind) -> None:
    world = agreed(kind=kind)
    empty(world)
    world.sync()
    world.keep()
    assert not world.questions()
    for _ in range(3):
        world.sync()
        assert not {"APPEND", "FETCH"} & set(world.session.said)
    assert len(world.shown()["INBOX"]) == MANY
    assert len(world.server.names()) == MANY - 30


@asks
def test_letters_taken_out_leave_their_octets() -> None:
    world = agreed()
    empty(world)
    world.sync()
    world.forget()
    assert not world.questions()
    assert world.shown() == world.on_server()
    assert world.db.execute("SELECT count(*) FROM blob").fetchone() == (MANY,)
    world.settle()


@asks
@EVERY_KIND
@pytest.mark.parametrize("kept", [False, True])
def test_letters_that_come_back_are_the_same_and_cost_no_octets(kind: Kind, kept: bool) -> None:
    world = agreed(kind=kind)
    box = world.box()
    before = dict(box.letters)
    empty(world)
    world.sync()
    if kept:
        world.keep()
    world.flag("3@t.test", add=F)
    box.letters = before
    box.modseq += 1
    world.settle()
    assert world.session.given == []
    assert not world.questions()
    assert world.shown() == world.on_server()
    assert world.server_keywords("3@t.test") == F, "what was wished meanwhile is told"
    empty(world)
    world.sync()
    assert world.questions() == [("INBOX", 30, MANY)], "once back, they are asked about again"


@asks
@EVERY_KIND
def test_letters_put_back_from_a_backup_are_the_same_and_cost_no_octets(kind: Kind) -> None:
    world = agreed(kind=kind)
    empty(world)
    world.sync()
    held = world.placements()
    for n in range(30):
        world.deliver(f"{n}@t.test", S)
    world.settle()
    assert world.session.given == []
    assert world.placements() == held
    assert not world.questions()
    assert world.shown() == world.on_server()


@EVERY_KIND
@asks
def test_letters_somebody_moved_are_not_asked_about(kind: Kind) -> None:
    world = agreed(kind=kind)
    for uid in range(1, 31):
        world.server.move("INBOX", uid, "Archive")
    world.sync()
    assert not world.questions()
    assert world.shown() == world.on_server()


@asks
def test_what_remains_of_a_question_after_a_move_is_a_few_letters() -> None:
    world = agreed()
    for uid in range(1, 31):
        world.server.move("INBOX", uid, "Archive")
    world.box().remove(31)
    world.sync()
    assert not world.questions()
    assert world.shown() == world.on_server()


@EVERY_KIND
@pytest.mark.parametrize("lost_answer", ["EXPUNGE", ""])
def test_a_persons_own_mass_deletion_asks_nobody(kind: Kind, lost_answer: str) -> None:
    world = agreed(kind=kind)
    placements.delete(world.db, world.placements()[:30])
    world.sync(dies_after=lost_answer)
    world.settle()
    assert not world.questions()
    assert len(world.placements()) == MANY - 30
    assert world.shown() == world.on_server()


@EVERY_KIND
@pytest.mark.parametrize("lost_answer", ["MOVE", ""])
def test_a_persons_own_mass_move_asks_nobody(kind: Kind, lost_answer: str) -> None:
    world = agreed(kind=kind)
    placements.move(world.db, world.placements()[:30], world.mailbox_id("Archive"))
    world.sync(dies_after=lost_answer)
    world.settle()
    assert not world.questions()
    assert len(world.on_server()["Archive"]) == 30
    assert world.shown() == world.on_server()


@asks
def test_a_lost_letter_deleted_here_goes_without_a_word_to_the_server() -> None:
    world = agreed()
    empty(world)
    world.sync()
    world.keep()
    world.delete("0@t.test")
    world.sync()
    assert "EXPUNGE" not in world.session.said
    assert len(world.placements()) == MANY - 1


@asks
def test_a_lost_letter_moved_here_is_shown_there_and_waits() -> None:
    world = agreed()
    empty(world)
    world.sync()
    world.move("0@t.test", "Archive")
    world.settle()
    assert ("0@t.test", frozenset()) in world.shown()["Archive"]
    assert "MOVE" not in world.session.said


@asks
def test_letters_gone_on_two_occasions_are_one_question() -> None:
    world = agreed(80)
    empty(world, 30)
    world.sync()
    empty(world, 30)
    world.sync()
    assert world.questions() == [("INBOX", 60, 80)]


@asks
def test_many_letters_lost_in_a_renumbering_are_asked_about() -> None:
    world = agreed()
    empty(world)
    world.box().renumber()
    world.settle()
    assert world.questions() == [("INBOX", 30, MANY)]
    assert len(world.shown()["INBOX"]) == MANY


@asks
@EVERY_KIND
def test_a_mailbox_no_longer_listed_is_asked_about_and_comes_back_for_nothing(kind: Kind) -> None:
    world = agreed(3, kind)
    inbox = world.server.boxes.pop("INBOX")
    world.sync()
    assert world.session.said[:2] == ["LIST", "LIST"], "asked twice"
    assert world.questions() == [("INBOX", 3, 3)]
    world.settle()
    assert len(world.shown()["INBOX"]) == 3
    world.server.boxes["INBOX"] = inbox
    world.settle()
    assert world.session.given == []
    assert not world.questions()
    assert world.shown() == world.on_server()


def test_a_list_that_leaves_a_mailbox_out_once_loses_nothing() -> None:
    world = agreed(3)
    world.sync(forgets_mailboxes={"INBOX"})
    assert not world.questions()
    assert world.session.said == ["LIST", "LIST"]


@asks
@pytest.mark.parametrize("kept", [True, False])
def test_a_missing_mailbox_is_kept_or_taken_out_as_the_person_says(kept: bool) -> None:
    world = agreed(3)
    del world.server.boxes["INBOX"]
    world.sync()
    (world.keep if kept else world.forget)()
    world.settle()
    assert not world.questions()
    assert len(world.shown()["INBOX"]) == (3 if kept else 0)


@asks
def test_a_mailbox_another_client_renamed_is_not_asked_about() -> None:
    world = World()
    for n in range(MANY):
        world.deliver(f"{n}@t.test", to="Archive")
    world.sync()
    world.server.boxes["Old"] = world.server.boxes.pop("Archive")
    world.settle()
    assert not world.questions()
    assert world.shown() == world.on_server()


@asks
def test_a_deletion_wished_before_a_mailbox_went_missing_is_carried_out_when_it_is_back() -> None:
    world = agreed(3)
    world.delete("0@t.test")
    inbox = world.server.boxes.pop("INBOX")
    world.settle()
    world.server.boxes["INBOX"] = inbox
    world.settle()
    assert "0@t.test" not in world.server.names()
    assert world.session.given == []
    assert world.shown() == world.on_server()


def with_a(mailbox: str, kind: Kind) -> World:
    """What people throw away is in a mailbox of its own."""
    world = World(kind)
    world.server.boxes[mailbox] = Box()
    for n in range(MANY):
        world.deliver(f"{n}@t.test", to=mailbox)
    world.settle()
    return world


@EVERY_KIND
@pytest.mark.parametrize("mailbox", ["Trash", "Junk"])
@pytest.mark.parametrize("renumbers", [False, True])
def test_a_trash_somebody_emptied_is_emptied_here_and_nobody_is_asked(
    kind: Kind, mailbox: str, renumbers: bool
) -> None:
    world = with_a(mailbox, kind)
    empty(world, 35, mailbox)
    if renumbers:
        world.box(mailbox).renumber()
    world.settle()
    assert not world.questions()
    assert world.shown() == world.on_server()
    assert world.db.execute("SELECT count(*) FROM blob").fetchone() == (MANY,), "octets stay"


def test_that_a_trash_was_emptied_is_asked_twice_before_it_is_believed() -> None:
    world = with_a("Trash", Kind.PLAIN)
    world.sync(denies=set(range(1, 36)))
    assert world.session.said[-1] == "UIDS"
    assert world.shown() == world.on_server()


@asks
def test_a_trash_that_is_no_longer_listed_is_asked_about() -> None:
    world = with_a("Trash", Kind.QRESYNC)
    del world.server.boxes["Trash"]
    world.settle()
    assert world.questions() == [("Trash", MANY, MANY)]


def remade(world: World, names: list[str]) -> None:
    """Archive goes missing; what comes back under its name and numbering is another mailbox."""
    world.settle()
    world.server.boxes.pop("Archive")
    world.sync()
    world.delete("0@t.test")
    world.flag("1@t.test", add=F)
    world.server.boxes["Archive"] = Box()
    for name in names:
        world.deliver(name, to="Archive")
    world.settle()


@asks
@EVERY_KIND
@pytest.mark.parametrize("lean", [False, True])
@pytest.mark.parametrize("count", [3, MANY])
def test_what_was_wished_of_a_lost_letter_is_not_done_to_another_that_has_its_uid(
    kind: Kind, lean: bool, count: int
) -> None:
    world = World(kind, lean=lean)
    for n in range(count):
        world.deliver(f"{n}@t.test", to="Archive")
    theirs = [f"new{n:02}@t.test" for n in range(count + 1)]
    remade(world, theirs)
    assert world.on_server()["Archive"] == [(name, frozenset()) for name in theirs]
    assert set(world.on_server()["Archive"]) <= set(world.shown()["Archive"]), "shown all the same"
    many = count == MANY
    assert world.questions() == ([("Archive", MANY - 1, MANY)] if many else [])
    assert (("1@t.test", F) in world.shown()["Archive"]) == many, "kept, and asked about"


def scenario(kind: Kind) -> World:
    """A mailbox emptied, another one missing, a third renumbered, and somebody who goes on."""
    world = World(kind)
    for n in range(MANY):
        world.deliver(f"{n}@t.test")
        world.deliver(f"sent{n}@t.test", to="Sent")
    world.deliver("archived@t.test", to="Archive")
    world.sync()
    empty(world)
    empty(world, 35, "Sent")
    world.box("Sent").renumber()
    del world.server.boxes["Archive"]
    world.deliver("new@t.test")
    world.flag("39@t.test", add=F)
    world.delete("38@t.test")
    return world


def steps(kind: Kind) -> int:
    world = scenario(kind)
    world.sync()
    return world.steps


EVERY_STEP = [(k, step) for k in (Kind.QRESYNC, Kind.PLAIN) for step in range(steps(k))]


@asks
@pytest.mark.parametrize(("kind", "step"), EVERY_STEP)
def test_killed_at_any_step_the_same_is_kept_and_asked(kind: Kind, step: int) -> None:
    whole = scenario(kind)
    whole.settle()
    world = scenario(kind)
    assert world.sync(fuse=step) is None, "it must have died"
    world.settle()
    assert world.shown() == whole.shown()
    assert world.on_server() == whole.on_server()
    asked = [("INBOX", 30), ("Archive", 1), ("Sent", 35)]
    assert sorted((m, n) for m, n, _ in world.questions()) == sorted(asked)
