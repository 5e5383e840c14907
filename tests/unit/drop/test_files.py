"""A watched folder's names: nothing followed, nothing blocked on, nothing overwritten."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from store.errors import NeedsUser
from sync.drop import claims, files
from sync.drop.files import Changed, Root
from sync.drop.plan import Entry, Kind
from sync.drop.prepare import prepare_folder


def seen(root: Root, name: bytes) -> Entry:
    return files.entry_at(root.folder, name)


def test_opening_a_folder_makes_ours_and_keeps_claims_to_ourselves(
    folder: Path, root: Root
) -> None:
    modes = {
        name: (folder / name).stat().st_mode & 0o777 for name in (".claimed", "sent", "failed")
    }
    assert modes == {".claimed": 0o700, "sent": 0o755, "failed": 0o755}


def test_what_left_of_a_private_folder_stays_private(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    with files.opened(str(private)):
        assert (private / "sent").stat().st_mode & 0o777 == 0o700


def test_a_missing_folder_says_so(tmp_path: Path) -> None:
    with (
        pytest.raises(NeedsUser, match=r"drop\.folder_missing"),
        files.opened(str(tmp_path / "no")),
    ):
        pass


def test_a_folder_in_which_nothing_can_be_made_is_not_said_to_be_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(path: object, *_: object, **__: object) -> None:
        """As /proc answers."""
        raise FileNotFoundError(errno.ENOENT, "", path)

    monkeypatch.setattr(os, "mkdir", nowhere)
    with pytest.raises(NeedsUser, match=r"drop\.holds_nothing"), files.opened(str(tmp_path)):
        pass
    with pytest.raises(NeedsUser, match=r"drop\.holds_nothing"):
        prepare_folder(tmp_path / "depot")


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(NeedsUser, match=r"drop\.not_a_folder"),
        files.opened(str(tmp_path / "file")),
    ):
        pass


@pytest.mark.parametrize("name", [".claimed", "sent", "failed"])
def test_a_link_in_place_of_one_of_ours_is_refused(folder: Path, name: str) -> None:
    (folder / name).symlink_to("/tmp")
    with pytest.raises(NeedsUser, match=r"drop\.folder_unsafe"), files.opened(str(folder)):
        pass


@pytest.mark.parametrize("name", [".claimed", "sent", "failed"])
def test_a_file_in_place_of_one_of_ours_is_refused(folder: Path, name: str) -> None:
    (folder / name).touch()
    with pytest.raises(NeedsUser, match=r"drop\.folder_unsafe"), files.opened(str(folder)):
        pass


def test_another_users_directory_in_place_of_ours_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".claimed").mkdir()
    real = os.fstat

    def somebody_elses(file: int) -> os.stat_result:
        facts = real(file)
        is_ours = os.readlink(f"/proc/self/fd/{file}").endswith(".claimed")
        return os.stat_result((*facts[:4], 12345, *facts[5:])) if is_ours else facts

    monkeypatch.setattr(files.os, "fstat", somebody_elses)
    with pytest.raises(NeedsUser, match=r"drop\.folder_unsafe"), files.opened(str(folder)):
        pass


def test_a_listing_says_what_each_name_is_and_follows_no_link(folder: Path, root: Root) -> None:
    (folder / "a.pdf").write_bytes(b"x")
    (folder / "b").mkdir()
    (folder / "c").symlink_to("a.pdf")
    os.mkfifo(folder / "d")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.fspath(folder / "e"))
        kinds = {entry.name: entry.kind for entry in files.listing(root.folder)}
    assert kinds[b"a.pdf"] is Kind.FILE
    assert kinds[b"b"] is Kind.DIRECTORY
    assert kinds[b"c"] is Kind.SYMLINK
    assert kinds[b"d"] is kinds[b"e"] is Kind.SPECIAL


def test_a_listing_begins_with_the_oldest(folder: Path, root: Root) -> None:
    for name, at in ((b"new", 30), (b"old", 10), (b"mid", 20)):
        path = os.path.join(os.fsencode(folder), name)
        Path(os.fsdecode(path)).write_bytes(b"x")
        os.utime(path, (at, at))
    names = [e.name for e in files.listing(root.folder) if e.kind is Kind.FILE]
    assert names == [b"old", b"mid", b"new"]


def test_a_claim_moves_the_file_out_of_the_folder(folder: Path, root: Root) -> None:
    (folder / "a.pdf").write_bytes(b"x")
    claims.claim(root, [seen(root, b"a.pdf")], "m-1")
    assert not (folder / "a.pdf").exists()
    assert (folder / ".claimed/m-1/a.pdf").read_bytes() == b"x"


def test_a_claim_of_what_has_been_swapped_gives_it_back(folder: Path, root: Root) -> None:
    (folder / "a.pdf").write_bytes(b"x")
    looked = seen(root, b"a.pdf")
    (folder / "b.pdf").write_bytes(b"z")
    (folder / "b.pdf").replace(folder / "a.pdf")
    with pytest.raises(Changed):
        claims.claim(root, [looked], "m-1")
    assert (folder / "a.pdf").read_bytes() == b"z"
    assert claims.claims(root) == []


def test_a_claim_that_is_not_allowed_leaves_nothing_behind(
    folder: Path, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.pdf").write_bytes(b"x")

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "sticky")

    monkeypatch.setattr("sync.drop.claims.os.rename", denied)
    with pytest.raises(PermissionError):
        claims.claim(root, [seen(root, b"a.pdf")], "m-1")
    assert claims.claims(root) == []


def test_what_is_given_back_never_replaces_a_newer_file(folder: Path, root: Root) -> None:
    (folder / "a.pdf").write_bytes(b"first")
    claims.claim(root, [seen(root, b"a.pdf")], "m-1")
    (folder / "a.pdf").write_bytes(b"second")
    assert claims.give_back(root, "m-1", b"a.pdf") is False
    assert (folder / "a.pdf").read_bytes() == b"second"
    assert (folder / ".claimed/m-1/a.pdf").read_bytes() == b"first"
