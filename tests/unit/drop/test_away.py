"""Documents are put away whole, once, and over nothing."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from sync.drop import away, claims, files, kernel
from sync.drop.files import Root


@pytest.fixture(params=["renameat2", "link"])
def without_replacing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of moving without replacing: a kernel call, and what old file systems have."""
    if request.param == "link":

        def not_offered(*_: object) -> None:
            raise OSError(errno.EINVAL, "not offered")

        monkeypatch.setattr(kernel, "_renameat2", not_offered)


@pytest.mark.usefixtures("without_replacing")
def test_a_rename_moves_a_file(folder: Path, root: Root) -> None:
    (folder / "a").write_bytes(b"x")
    kernel.rename_new(root.folder, b"a", root.sent, b"b")
    assert not (folder / "a").exists()
    assert (folder / "sent/b").read_bytes() == b"x"


@pytest.mark.usefixtures("without_replacing")
def test_a_rename_never_replaces(folder: Path, root: Root) -> None:
    (folder / "a").write_bytes(b"x")
    (folder / "sent/b").write_bytes(b"kept")
    with pytest.raises(FileExistsError):
        kernel.rename_new(root.folder, b"a", root.sent, b"b")
    assert (folder / "a").read_bytes() == b"x"
    assert (folder / "sent/b").read_bytes() == b"kept"


@pytest.mark.usefixtures("without_replacing")
def test_a_rename_of_nothing_says_so(root: Root) -> None:
    with pytest.raises(FileNotFoundError):
        kernel.rename_new(root.folder, b"no", root.sent, b"b")


def test_a_rename_by_link_cut_in_the_middle_is_finished_by_the_next(
    folder: Path, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_offered(*_: object) -> None:
        raise OSError(errno.EINVAL, "not offered")

    monkeypatch.setattr(kernel, "_renameat2", not_offered)
    (folder / "a").write_bytes(b"x")
    os.link(folder / "a", folder / "sent/b")
    kernel.rename_new(root.folder, b"a", root.sent, b"b")
    assert not (folder / "a").exists()
    assert (folder / "sent/b").read_bytes() == b"x"


def test_a_disk_that_cannot_be_flushed_says_so() -> None:
    with pytest.raises(OSError, match="Bad file descriptor"):
        kernel.flush(-1)


def held(root: Root, folder: Path, name: bytes = b"a.pdf", content: bytes = b"x") -> None:
    with open(os.path.join(os.fsencode(folder), name), "wb") as file:
        file.write(content)
    claims.claim(root, [files.entry_at(root.folder, name)], "m-1")


def test_a_sent_document_lies_under_its_day(folder: Path, root: Root) -> None:
    held(root, folder)
    away.to_sent(root, "m-1", b"a.pdf", day="2026-11-23", note="")
    assert (folder / "sent/2026-11-23/m-1__a.pdf").read_bytes() == b"x"
    assert claims.claims(root) == []


def test_a_document_never_replaces_what_lies_in_sent(folder: Path, root: Root) -> None:
    held(root, folder)
    (folder / "sent/2026-11-23").mkdir()
    (folder / "sent/2026-11-23/m-1__a.pdf").write_bytes(b"kept")
    away.to_sent(root, "m-1", b"a.pdf", day="2026-11-23", note="")
    assert (folder / "sent/2026-11-23/m-1__a.pdf").read_bytes() == b"kept"
    assert (folder / "sent/2026-11-23/m-1-2__a.pdf").read_bytes() == b"x"


def test_putting_away_twice_changes_nothing(folder: Path, root: Root) -> None:
    held(root, folder)
    for _ in range(2):
        away.to_sent(root, "m-1", b"a.pdf", day="2026-11-23", note="")
    assert [p.name for p in (folder / "sent/2026-11-23").iterdir()] == ["m-1__a.pdf"]


def test_a_day_that_is_a_link_is_not_entered(folder: Path, root: Root, tmp_path: Path) -> None:
    held(root, folder)
    (folder / "sent/2026-11-23").symlink_to(tmp_path)
    with pytest.raises(OSError, match=r"Not a directory|symbolic"):
        away.to_sent(root, "m-1", b"a.pdf", day="2026-11-23", note="")
    assert (folder / ".claimed/m-1/a.pdf").exists()


def test_a_failed_document_has_its_reason_beside_it(folder: Path, root: Root) -> None:
    held(root, folder)
    away.to_failed(root, "m-1", b"a.pdf", note="Ce document est trop gros.\n")
    assert (folder / "failed/m-1/a.pdf").read_bytes() == b"x"
    assert (folder / "failed/m-1/reason.txt").read_text("utf-8") == "Ce document est trop gros.\n"
    assert (folder / "failed/m-1/reason.txt").stat().st_mode & 0o777 == 0o644


def test_a_failed_document_called_reason_keeps_its_name(folder: Path, root: Root) -> None:
    held(root, folder, b"reason.txt", b"document")
    away.to_failed(root, "m-1", b"reason.txt", note="note")
    assert (folder / "failed/m-1/reason.txt").read_bytes() == b"document"
    assert (folder / "failed/m-1/reason-pli.txt").read_bytes() == b"note"


@pytest.mark.parametrize(
    "name", [b"\xe9t\xe9.pdf", b"n" * 251 + b".pdf", b"-rf", b"a b\tc", b"CON", b"*?"]
)
def test_a_name_of_any_octets_travels_the_whole_way(folder: Path, root: Root, name: bytes) -> None:
    held(root, folder, name)
    away.to_failed(root, "m-1", name, note="note")
    assert name in os.listdir(os.fsencode(folder / "failed/m-1"))
    away.to_sent(root, "m-1", name, day="2026-11-23", note="")
    kept = os.listdir(os.fsencode(folder / "sent/2026-11-23"))
    assert len(kept) == 1
    assert kept[0].startswith(b"m-1__" + name[:40])


def test_a_document_refused_first_and_sent_later_leaves_failed(folder: Path, root: Root) -> None:
    held(root, folder)
    away.to_failed(root, "m-1", b"a.pdf", note="refusé")
    away.to_sent(root, "m-1", b"a.pdf", day="2026-11-23", note="")
    assert (folder / "sent/2026-11-23/m-1__a.pdf").read_bytes() == b"x"
    assert list((folder / "failed").iterdir()) == []


def test_a_link_or_a_fifo_is_put_away_without_being_opened(folder: Path, root: Root) -> None:
    (folder / "link").symlink_to("/etc/passwd")
    claims.claim(root, [files.entry_at(root.folder, b"link")], "m-1")
    away.to_failed(root, "m-1", b"link", note="lien")
    os.mkfifo(folder / "tube")
    claims.claim(root, [files.entry_at(root.folder, b"tube")], "m-2")
    away.to_failed(root, "m-2", b"tube", note="tube")
    assert (folder / "failed/m-1/link").is_symlink()
    assert (folder / "failed/m-2/tube").is_fifo()
