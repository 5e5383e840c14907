"""`pli drop add`: which folders may be watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.db.drops import rules
from store.db.open import Connection
from store.db.whitelist import replace_whitelist
from store.errors import NeedsUser
from store.host.paths import Home
from store.model.ids import AccountId
from tests.unit.cli.conftest import Pli

TO = ("--account", "cabinet", "--to", "bob@labo.example")


@pytest.mark.parametrize("where", ["home", "home/..", "home/depot", "lien", "cles"])
def test_a_folder_with_the_box_or_a_key_in_it_is_refused(
    db: Connection, cabinet: AccountId, call: Pli, home: Home, tmp_path: Path, where: str
) -> None:
    for name in ("home/depot", "cles"):
        (tmp_path / name).mkdir()
    (tmp_path / "lien").symlink_to(home.root)
    (tmp_path / "cles" / "phrase").write_text("une phrase de passe")
    (tmp_path / "cles" / "phrase").chmod(0o600)
    before = sorted(tmp_path.rglob("*"))
    phrase = ("--passphrase-file", str(tmp_path / "cles" / "phrase"))
    said = call("drop", "add", "d", "--folder", str(tmp_path / where), *TO, *phrase)
    assert (said.code, rules(db)) == (1, [])
    assert "Surveillez un autre dossier" in said.err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_is_not_there_is_not_made_unasked(
    db: Connection, cabinet: AccountId, call: Pli, tmp_path: Path
) -> None:
    said = call("drop", "add", "d", "--folder", str(tmp_path / "depto"), *TO)
    assert (said.code, rules(db), (tmp_path / "depto").exists()) == (2, [], False)
    assert "--create" in said.err


def test_with_create_it_is(db: Connection, cabinet: AccountId, call: Pli, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "depot"
    assert call("drop", "add", "d", "--create", "--folder", str(folder), *TO).code == 0
    assert (folder / ".claimed").is_dir()
    assert [rule.folder for rule in rules(db)] == [str(folder)]


def test_but_not_inside_the_box(
    db: Connection, cabinet: AccountId, call: Pli, home: Home, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    folder = str(home.root / "a" / "depot")
    assert call("drop", "add", "d", "--create", "--folder", folder, *TO).code == 1
    assert (sorted(tmp_path.rglob("*")), rules(db)) == (before, [])


@pytest.mark.parametrize("name", ["un nom", "pris"])
def test_a_refused_rule_leaves_nothing_on_the_disk(
    db: Connection, cabinet: AccountId, call: Pli, tmp_path: Path, name: str
) -> None:
    (tmp_path / "depot").mkdir()
    assert call("drop", "add", "pris", "--create", "--folder", str(tmp_path / "x"), *TO).code == 0
    before = sorted(tmp_path.rglob("*"))
    for folder in ("depot", "neuf"):
        place = str(tmp_path / folder)
        assert call("drop", "add", name, "--create", "--folder", place, *TO).code == 2
    assert (sorted(tmp_path.rglob("*")), len(rules(db))) == (before, 1)


def test_nor_does_a_folder_where_something_is_in_our_place(
    db: Connection, cabinet: AccountId, call: Pli, tmp_path: Path
) -> None:
    (tmp_path / "depot").mkdir()
    (tmp_path / "depot" / "sent").touch()
    assert call("drop", "add", "d", "--folder", str(tmp_path / "depot"), *TO).code == 1
    assert [path.name for path in (tmp_path / "depot").iterdir()] == ["sent"]
    assert rules(db) == []


def test_what_only_goes_wrong_at_the_end_leaves_no_rule(
    db: Connection, cabinet: AccountId, call: Pli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise NeedsUser("drop.disk_full", folder="depot")

    monkeypatch.setattr("sync.commands.drop.prepare_folder", full)
    (tmp_path / "depot").mkdir()
    assert call("drop", "add", "d", "--folder", str(tmp_path / "depot"), *TO).code == 1
    assert rules(db) == []


def test_a_rule_for_somebody_without_a_secure_way_says_that_its_documents_will_be_held(
    call: Pli, db: Connection, cabinet: AccountId, tmp_path: Path
) -> None:
    replace_whitelist(db, ["chu.example"], digest=b"d", published_at=1, now=1)
    said = call(
        *("drop", "add", "cobas", "--folder", str(tmp_path / "depot"), "--create"),
        *("--account", "cabinet", "--to", "dr@boite.example"),
    )
    assert said.code == 1
    assert "dr@boite.example : ne part pas." in said.err
    assert [rule.name for rule in rules(db)] == ["cobas"]
