"""A copy of the store, made at any moment and opened later: nothing leaves twice in silence.

The store goes on after the copy was made. Then the copy is what is opened: put back where the
store was, laid over it file by file, or on its own somewhere else.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.db.copied import asked_about, decide_all
from store.db.open import write
from store.db.submissions import outbox, submission
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.place import Held
from store.model.submission import SubmissionState
from tests.sim.submission_world import Died, World

pytestmark = pytest.mark.logs("store.older", "store.elsewhere")
MOST_STEPS = 60


@pytest.fixture
def world(home: Home, key: DataKey) -> Iterator[World]:
    here = World(home, key)
    here.know_place()
    yield here
    here.close()


def put_back(backup: Path, home: Path) -> Path:
    """As `rm -r` and `tar x` do."""
    shutil.rmtree(home)
    shutil.copytree(backup, home)
    return home


def laid_over(backup: Path, home: Path) -> Path:
    """As `cp -a backup/. home/` does: every file keeps its inode, and nothing is removed."""
    shutil.copytree(backup, home, dirs_exist_ok=True)
    return home


def only_the_database(backup: Path, home: Path) -> Path:
    """As `cp backup/mail.db* home/` does."""
    for file in backup.glob("mail.db*"):
        shutil.copyfile(file, home / file.name)
    return home


def elsewhere(backup: Path, home: Path) -> Path:
    """On another machine, or in another directory."""
    other = home.with_name(f"{home.name} elsewhere")
    shutil.copytree(backup, other)
    return other


WAYS = (put_back, laid_over, only_the_database, elsewhere)
Way = Callable[[Path, Path], Path]


def life_goes_on(world: World, backup: Path, at: int) -> bool:
    """A pass over one line or two in which a backup is made at step `at`. False when it ends
    before."""
    world.queue(people=2)
    world.queue(source="drop")
    world.fuse.set(at, lambda: world.backup(backup))
    world.run()
    world.fuse.set(0)
    return backup.exists()


@pytest.mark.parametrize(("way", "lines"), [*((way, 1) for way in WAYS), (laid_over, 2)])
def test_a_copy_made_at_any_step_sends_nothing_again(
    home: Home, key: DataKey, tmp_path: Path, way: Way, lines: int
) -> None:
    held = 0
    for at in range(1, MOST_STEPS):
        root = tmp_path / f"life {at}"
        root.mkdir(mode=0o700)
        world = World(Home(root), key)
        world.know_place()
        world.most_lines = lines
        backup = tmp_path / f"backup {at}"
        made = life_goes_on(world, backup, at)
        world.settle()
        world.check_quiet()
        if not made:
            world.db.close()
            break
        world.db.close()
        world.go_on_with(way(backup, root))
        world.know_place()
        held += len(asked_about(world.db))
        world.settle()
        assert not [n for n in world.copies.values() if n != 1], "sent twice in silence"
        for row in outbox(world.db):
            assert row.state in (SubmissionState.ACCEPTED, SubmissionState.UNCERTAIN)
        world.db.close()
    assert at < MOST_STEPS - 1
    assert held > 3, "the question is never asked"


@pytest.mark.parametrize("way", WAYS)
def test_what_is_written_after_leaves_and_what_waited_only_when_a_person_says_so(
    world: World, home: Home, tmp_path: Path, way: Way
) -> None:
    before = world.queue()
    world.backup(tmp_path / "backup")
    world.run()
    world.db.close()
    world.go_on_with(way(tmp_path / "backup", home.root))
    assert world.know_place() == Held(letters=1)
    after = world.queue()
    world.run()
    assert submission(world.db, after).state is SubmissionState.ACCEPTED
    row = submission(world.db, before)
    assert row.is_asked
    assert world.taken(before) == 1
    world.look()
    assert submission(world.db, before).looks == 1
    assert decide_all(world.db, leaves=True, now=world.now) == 1
    world.repeats_asked[before] += 1
    world.settle()
    world.check_quiet()
    assert submission(world.db, before).state is SubmissionState.ACCEPTED


def test_what_lies_in_our_own_mailboxes_is_settled_without_a_question(
    world: World, home: Home, tmp_path: Path
) -> None:
    one, several = world.queue(), world.queue(people=2)
    world.backup(tmp_path / "backup")
    world.run()
    world.go_on_with(put_back(tmp_path / "backup", home.root))
    world.know_place()
    world.show_copy(one)
    world.show_copy(several)
    world.look()
    assert submission(world.db, one).state is SubmissionState.ACCEPTED
    # The copy does not say that everybody got it.
    assert submission(world.db, several).is_asked


def test_a_document_of_the_drop_folder_is_not_repeated_by_itself_from_a_copy(
    world: World, home: Home, tmp_path: Path
) -> None:
    id_ = world.queue(source="drop")
    world.answer = lambda _: "taken_then_cut"
    world.run()
    world.backup(tmp_path / "backup")
    world.go_on_with(elsewhere(tmp_path / "backup", home.root))
    world.know_place()
    for _ in range(8):
        world.now += 4000
        world.look()
    assert submission(world.db, id_).is_asked
    assert world.taken(id_) == 1


@pytest.mark.parametrize("at", [1, 2])
def test_killed_while_it_holds_what_waits_it_holds_all_of_it_the_next_time(
    world: World, home: Home, tmp_path: Path, at: int
) -> None:
    world.queue(people=2)
    world.queue(source="drop")
    world.backup(tmp_path / "backup")
    world.run()
    world.go_on_with(laid_over(tmp_path / "backup", home.root))
    world.fuse.set(at)
    with pytest.raises(Died):
        world.know_place()
    world.restart()
    world.know_place()
    assert len(asked_about(world.db)) == 2
    world.settle()
    assert set(world.copies.values()) == {1}


def test_a_store_that_nobody_copied_asks_nothing(world: World, home: Home) -> None:
    for _ in range(3):
        id_ = world.queue()
        world.run()
        world.restart()
        assert world.know_place() == Held()
        assert submission(world.db, id_).state is SubmissionState.ACCEPTED
    with write(world.db):
        world.db.execute("DELETE FROM email_submission")
    assert world.know_place() == Held()
