"""`pli drop run --once`: taking, sending and putting away go side by side, and all end."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from store.db.drops import rules
from store.db.open import Connection
from store.errors import MailError
from sync.drop import running
from sync.drop.report import DropReport
from sync.drop.running import run_all
from sync.drop.watch import run_once
from tests.sim.drop_world import World, new_world, pdf

DEADLINE_SECONDS = 30.0
QUIET = 0.05


@pytest.fixture
def world(db: Connection, tmp_path: Path) -> World:
    return new_world(db, tmp_path / "cobas")


@pytest.fixture
def told() -> list[str]:
    """Why rules were down."""
    return []


async def run(world: World, told: list[str], send: Any) -> dict[str, DropReport]:
    def tell(name: str, error: MailError) -> None:
        told.append(f"{name} {error.code}")

    async with asyncio.timeout(DEADLINE_SECONDS):
        return await run_all(world.db, rules(world.db), send, tell, quiet_seconds=QUIET)


async def test_what_is_taken_leaves_and_is_put_away_while_more_is_taken(
    world: World, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first_left = asyncio.Event()

    async def not_over_before_the_first_left(*args: Any, **options: Any) -> DropReport:
        found = await run_once(*args, **options)
        if options.get("take", True):
            await first_left.wait()
            world.drop("b.pdf", pdf("b"))
            found = found.then(await run_once(*args, **options))
        return found

    async def send() -> None:
        if world.states():
            world.letters_are("accepted")
            first_left.set()

    monkeypatch.setattr(running, "run_once", not_over_before_the_first_left)
    world.drop("a.pdf", pdf("a"))
    reports = await run(world, told, send)
    assert (world.states(), told) == (["sent", "sent"], [])
    assert reports == {"cobas": DropReport(sent=2)}
    assert len(list((world.folder / "sent").rglob("*.pdf"))) == 2


async def test_a_folder_that_is_down_is_told_once_and_what_is_due_leaves(
    world: World, told: list[str]
) -> None:
    shutil.rmtree(world.folder)
    sent = 0

    async def send() -> None:
        nonlocal sent
        sent += 1

    assert await run(world, told, send) == {}
    assert told == ["cobas drop.folder_missing"]
    assert sent


async def test_a_folder_that_goes_down_meanwhile_costs_what_is_on_its_way_nothing(
    world: World, told: list[str]
) -> None:
    world.drop("a.pdf", pdf("a"))

    async def send() -> None:
        if world.states():
            world.letters_are("accepted")
            shutil.rmtree(world.folder, ignore_errors=True)

    reports = await run(world, told, send)
    assert told == ["cobas drop.folder_missing"]
    assert reports["cobas"].queued == 1
