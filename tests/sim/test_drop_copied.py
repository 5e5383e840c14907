"""A store that is a copy watches no folder until a person says that it is to, here."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from store.db.copied import confirm_rule, hold_what_waits
from store.db.drop_wishes import release
from store.db.drops import rule_by_name
from store.db.open import Connection, write
from store.errors import NeedsUser, Usage
from store.model.drop import RuleState
from sync.drop import book
from sync.drop.names import CLAIMED
from tests.sim.drop_world import NOW, World, new_world, pdf

RESULT, OTHER = pdf("sodium 140"), pdf("potassium 4,1")


@pytest.fixture
def world(db: Connection, tmp_path: Path) -> World:
    return new_world(db, tmp_path / "cobas")


async def claimed_and_killed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store that this one is a copy of has claimed a document, and perhaps sent it: the ledger
    of the copy knows nothing of it."""

    async def killed(*_: object, **__: object) -> object:
        raise asyncio.CancelledError

    world.drop("a.pdf", RESULT)
    with monkeypatch.context() as patch:
        patch.setattr(book, "understand_or_hold", killed)
        patch.setattr("sync.drop.claims.give_each_back", lambda *_: None)
        with pytest.raises(asyncio.CancelledError):
            await world.settle()
    assert world.lies(RESULT) == ["claimed"]


async def test_nothing_is_touched_until_a_person_says_so(world: World) -> None:
    world.drop("a.pdf", RESULT)
    hold_what_waits(world.db, now=NOW)
    world.restart()
    with pytest.raises(NeedsUser, match="copied"):
        await world.settle()
    assert world.lies(RESULT) == ["in"]
    assert (world.rule().state, world.rule().last_error) == (RuleState.DOWN, "drop.copied")
    confirm_rule(world.db, "cobas")
    await world.settle()
    assert world.lies(RESULT) == ["claimed"]
    assert len(world.letters()) == 1
    assert world.rule().state is RuleState.WATCHING


async def test_what_was_claimed_and_perhaps_sent_is_a_question(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await claimed_and_killed(world, monkeypatch)
    hold_what_waits(world.db, now=NOW)
    world.restart()
    confirm_rule(world.db, "cobas")
    await world.settle()
    assert world.states() == ["held drop.maybe_sent"]
    assert world.lies(RESULT) == ["failed"]
    assert not world.letters()
    assert "peut-être déjà parti" in " ".join(world.reasons())
    release(world.db, world.items()[0].id)
    await world.settle()
    assert len(world.letters()) == 1


async def test_what_the_other_store_claims_from_then_on_is_left_to_it(
    world: World,
) -> None:
    before = world.rule().mark
    hold_what_waits(world.db, now=NOW)
    world.restart()
    confirm_rule(world.db, "cobas")
    assert world.rule().mark != before
    await world.settle()
    assert not world.rule().former_mark
    theirs = world.folder / os.fsdecode(CLAIMED) / f"{before}-1"
    theirs.mkdir()
    (theirs / "b.pdf").write_bytes(OTHER)
    await world.settle()
    assert world.lies(OTHER) == ["claimed"]
    assert not world.items()


async def test_a_letter_that_a_person_lets_go_of_takes_its_document_to_failed(world: World) -> None:
    world.drop("a.pdf", RESULT)
    await world.settle()
    hold_what_waits(world.db, now=NOW)
    world.restart()
    confirm_rule(world.db, "cobas")
    await world.settle()
    assert world.lies(RESULT) == ["claimed"]
    world.letters_are("canceled")
    await world.settle()
    assert world.lies(RESULT) == ["failed"]


async def test_a_wish_made_before_the_copy_is_made_again_by_a_person(world: World) -> None:
    world.drop("a.pdf", RESULT)
    world.drop("b.pdf", RESULT)
    await world.settle()
    (held,) = (item for item in world.items() if item.reason == "drop.same_content")
    with write(world.db):
        world.db.execute("UPDATE drop_item SET wish = 'release' WHERE id = ?", (held.id,))
    hold_what_waits(world.db, now=NOW)
    assert not any(item.wish for item in world.items())


def test_what_waits_for_no_confirmation_says_so(world: World) -> None:
    with pytest.raises(Usage, match="not_copied"):
        confirm_rule(world.db, "cobas")
    with pytest.raises(Usage, match="unknown"):
        confirm_rule(world.db, "none")
    assert not rule_by_name(world.db, "cobas").copied_at
