"""`pli send --card`: the card that is there signs, its PIN is given once, and nothing is kept."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from store.db import blobs
from store.db.accounts import account, change_account
from store.db.drafts import drafts
from store.db.open import Connection
from store.db.submissions import outbox
from store.host.lock import NodeLock
from store.host.paths import Home
from store.model.ids import AccountId
from sync.smime.certificates import read_certificate
from tests.unit.cli.conftest import Pli
from tests.unit.smime.people import AT, person
from tests.unit.smime.test_card import LIBRARY, PIN, card  # noqa: F401

LETTER = ("send", "--to", "bob@chu.example", "--subject", "Bilan", "--sign")


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    path = tmp_path / "pin"
    path.write_text(f"{PIN}\n")
    path.chmod(0o600)
    return path


@pytest.fixture(autouse=True)
def _written(monkeypatch: pytest.MonkeyPatch, db: Connection, cabinet: AccountId) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Tout va bien.")))
    (address,) = read_certificate(person("rsa").certificate).addresses
    change_account(db, replace(account(db, cabinet), address=address))
    monkeypatch.setattr("sync.commands.send.now", lambda: AT)


@pytest.mark.usefixtures("card")
def test_the_card_signs_and_its_pin_is_nowhere(
    call: Pli, db: Connection, home: Home, pin_file: Path
) -> None:
    with NodeLock(home):
        said = call(*LETTER, "--card", LIBRARY, "--card-pin-file", str(pin_file))
    assert said.code == 0, said.err
    [queued] = outbox(db)
    assert b"application/pkcs7-signature" in blobs.get(db, queued.blob_id)
    assert PIN not in said.out + said.err


@pytest.mark.usefixtures("card")
def test_without_the_card_nothing_is_written(call: Pli, db: Connection, pin_file: Path) -> None:
    pin_file.write_text("000000\n")
    wrong = call(*LETTER, "--card", LIBRARY, "--card-pin-file", str(pin_file))
    assert (wrong.code, "code de la carte est faux" in wrong.err) == (1, True)
    nobody = call(*LETTER, "--card", LIBRARY)
    assert (nobody.code, "--card-pin-file" in nobody.err) == (2, True)
    pin_file.chmod(0o644)
    assert "chmod 600" in call(*LETTER, "--card", LIBRARY, "--card-pin-file", str(pin_file)).err
    assert (outbox(db), drafts(db)) == ([], [])


@pytest.mark.usefixtures("card")
def test_the_card_is_tried_on_what_stays_sealed(call: Pli, pin_file: Path) -> None:
    said = call("rederive", "--card", LIBRARY, "--card-pin-file", str(pin_file))
    assert (said.code, said.err.strip()) == (0, "0 lettres scellées ouvertes avec la carte.")
