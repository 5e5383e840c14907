"""A watched folder in which anything may lie. docs/drop-folder.md has the whole table."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from store.db.open import Connection
from store.errors import NeedsUser
from store.model.drop import RuleState
from store.model.drop_options import Grouping
from sync.drop import claims, files
from sync.drop.grouping import sort
from sync.drop.plan import Policy, Refuse, Sighting
from sync.drop.reasons import Reason
from tests.sim.drop_world import World, new_world, pdf

TERABYTE = 2**40
RESULT = pdf("sodium 140")


@pytest.fixture
def world(db: Connection, tmp_path: Path) -> World:
    return new_world(db, tmp_path / "cobas")


async def test_a_sparse_terabyte_is_put_away_unread(world: World) -> None:
    path = world.drop("a.pdf", b"%PDF-1.4")
    os.truncate(path, TERABYTE)
    await world.settle()
    await world.look()
    [item] = world.items()
    assert (item.reason, item.size, item.digest) == (Reason.TOO_LARGE, TERABYTE, b"")
    assert "dépasse" in world.reasons()[0]


async def test_one_that_grows_for_an_hour_leaves_whole_or_not_at_all(world: World) -> None:
    whole = pdf("x" * 3600)
    for second in range(0, 3600, 15):
        world.drop("a.pdf", whole[: 12 + second])
        await world.look(after=1.9)
        await world.look(after=13.1)
        assert world.states() == []
    world.drop("a.pdf", whole)
    await world.settle()
    assert world.states() == ["queued"]
    assert world.lies(whole) == ["claimed"]


@pytest.mark.parametrize(
    "name", [b"n" * 251 + b".pdf", b"\xe9" * 251 + b".pdf", "é".encode() * 127]
)
async def test_the_longest_names_leave_and_are_put_away(world: World, name: bytes) -> None:
    world.drop(name, RESULT)
    await world.settle()
    world.letters_are("accepted")
    await world.settle()
    assert (world.states(), world.lies(RESULT)) == (["sent"], ["sent"])
    assert world.items()[0].name == name


@pytest.mark.parametrize(
    "name", [b"a\x1b[2J.pdf", b"a\x1b]52;c;eA==\x07.pdf", "fdp.\u202ea".encode(), b"a\nb.pdf"]
)
async def test_a_name_that_would_speak_to_a_terminal_is_put_away(world: World, name: bytes) -> None:
    world.drop(name, RESULT)
    await world.settle()
    await world.look()
    assert world.states() == [f"failed {Reason.NAME_UNSAFE}"]
    assert not any(c in reason for reason in world.reasons() for c in "\x1b\u202e")


def test_a_device_is_put_away_unopened() -> None:
    entry = files.as_entry(b"null.pdf", os.stat("/dev/null"))
    seen = Sighting(entry=entry, since=0.0)
    [group] = sort([seen], {}, Grouping.ALONE, 60.0, Policy()).groups
    assert group.decision == Refuse(reason=Reason.SPECIAL)


async def test_a_disk_that_only_reads_is_down_and_comes_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "read-only")

    world.drop("a.pdf", RESULT)
    await world.look()
    with monkeypatch.context() as patch:
        patch.setattr(claims.os, "rename", refuses)
        with pytest.raises(NeedsUser, match="folder_denied"):
            await world.look(after=2)
    assert (world.rule().state, world.lies(RESULT)) == (RuleState.DOWN, ["in"])
    await world.settle()
    assert world.states() == ["queued"]


@pytest.mark.soak
async def test_ten_thousand_at_once_all_leave_once(world: World) -> None:
    for n in range(10_000):
        world.drop(f"{n}.pdf", pdf(str(n)))
    await world.settle()
    assert world.states() == ["queued"] * 10_000
    assert list(world.folder.glob("*.pdf")) == []
