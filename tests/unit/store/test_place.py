"""Which file on which machine a store is: what every way to copy one changes, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.db.open import Connection
from store.errors import Transient
from store.host import place
from store.host.paths import Home
from store.host.place import Witness, place_of
from store.model.place import Found, found


@given(
    st.lists(st.sampled_from(["dot", "copy", "power cut"]), max_size=30),
    st.integers(0, 40),
    st.booleans(),
)
def test_after_any_life_a_copy_older_than_a_dot_is_found_out(
    life: list[str], chosen: int, other_file: bool
) -> None:
    """A power cut takes the last dots back from the witness, never from the store; the next dot
    says them again."""
    dots = witnessed = 0
    copies = []
    for each in life:
        if each == "dot":
            dots = witnessed = dots + 1
        elif each == "copy":
            copies.append(dots)
        else:
            witnessed = max(0, witnessed - 1)
        # The store itself is never taken for another.
        assert found("here", "here", dots=dots, witnessed=witnessed) is Found.SAME
    if not copies:
        return
    copied = copies[chosen % len(copies)]
    seen = found("here", "there" if other_file else "here", dots=copied, witnessed=witnessed)
    if other_file or copied < witnessed:
        assert seen in (Found.OLDER, Found.ELSEWHERE)
    else:
        assert seen is Found.SAME


def test_a_store_that_never_sent_is_new_one_from_before_is_not() -> None:
    assert found("", "here", dots=0, witnessed=0) is Found.NEW
    assert found("", "here", dots=0, witnessed=1) is Found.OLDER


def copied(home: Home) -> Home:
    shutil.copytree(home.root, home.root.with_name("other"))
    return Home(home.root.with_name("other"))


def unpacked(home: Home) -> Home:
    archive = home.root.with_name("backup.tar")
    subprocess.run(["tar", "-C", home.root, "-cf", archive, "."], check=True)
    subprocess.run(["tar", "-C", home.root, "-xf", archive], check=True)
    return home


def replaced(home: Home) -> Home:
    """As rsync does: beside it, then renamed."""
    shutil.copy2(home.database, home.root / ".mail.db.new")
    (home.root / ".mail.db.new").rename(home.database)
    return home


def removed_first(home: Home) -> Home:
    """Where the file system gives the same inode again, when it was made tells the two apart."""
    shutil.copy2(home.database, home.root.with_name("backup"))
    home.database.unlink()
    shutil.copy2(home.root.with_name("backup"), home.database)
    return home


@pytest.mark.parametrize("way", [copied, unpacked, replaced, removed_first])
def test_every_way_to_copy_a_store_makes_another_place(
    db: Connection, home: Home, way: Callable[[Home], Home]
) -> None:
    db.close()
    before = place_of(home)
    assert place_of(way(home)) != before


def moved(home: Home) -> Home:
    home.root.rename(home.root.with_name("moved"))
    return Home(home.root.with_name("moved"))


def touched(home: Home) -> Home:
    os.utime(home.database, (1, 1))
    home.database.chmod(0o640)
    home.database.chmod(0o600)
    os.chown(home.database, os.getuid(), os.getgid())
    return home


def linked(home: Home) -> Home:
    """As backups by hard links do."""
    home.root.with_name("backup").mkdir()
    os.link(home.database, home.root.with_name("backup") / "mail.db")
    return home


@pytest.mark.parametrize("way", [moved, touched, linked])
def test_what_copies_nothing_leaves_the_place_as_it_is(
    db: Connection, home: Home, way: Callable[[Home], Home]
) -> None:
    db.execute("CREATE TABLE grown AS SELECT randomblob(100000) AS octets")
    db.execute("VACUUM")
    before = place_of(home)
    assert place_of(way(home)) == before


def test_another_machine_is_another_place(
    db: Connection, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = set()
    for name, said in (("one", "0123456789abcdef"), ("other", "fedcba9876543210"), ("none", "")):
        if said:
            (tmp_path / name).write_text(f"{said * 2}\n")
        monkeypatch.setattr(place, "MACHINE_ID", tmp_path / name)
        places.add(place_of(home))
    assert len(places) == 3


def test_when_a_file_was_made_is_what_the_system_says(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    said = subprocess.run(["stat", "-c", "%W", path], check=True, capture_output=True).stdout
    assert place.born_at_ns(path) // 10**9 == int(said)
    assert place.born_at_ns(tmp_path / "none") == 0


def test_the_witness_says_the_greatest_number_and_is_one_file(home: Home) -> None:
    one, other = Witness(home), Witness(home)
    for witness, number in ((one, 1), (other, 2), (one, 3), (one, 3), (other, 2), (other, 4)):
        witness.dotted(number)
    assert Witness(home).last() == 4
    assert [path.name for path in home.root.glob("dots-*")] == ["dots-4"]


def test_the_witness_of_a_backup_beside_ours_makes_it_forget_nothing(home: Home) -> None:
    Witness(home).dotted(7)
    (home.root / "dots-5").touch()
    (home.root / "dots-none").touch()
    assert Witness(home).last() == 7
    Witness(home).dotted(8)
    assert Witness(home).last() == 8


def test_without_a_witness_no_dot_leaves(home: Home) -> None:
    witness = Witness(home)
    shutil.rmtree(home.root)
    with pytest.raises(Transient, match="no_witness"):
        witness.dotted(1)
