"""Mailboxes made, renamed and subscribed to with the line cut, and what servers do about it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from store.db.mailboxes import mailbox
from store.db.replica import has_pending
from store.errors import Usage
from tests.sim.server import Kind
from tests.sim.world import SEEN, World

S = frozenset({SEEN})
EVERY_KIND = pytest.mark.parametrize("kind", Kind)


def known(kind: Kind = Kind.QRESYNC) -> World:
    """One letter in the inbox, one in Archive."""
    world = World(kind)
    world.deliver("a@t.test")
    world.deliver("b@t.test", to="Archive")
    world.sync()
    return world


@EVERY_KIND
def test_letters_filed_in_a_mailbox_that_does_not_exist_yet_follow_it(kind: Kind) -> None:
    world = known(kind)
    labo = world.create("Résultats")
    world.move("a@t.test", "Résultats")
    world.file("mine@t.test", S, to="Résultats")
    assert has_pending(world.db, world.account_id)
    world.settle()
    assert world.server.where()["a@t.test"][0] == "Résultats"
    assert world.server.where()["mine@t.test"][0] == "Résultats"
    assert world.mailbox_id("Résultats") == labo, "the wish and the mailbox are one"
    assert "Résultats" in world.server.subscribed
    assert world.shown() == world.on_server()
    assert not has_pending(world.db, world.account_id)


@EVERY_KIND
def test_a_renamed_mailbox_keeps_its_letters_and_costs_no_octets(kind: Kind) -> None:
    world = known(kind)
    world.server.boxes["Archive/2025"] = world.server.boxes["Archive"].__class__()
    world.deliver("old@t.test", to="Archive/2025")
    world.settle()
    held = world.placements()
    world.rename("Archive", "Rangé")
    assert world.mailbox_id("Rangé")
    world.settle()
    assert set(world.server.boxes) == {"INBOX", "Sent", "Rangé", "Rangé/2025"}
    assert world.session.given == []
    assert world.placements() == held
    assert world.shown() == world.on_server()
    assert not world.questions()
    assert "Rangé" in world.server.subscribed, "a subscription is to a name"


def test_a_mailbox_created_and_renamed_before_the_line_was_up_is_made_once() -> None:
    world = known()
    world.create("Un")
    world.rename("Un", "Deux")
    world.settle()
    assert set(world.server.boxes) == {"INBOX", "Archive", "Sent", "Deux"}
    assert "RENAME" not in world.session.said


def test_a_mailbox_somebody_made_meanwhile_is_the_one_that_was_wished() -> None:
    world = known()
    labo = world.create("Labos")
    world.server.boxes["Labos"] = world.box().__class__()
    world.deliver("c@t.test", to="Labos")
    world.move("a@t.test", "Labos")
    world.settle()
    assert "CREATE" not in world.session.said
    assert world.mailbox_id("Labos") == labo
    assert {n for n, _ in world.shown()["Labos"]} == {"a@t.test", "c@t.test"}
    assert world.shown() == world.on_server()


def test_a_name_changed_while_it_is_given_is_given_again() -> None:
    world = known()
    world.rename("Archive", "Un")
    world.sync(during={"RENAME": lambda: world.rename("Un", "Deux")})
    world.settle()
    assert set(world.server.boxes) == {"INBOX", "Sent", "Deux"}
    assert world.shown() == world.on_server()


def test_a_rename_taken_back_before_it_was_said_is_not_said() -> None:
    world = known()
    world.rename("Archive", "Un")
    world.rename("Un", "Archive")
    assert not has_pending(world.db, world.account_id)
    world.sync()
    assert "RENAME" not in world.session.said


def test_a_rename_taken_back_after_its_answer_was_lost_is_undone() -> None:
    world = known()
    world.rename("Archive", "Un")
    world.sync(dies_after="RENAME")
    world.rename("Un", "Archive")
    world.settle()
    assert set(world.server.boxes) == {"INBOX", "Sent", "Archive"}
    assert not has_pending(world.db, world.account_id)
    assert world.shown() == world.on_server()


@pytest.mark.logs("mailbox.wish_refused", "replica.refused")
def test_a_mailbox_the_server_will_not_make_keeps_its_letters_waiting_and_ends() -> None:
    world = known()
    world.create("Labos")
    world.move("a@t.test", "Labos")
    world.sync(refuses={"CREATE"})
    assert not has_pending(world.db, world.account_id), "a node asking again would never end"
    assert world.server.where()["a@t.test"][0] == "INBOX"
    assert world.shown()["Labos"] == [("a@t.test", frozenset())]
    world.settle()
    assert world.server.where()["a@t.test"][0] == "Labos"


@pytest.mark.logs("mailbox.wish_refused")
def test_a_name_the_server_refuses_does_not_hold_up_the_letters() -> None:
    world = known()
    world.rename("Archive", "Un")
    world.flag("b@t.test", add=S)
    world.sync(refuses={"RENAME"})
    assert world.server_keywords("b@t.test") == S
    assert not has_pending(world.db, world.account_id)


@pytest.mark.logs("mailbox.wish_refused", "mailbox.letters_lost")
def test_a_name_taken_from_a_mailbox_that_went_takes_its_letters_in() -> None:
    world = known()
    world.rename("Archive", "Un")
    world.server.boxes["Un"] = world.box().__class__()
    for n in range(30):
        world.deliver(f"{n}@t.test", to="Un")
    world.sync()
    del world.server.boxes["Un"]
    world.sync()
    world.settle()
    assert set(world.server.boxes) == {"INBOX", "Sent", "Un"}
    assert len(world.shown()["Un"]) == 31
    assert world.questions() == [("Un", 30, 30)], "asked about under the name they had"


@pytest.mark.parametrize(
    "deed",
    [
        lambda world: world.rename("INBOX", "Autre"),
        lambda world: world.create("inbox"),
        lambda world: world.create("archive"),
        lambda world: world.rename("Archive", "Sent"),
        lambda world: world.create("a//b"),
        lambda world: world.create("/a"),
        lambda world: world.create("a*"),
        lambda world: world.create("../a"),
        lambda world: world.create("a\r\nb"),
        lambda world: world.create(" "),
        lambda world: world.create("a" * 300),
    ],
)
def test_a_name_that_cannot_be_is_refused_before_anything_is_wished(
    deed: Callable[[World], object],
) -> None:
    world = known()
    with pytest.raises(Usage, match=r"mailbox\."):
        deed(world)
    assert not has_pending(world.db, world.account_id)


def scenario(kind: Kind) -> World:
    """A new mailbox with letters, another one renamed with what lies below it."""
    world = known(kind)
    world.server.boxes["Archive/2025"] = world.box().__class__()
    world.deliver("old@t.test", to="Archive/2025")
    world.sync()
    world.create("Labos")
    world.create("Labos/2026")
    world.move("a@t.test", "Labos/2026")
    world.move("b@t.test", "Labos")
    world.file("mine@t.test", S, to="Labos")
    world.rename("Archive", "Rangé")
    return world


def steps(kind: Kind) -> int:
    world = scenario(kind)
    world.sync()
    return world.steps


EVERY_STEP = [(k, step) for k in (Kind.QRESYNC, Kind.BARE) for step in range(steps(k))]


@pytest.mark.parametrize(("kind", "step"), EVERY_STEP)
def test_killed_at_any_step_the_mailboxes_are_made_and_named_once(kind: Kind, step: int) -> None:
    world = scenario(kind)
    ids = {name: world.mailbox_id(name) for name in ("Labos", "Labos/2026", "Rangé")}
    assert world.sync(fuse=step) is None, "it must have died"
    world.settle()
    where = {name: place for name, (place, _) in world.server.where().items()}
    assert where == {
        "a@t.test": "Labos/2026",
        "b@t.test": "Labos",
        "mine@t.test": "Labos",
        "old@t.test": "Rangé/2025",
    }
    assert {name: world.mailbox_id(name) for name in ids} == ids
    assert world.shown() == world.on_server()
    assert not world.questions()
    assert not has_pending(world.db, world.account_id)
    assert mailbox(world.db, ids["Rangé"]).naming is None
    world.sync()
    assert not world.session.effects
    assert not world.local.commits
