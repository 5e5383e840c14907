"""A link that was changed after its rule was read: nothing leaves by chance, and nothing is written
where it would leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.db import drops
from store.db.drop_rules import retire_within
from store.db.open import Connection, write
from store.errors import NeedsUser
from sync.drop.reasons import Reason
from tests.sim.drop_world import World, new_world, pdf
from tests.sim.test_drop_groups import wishes

SHARED = "drop.folder_shared"


@pytest.fixture
def first(db: Connection, tmp_path: Path) -> World:
    return new_world(db, tmp_path / "cobas")


@pytest.fixture
def second(db: Connection, tmp_path: Path, first: World) -> World:
    """A rule that watches its own folder through a link."""
    (tmp_path / "sien").mkdir()
    (tmp_path / "lien").symlink_to("sien")
    rule_id = drops.add_rule(
        db,
        name="autre",
        folder=str(tmp_path / "lien"),
        account_id=first.rule().account_id,
        to=["bob@medecins.example"],
    )
    return World(db=db, folder=tmp_path / "lien", rule_id=rule_id, tokens=first.tokens)


def turn(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


async def test_neither_of_two_rules_in_one_directory_takes_anything(
    first: World, second: World, tmp_path: Path
) -> None:
    await first.settle()
    await second.settle()
    turn(tmp_path / "lien", "cobas")
    first.drop("a.pdf", pdf("a"))
    for _ in range(3):
        for world in (second, first):
            with pytest.raises(NeedsUser, match="folder_shared"):
                await world.look(after=15)
            assert world.rule().last_error == SHARED
    assert first.lies(pdf("a")) == ["in"]
    turn(tmp_path / "lien", "sien")
    await second.settle()
    await first.settle()
    assert (first.states(), second.states()) == (["queued"], [])


async def test_it_goes_on_alone_when_the_other_is_taken_out_of_the_file(
    first: World, second: World, tmp_path: Path
) -> None:
    await first.settle()
    turn(tmp_path / "lien", "cobas")
    with pytest.raises(NeedsUser, match="folder_shared"):
        await second.look()
    with write(first.db):
        retire_within(first.db, "autre")
    first.drop("a.pdf", pdf("a"))
    await first.settle()
    assert first.states() == ["queued"]


async def test_receipts_are_not_written_where_they_would_leave(
    first: World, second: World, tmp_path: Path
) -> None:
    (tmp_path / "retour").mkdir()
    (tmp_path / "la").symlink_to("retour")
    wishes(first, results=str(tmp_path / "la"))
    with write(first.db):
        first.db.execute("UPDATE drop_rule SET options = '{}' WHERE name = 'autre'")
    await second.settle()
    turn(tmp_path / "la", "sien")
    first.drop("a.pdf", pdf("a"))
    await first.settle()
    assert (first.states(), first.rule().last_error) == (["queued"], Reason.RESULTS_WATCHED)
    assert not list((tmp_path / "sien").glob("pli-*"))
    turn(tmp_path / "la", "retour")
    await first.look(after=15)
    assert (first.rule().last_error, len(list((tmp_path / "retour").glob("pli-*.json")))) == ("", 1)


async def test_a_rule_taken_out_of_the_file_still_puts_away_what_is_on_its_way(
    first: World, second: World, tmp_path: Path
) -> None:
    second.drop("b.pdf", pdf("b"))
    await second.settle()
    with write(first.db):
        retire_within(first.db, "autre")
        first.db.execute(
            "UPDATE drop_rule SET folder = ? WHERE name = 'cobas'", (str(tmp_path / "sien"),)
        )
    await first.settle()
    second.letters_are("accepted")
    await second.settle()
    assert second.states() == ["sent"]
    assert first.rule().last_error == ""
