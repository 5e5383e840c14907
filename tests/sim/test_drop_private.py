"""Pli's own box, keys and passwords never leave through a watched folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from store.db import drops
from store.db.open import Connection, write
from store.errors import NeedsUser
from store.host import private
from store.host.paths import Home
from store.model.drop import RuleState
from store.reasons import of_rule
from sync.drop import claims, files
from sync.drop.claiming import take_up
from sync.drop.reasons import Reason
from tests.sim.drop_world import World, new_world, pdf


@pytest.fixture(autouse=True)
def _no_file_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "GIVEN", {})
    monkeypatch.setattr("store.db.private.GIVEN", private.GIVEN)


@pytest.fixture
def world(db: Connection, tmp_path: Path) -> World:
    return new_world(db, tmp_path / "cobas")


def watches(world: World, folder: Path) -> None:
    """The rule as an older version, or a hand in the store, left it."""
    with write(world.db):
        world.db.execute("UPDATE drop_rule SET folder = ?", (str(folder),))
    world.folder = folder


async def refused(world: World) -> None:
    """A look that touches nothing, and a rule that says why."""
    before = sorted(world.folder.rglob("*"))
    with pytest.raises(NeedsUser, match=r"drop\.folder_private"):
        await world.settle()
    assert sorted(world.folder.rglob("*")) == before
    rule = world.rule()
    assert (rule.state, rule.last_error) == (RuleState.DOWN, "drop.folder_private")
    assert "rien n'en partira" in of_rule(rule)
    assert (world.items(), world.letters()) == ([], [])


async def test_the_home_is_not_watched(world: World, home: Home) -> None:
    watches(world, home.root)
    await refused(world)


async def test_nor_a_folder_in_it(world: World, home: Home) -> None:
    (home.root / "depot").mkdir()
    watches(world, home.root / "depot")
    await refused(world)


async def test_nor_one_with_the_home_somewhere_below(world: World, tmp_path: Path) -> None:
    watches(world, tmp_path)
    await refused(world)


async def test_nor_one_that_a_link_calls_otherwise(
    world: World, home: Home, tmp_path: Path
) -> None:
    (tmp_path / "lien").symlink_to(home.root)
    watches(world, tmp_path / "lien")
    await refused(world)


@pytest.mark.parametrize("column", ["password_file", "client_key"])
async def test_nor_one_with_the_secret_file_of_an_account_below(
    world: World, column: str, tmp_path: Path
) -> None:
    deep = world.folder / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "secret").write_bytes(b"s")
    (tmp_path / "lien").symlink_to(deep / "secret")
    with write(world.db):
        world.db.execute(f"UPDATE account SET {column} = ?", (str(tmp_path / "lien"),))
    await refused(world)


async def test_nor_one_with_the_file_that_opened_the_store(world: World) -> None:
    world.drop("cle", b"k" * 32)
    private.keep_in(PLI_KEY_FILE=world.folder / "cle")
    await refused(world)


async def test_another_name_of_a_private_file_stays_where_it_is(world: World, home: Home) -> None:
    os.link(home.keys, world.folder / "keys.json")
    world.drop("bilan.pdf", pdf("sodium 140"))
    await world.settle()
    assert (world.folder / "keys.json").samefile(home.keys)
    assert (len(world.letters()), world.rule().last_error) == (1, Reason.PRIVATE)
    assert "enlevez-le" in of_rule(world.rule())


def test_it_is_never_claimed_and_a_claim_of_it_is_given_back(world: World, home: Home) -> None:
    (home.root / "seul").write_bytes(b"k" * 32)
    found = files.opened(str(world.folder), private.Private(home=str(home.root), files=()))
    with found as root:
        (home.root / "seul").rename(world.folder / "seul")
        entry = files.entry_at(root.folder, b"seul")
        with pytest.raises(files.Changed):
            claims.claim(root, [entry], "m-1")
        (world.folder / ".claimed" / "m-2").mkdir()
        (world.folder / "seul").rename(world.folder / ".claimed" / "m-2" / "seul")
        assert take_up(root, "m-2", world.policy) == []
    assert (world.folder / "seul").read_bytes() == b"k" * 32
    assert list((world.folder / ".claimed").iterdir()) == []
    assert drops.counts(world.db, world.rule_id) == {}
