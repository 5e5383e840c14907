"""One document is what was looked at, or it is not read."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sync.drop import files
from sync.drop.document import Unreadable, has_writer, look_inside, open_file, read_whole
from sync.drop.files import Changed, Root
from sync.drop.plan import Entry


def seen(root: Root, name: bytes) -> Entry:
    return files.entry_at(root.folder, name)


def read(root: Root, entry: Entry) -> bytes:
    with open_file(root.folder, entry) as file:
        return read_whole(file, entry)


def test_a_file_swapped_for_a_link_between_look_and_open_is_not_read(
    folder: Path, root: Root, tmp_path: Path
) -> None:
    (folder / "a.pdf").write_bytes(b"mine")
    looked = seen(root, b"a.pdf")
    (tmp_path / "secret").write_bytes(b"not to be sent")
    (folder / "a.pdf").unlink()
    (folder / "a.pdf").symlink_to(tmp_path / "secret")
    with pytest.raises(Changed):
        read(root, looked)


def test_a_link_to_the_very_file_that_was_looked_at_is_still_a_link(
    folder: Path, root: Root
) -> None:
    (folder / "a.pdf").write_bytes(b"mine")
    looked = seen(root, b"a.pdf")
    (folder / "a.pdf").rename(folder / "b.pdf")
    (folder / "a.pdf").symlink_to("b.pdf")
    with pytest.raises(Changed):
        read(root, looked)


def test_a_file_swapped_for_a_fifo_between_look_and_open_does_not_block(
    folder: Path, root: Root
) -> None:
    (folder / "a.pdf").write_bytes(b"mine")
    looked = seen(root, b"a.pdf")
    (folder / "a.pdf").unlink()
    os.mkfifo(folder / "a.pdf")
    with pytest.raises(Changed):
        read(root, looked)


def test_a_file_swapped_for_a_socket_between_look_and_open_is_not_read(
    folder: Path, root: Root
) -> None:
    (folder / "a").write_bytes(b"mine")
    looked = seen(root, b"a")
    (folder / "a").unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.fspath(folder / "a"))
        with pytest.raises(Changed):
            read(root, looked)


def test_a_file_swapped_for_another_is_not_read(folder: Path, root: Root) -> None:
    (folder / "a.pdf").write_bytes(b"mine")
    looked = seen(root, b"a.pdf")
    (folder / "b.pdf").write_bytes(b"else")
    (folder / "b.pdf").replace(folder / "a.pdf")
    with pytest.raises(Changed):
        read(root, looked)


def test_a_file_that_is_gone_has_changed(folder: Path, root: Root) -> None:
    (folder / "a.pdf").write_bytes(b"mine")
    looked = seen(root, b"a.pdf")
    (folder / "a.pdf").unlink()
    with pytest.raises(Changed):
        read(root, looked)


def test_a_file_we_may_not_open_is_unreadable(
    folder: Path, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.pdf").write_bytes(b"mine")
    looked = seen(root, b"a.pdf")

    def denied(*_: object, **__: object) -> int:  # root may open everything
        raise PermissionError(errno.EACCES, "denied")

    monkeypatch.setattr("sync.drop.document.os.open", denied)
    with pytest.raises(Unreadable):
        read(root, looked)


def test_a_file_that_grows_while_it_is_read_has_changed(folder: Path, root: Root) -> None:
    (folder / "a.pdf").write_bytes(b"x" * 10)
    looked = seen(root, b"a.pdf")
    with open_file(root.folder, looked) as file:
        with (folder / "a.pdf").open("ab") as more:
            more.write(b"y")
        with pytest.raises(Changed):
            read_whole(file, looked)


def test_a_file_that_a_writer_holds_is_not_read_to_its_end(folder: Path, root: Root) -> None:
    (folder / "a.pdf").write_bytes(b"x" * 10)
    looked = seen(root, b"a.pdf")
    with (folder / "a.pdf").open("r+b"), pytest.raises(Changed):
        read(root, looked)


def test_a_writer_is_seen_until_it_closes(folder: Path, root: Root) -> None:
    (folder / "a.pdf").write_bytes(b"x")
    with open_file(root.folder, seen(root, b"a.pdf")) as file:
        with (folder / "a.pdf").open("ab"):
            assert has_writer(file) is True
        assert has_writer(file) is False


def test_a_file_system_without_leases_is_an_unknown(
    folder: Path, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.pdf").write_bytes(b"x")

    def no_lease(*_: object) -> int:
        raise OSError(errno.EINVAL, "no leases here")

    with open_file(root.folder, seen(root, b"a.pdf")) as file:
        monkeypatch.setattr("sync.drop.document.fcntl.fcntl", no_lease)
        assert has_writer(file) is None


def test_a_writer_that_comes_while_we_ask_does_not_kill_us(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"x")
    program = """
import fcntl, os, sys
from sync.drop import document
real = fcntl.fcntl
def then_a_writer_comes(file, command, *rest):
    answer = real(file, command, *rest)
    if command == fcntl.F_SETLEASE and rest == (fcntl.F_RDLCK,):
        try:
            os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)
        except BlockingIOError:
            print("the kernel told us", flush=True)
    return answer
document.fcntl.fcntl = then_a_writer_comes
print(document.has_writer(os.open(sys.argv[1], os.O_RDONLY)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.pdf")], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "the kernel told us\nFalse\n"), done.stderr


def test_the_inside_of_a_file_is_its_two_ends(folder: Path, root: Root) -> None:
    (folder / "a.pdf").write_bytes(b"%PDF" + b"x" * 5000 + b"%%EOF")
    looked = seen(root, b"a.pdf")
    with open_file(root.folder, looked) as file:
        inside = look_inside(file, looked.size)
    assert (len(inside.head), len(inside.tail)) == (1024, 2048)
    assert inside.head.startswith(b"%PDF")
    assert inside.tail.endswith(b"%%EOF")
