"""A rule changes, or goes, while documents are only claimed: they go back, by the old rule none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from store.db.drop_options import options_as_json
from store.db.open import Connection, write
from store.errors import MailError
from store.model.drop_options import RuleOptions
from sync.drop import book
from tests.sim.drop_world import World, new_world, pdf

RESULT = pdf("sodium 140")
CHANGES = {
    "retired": "UPDATE drop_rule SET source = 'retired'",
    "removed": "DELETE FROM drop_rule",
    "to another folder": "UPDATE drop_rule SET folder = folder || '-2'",
    "to somebody else": "UPDATE drop_rule SET recipients = '[\"bob@medecins.example\"]'",
    "grouped": "UPDATE drop_rule SET options ="
    f" '{options_as_json(replace(RuleOptions(), urgent=True))}'",
}


@pytest.fixture
def world(db: Connection, tmp_path: Path) -> World:
    """A rule, and the folder it may have next."""
    (tmp_path / "cobas-2").mkdir()
    return new_world(db, tmp_path / "cobas")


def while_it_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]
) -> None:
    """Something happens between the claim and the ledger."""

    async def understood(*given: object, **named: object) -> object:
        act()
        await asyncio.sleep(0)
        return await before(*given, **named)  # type: ignore[arg-type]

    before = book.understand_or_hold
    monkeypatch.setattr(book, "understand_or_hold", understood)


@pytest.mark.parametrize("change", CHANGES)
async def test_what_is_only_claimed_goes_back_and_nothing_leaves_by_the_old_rule(
    world: World, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    def act() -> None:
        with write(world.db):
            world.db.execute(CHANGES[change])

    while_it_is_read(world, monkeypatch, act)
    world.drop("a.pdf", RESULT)
    with pytest.raises(MailError):
        await world.settle()
    assert (world.lies(RESULT), world.letters()) == (["in"], [])
    assert list((world.folder / ".claimed").iterdir()) == []


async def test_told_to_stop_it_leaves_no_claim_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = asyncio.current_task()
    assert task is not None
    while_it_is_read(world, monkeypatch, task.cancel)
    world.drop("a.pdf", RESULT)
    with pytest.raises(asyncio.CancelledError):
        await world.settle()
    task.uncancel()
    assert world.lies(RESULT) == ["in"]


async def test_what_a_crash_left_claimed_goes_back_when_its_rule_is_retired(world: World) -> None:
    await world.look()
    claim = world.folder / ".claimed" / f"{world.rule().mark}-1"
    claim.mkdir()
    (claim / "a.pdf").write_bytes(RESULT)
    with write(world.db):
        world.db.execute(CHANGES["retired"])
    await world.settle()
    assert (world.lies(RESULT), world.letters()) == (["in"], [])
