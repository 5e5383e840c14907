"""`pli init`, where it cannot or must not begin."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from store.db.open import Connection
from store.host import keys
from store.host.paths import Home
from tests.unit.cli.conftest import Pli
from tui.cli import run


@pytest.mark.parametrize("words", [("init",), ("status",), ("drop", "list"), ("doctor",), ()])
def test_letters_without_their_keys_are_left_as_they_are(
    call: Pli, home: Home, db: Connection, words: tuple[str, ...]
) -> None:
    home.keys.unlink()
    before = sorted(home.root.iterdir())
    said = call(*words)
    assert (said.code, sorted(home.root.iterdir())) == (1, before)
    assert "mail.db" in said.err
    assert "Remettez keys.json" in said.err
    assert "pli init" not in said.err


def test_a_key_file_in_a_directory_that_is_missing_makes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "ailleurs"
    code = run(["init", "--home", str(tmp_path / "a" / "b"), "--key-file", str(place / "k")])
    said = capsys.readouterr().err
    assert (code, list(tmp_path.iterdir())) == (2, [])
    assert f"le dossier {place} manque" in said
    assert "inattendue" not in said


def test_nor_does_a_home_that_cannot_be_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fichier").touch()
    home, key_file = tmp_path / "fichier" / "pli", tmp_path / "k"
    code = run(["init", "--home", str(home), "--key-file", str(key_file)])
    said = capsys.readouterr().err
    assert (code, list(tmp_path.iterdir())) == (2, [tmp_path / "fichier"])
    assert f"Le dossier {home} ne peut pas être créé" in said


def test_a_key_file_made_for_a_box_that_cannot_be_written_goes_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = keys.write_atomically

    def full(path: Path, octets: bytes) -> None:
        if path == home.keys:
            raise OSError(errno.ENOSPC, "disque plein")
        real(path, octets)

    monkeypatch.setattr(keys, "write_atomically", full)
    key_file = tmp_path / "k"
    assert run(["init", "--home", str(home.root), "--key-file", str(key_file)]) == 2
    assert (key_file.exists(), list(home.root.iterdir())) == (False, [])


def test_a_short_passphrase_makes_no_home(tmp_path: Path) -> None:
    phrase = tmp_path / "phrase"
    phrase.write_text("court")
    phrase.chmod(0o600)
    code = run(["init", "--home", str(tmp_path / "pli"), "--passphrase-file", str(phrase)])
    assert (code, (tmp_path / "pli").exists()) == (2, False)


@pytest.mark.parametrize(("there", "words"), [(True, "journal pli.log"), (False, "pas pu être")])
def test_the_log_is_named_only_when_it_was_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    there: bool,
    words: str,
) -> None:
    monkeypatch.setattr(Home, "exists", lambda home: 1 / 0)
    home = tmp_path / "pli"
    if there:
        home.mkdir()
    assert run(["init", "--home", str(home), "--key-file", str(tmp_path / "k")]) == 1
    assert words in capsys.readouterr().err
    assert (home / "pli.log").exists() == there
