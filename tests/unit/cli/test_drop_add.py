"""`pli drop add`: which folders may be watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.db.drops import rules
from store.db.open import Connection
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
