"""What the composer gives to other programs and to the disk, and takes back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from store.errors import Usage
from tui import aside_folders
from tui.file_names import complete, pasted_paths
from tui.outside_editor import Editing, editor
from tui.spelling import Doubt, _read, checker, doubts, unknown


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder with documents."""
    for name in ("bilan a.pdf", "bilan-b.pdf", "écho.pdf", ".caché"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "bilans").mkdir()
    return tmp_path


def test_a_path_is_completed_as_far_as_there_is_no_doubt(
    documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = f"{documents}/"
    assert complete(f"{here}é") == (f"{here}écho.pdf", (), True)
    assert complete(f"{here}b") == (f"{here}bilan", ("bilan a.pdf", "bilan-b.pdf", "bilans/"), True)
    assert complete(f"{here}bilans") == (f"{here}bilans/", (), True)
    assert complete(f"{here}.") == (f"{here}.caché", (), True)
    assert complete(f"{here}zzz") == (f"{here}zzz", (), False)
    assert complete("/nulle-part/x") == ("/nulle-part/x", (), False)
    assert complete("\x00") == ("\x00", (), False)
    monkeypatch.setenv("HOME", str(documents))
    assert complete("~/é") == ("~/écho.pdf", (), True)


def test_what_is_pasted_is_paths_only_where_each_is_a_document(documents: Path) -> None:
    a, b, e = (f"{documents}/{name}" for name in ("bilan a.pdf", "bilan-b.pdf", "écho.pdf"))
    assert pasted_paths(f"{a}\n{b}\n") == (a, b)
    assert pasted_paths(f"'{a}' {b}") == (a, b)
    assert pasted_paths(f"file://{documents}/bilan%20a.pdf\r\nfile://{e}") == (a, e)
    for text in (
        "",
        "Bonjour",
        f"voir {b}",
        f"{b}\nBonjour",
        f"{documents}",
        f"'{b}",
        "/x" * 9_000,
    ):
        assert pasted_paths(text) == (), text


def ran(code: int = 0, octets: bytes | None = None):
    """An editor that leaves this in the file."""

    def run(command: list[str], folder: Path) -> int:
        if octets is not None:
            Path(command[-1]).write_bytes(octets)
        return code

    return run


@pytest.fixture
def vim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called vim, and no place in memory."""
    program = tmp_path / "vim"
    program.write_text("#!/bin/true\n", encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("VISUAL", "vim -u NORC")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(aside_folders, "MEMORY", tmp_path / "memory")
    return program


def test_vim_is_told_to_leave_nothing_behind(vim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = editor()
    assert command[:4] == [str(vim), "-n", "-i", "NONE"]
    assert command[-2:] == ["-u", "NORC"]
    monkeypatch.setenv("VISUAL", "'")
    monkeypatch.setenv("EDITOR", "rien-de-tel")
    with pytest.raises(Usage, match=r"editor\.none"):
        editor()


def test_what_the_editor_leaves_comes_back_and_no_file_stays(vim: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    assert Editing("mot").edited(home, ran(octets="été\r\n".encode())) == "été"
    assert Editing("mot").edited(home, ran()) == "mot"
    for run in (ran(code=1), ran(octets=b"\xff"), ran(octets=b"x" * 6_000_000)):
        with pytest.raises(Usage, match=r"editor\.failed"):
            Editing("mot").edited(home, run)
    assert list(home.iterdir()) == []


def test_what_a_killed_editor_had_saved_comes_back(vim: Path, tmp_path: Path) -> None:
    for code in (-signal.SIGKILL, -signal.SIGHUP, 128 + signal.SIGKILL):
        editing = Editing("mot")
        assert editing.edited(tmp_path, ran(code, "mot à mot\n".encode())) == "mot à mot"
        assert editing.was_killed
        for octets in (None, b"", b"mot\n", b"\xff"):
            with pytest.raises(Usage, match=r"editor\.failed"):
                Editing("mot").edited(tmp_path, ran(code, octets))
    assert list(tmp_path.iterdir()) == [vim]


def test_what_an_editor_saves_is_known_while_it_runs(vim: Path, tmp_path: Path) -> None:
    editing, seen = Editing("mot"), [""]

    def run(command: list[str], folder: Path) -> int:
        for octets in (b"", b"mot\n", "été\n".encode(), b"", b"\xff"):
            Path(command[-1]).write_bytes(octets)
            seen.append(editing.saved())
        return 1

    with pytest.raises(Usage, match=r"editor\.failed"):
        editing.edited(tmp_path, run)
    assert seen[1:] == ["mot", "mot", "été", "été", "été"]
    assert editing.saved() == "été", "the file is gone, what was saved is not"


def test_what_a_killed_screen_left_in_a_file_is_wiped_and_nothing_else(
    vim: Path, tmp_path: Path
) -> None:
    script = (
        f"import os, pathlib, tui.aside_folders as a; f = a.make(pathlib.Path({str(tmp_path)!r}));"
        "(f / 'lettre.txt').write_text('mot'); print(f, flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=False)
    left, ours = Path(killed.stdout.decode().strip()), aside_folders.make(tmp_path)
    others = [tmp_path / name for name in ("pli-aside-", "pli-aside-a-b", "pli-home-1")]
    for each in others:
        each.mkdir()
    another_name = tmp_path / "autre"
    os.link(left / "lettre.txt", another_name)
    aside_folders.clear_leftovers(tmp_path)
    assert not left.exists()
    assert another_name.read_bytes() == bytes(3)
    assert all(each.exists() for each in (ours, *others))


def test_a_link_in_the_place_of_the_letter_is_not_followed(vim: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("à garder", encoding="utf-8")

    def run(command: list[str], folder: Path) -> int:
        os.unlink(command[-1])
        os.symlink(secret, command[-1])
        return 0

    with pytest.raises(Usage, match=r"editor\.failed"):
        Editing("mot").edited(tmp_path, run)
    assert secret.read_text(encoding="utf-8") == "à garder"


def test_a_runtime_directory_of_others_is_not_used(
    vim: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_to_all = tmp_path / "run"
    open_to_all.mkdir()
    open_to_all.chmod(0o755)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(open_to_all))
    seen: list[Path] = []

    def run(command: list[str], folder: Path) -> int:
        seen.append(folder.parent)
        return 0

    Editing("mot").edited(tmp_path, run)
    (tmp_path / "memory").mkdir(mode=0o777)
    Editing("mot").edited(tmp_path, run)
    assert seen == [tmp_path, tmp_path / "memory"]


def test_the_answers_of_a_dictionary_are_found_in_the_text() -> None:
    """As hunspell 1.7.1 and its French dictionary answer, 2026-11."""
    answers = (
        "@(#) International Ispell Version 3.2.06 (but really Hunspell 1.7.1)\n*\n"
        "& pasient 6 4: paient, patient\n*\n*\n\n\n\n& l'électrocardiograme 1 1:"
        " l’électrocardiogramme\n# zz 4\n\n"
    )
    lines = ["Le pasient va", "", "> skip", "l'électrocardiograme zz"]
    assert list(_read(answers, lines)) == [
        Doubt("pasient", 3, ("paient", "patient")),
        Doubt("l'électrocardiograme", 22, ("l’électrocardiogramme",)),
        Doubt("zz", 43, ()),
    ]


ALONE = {"hunspell": ["-p", os.devnull], "aspell": [f"--personal={os.devnull}"]}
TELLTALE = f"""#!{sys.executable}
import json, os, sys
with open(os.path.dirname(__file__) + "/told", "a") as log:
    print(json.dumps([sys.argv[1:], sorted(os.environ), os.environ["HOME"]]), file=log)
if "-a" in sys.argv:
    print("@(#) International Ispell")
"""


@pytest.mark.parametrize("name", ALONE)
async def test_a_dictionary_has_no_file_and_no_variable_of_ours(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / name
    program.write_text(TELLTALE, encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLI_KEY_FILE", "/media/cle/k")
    assert (await doubts("Bonjour", "fr_FR"), await unknown(["Bonjour"], "fr_FR")) == ([], set())
    for line in (tmp_path / "told").read_text(encoding="utf-8").splitlines():
        words, variables, home = json.loads(line)
        assert " ".join(ALONE[name]) in " ".join(words)
        assert (set(variables) - {"LC_CTYPE"}, home) == ({"PATH", "LC_ALL", "HOME"}, os.sep)


def test_a_dictionary_is_named_before_it_becomes_an_argument(tmp_path: Path) -> None:
    for name in ("--help", "fr FR", "../x", "-d"):
        with pytest.raises(Usage, match=r"spelling\.bad_dictionary"):
            checker(name)
