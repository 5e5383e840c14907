"""`pli key`: keys go in encrypted, are listed, and go only when it was said what that costs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

from store.db.certificates import known_for
from store.db.open import Connection
from store.db.smime_keys import keys
from store.model.certificate import Source
from store.model.ids import AccountId
from tests.unit.cli.conftest import Pli
from tests.unit.smime.people import person


@pytest.fixture
def p12(tmp_path: Path) -> Path:
    """A key file of Alice's, its passphrase `secret`."""
    who, path = person("rsa"), tmp_path / "alice.p12"
    certificate = x509.load_der_x509_certificate(who.certificate)
    sealing = BestAvailableEncryption(b"secret")
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(b"alice", who.key, certificate, None, sealing)
    )
    return path


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """The file with its passphrase."""
    path = tmp_path / "words"
    path.touch(mode=0o600)
    path.write_text("secret\n")
    return path


@pytest.fixture
def imported(call: Pli, cabinet: AccountId, p12: Path, words: Path) -> None:
    done = call("key", "import", str(p12), "--passphrase-file", str(words), "--account", "cabinet")
    assert done.code == 0, done.err


@pytest.mark.usefixtures("imported")
def test_an_imported_key_is_listed(call: Pli, db: Connection) -> None:
    (kept,) = keys(db)
    said = call("key", "list")
    assert "alice, Pli, FR" in said.out
    assert "01/01/2036" in said.out
    facts = json.loads(call("key", "list", "--json").out)
    assert (facts["id"], facts["account"]) == (kept.id, "cabinet")
    assert facts["fingerprint"] == kept.fingerprint


@pytest.mark.usefixtures("imported")
def test_a_key_is_shown(call: Pli, db: Connection) -> None:
    (kept,) = keys(db)
    said = call("key", "show", str(kept.id))
    for fact in ("alice@cabinet.example", "rsa 2048", "signer, ouvrir", kept.fingerprint):
        assert fact in said.out
    facts = json.loads(call("key", "show", str(kept.id), "--json").out)
    assert facts["addresses"] == ["alice@cabinet.example"]


@pytest.mark.usefixtures("imported")
def test_a_key_is_removed_only_when_that_is_meant(call: Pli, db: Connection) -> None:
    (kept,) = keys(db)
    refusal = call("key", "remove", str(kept.id))
    assert (refusal.code, len(keys(db))) == (2, 1)
    assert call("key", "remove", str(kept.id), "--yes").code == 0
    assert keys(db) == []
    assert call("key", "show", str(kept.id)).code == 2


def test_a_protected_file_asks_for_its_passphrase(call: Pli, cabinet: AccountId, p12: Path) -> None:
    said = call("key", "import", str(p12))
    assert said.code == 1
    assert "--passphrase-file" in said.err


def test_a_wrong_passphrase_keeps_nothing(
    call: Pli, cabinet: AccountId, p12: Path, words: Path, db: Connection
) -> None:
    words.write_text("autre\n")
    assert call("key", "import", str(p12), "--passphrase-file", str(words)).code == 1
    assert keys(db) == []


def test_a_passphrase_others_can_read_is_refused(
    call: Pli, cabinet: AccountId, p12: Path, words: Path
) -> None:
    words.chmod(0o644)
    assert call("key", "import", str(p12), "--passphrase-file", str(words)).code == 1


def test_a_key_is_for_one_account(call: Pli, p12: Path, words: Path, db: Connection) -> None:
    said = call("key", "import", str(p12), "--passphrase-file", str(words))
    assert said.code == 2
    assert "--account" in said.err


@pytest.fixture
def certificate_file(tmp_path: Path) -> Path:
    path = tmp_path / "alice.cer"
    path.write_bytes(person("rsa").certificate)
    return path


def test_a_certificate_is_remembered_and_its_change_is_said(
    call: Pli, certificate_file: Path, db: Connection
) -> None:
    first = call("key", "add-certificate", str(certificate_file))
    assert "Premier certificat pour alice@cabinet.example" in first.err
    assert "déjà connu" in call("key", "add-certificate", str(certificate_file)).err
    certificate_file.write_bytes(
        x509.load_der_x509_certificate(person("p256").certificate).public_bytes(Encoding.PEM)
    )
    assert "a changé" in call("key", "add-certificate", str(certificate_file)).err
    sources = {each.source for each in known_for(db, "alice@cabinet.example")}
    assert sources == {Source.BY_HAND}


def test_an_address_can_be_given(call: Pli, certificate_file: Path, db: Connection) -> None:
    words = ("key", "add-certificate", str(certificate_file), "--address", "A@mss.example")
    assert call(*words).code == 0
    assert known_for(db, "a@mss.example")


def test_a_certificate_of_nobody_is_not_remembered(call: Pli, tmp_path: Path) -> None:
    path = tmp_path / "ca.cer"
    path.write_bytes(person("rsa").chain[0])
    said = call("key", "add-certificate", str(path))
    assert said.code == 1
    assert "--address" in said.err


def test_a_vcard_is_its_own_source(call: Pli, tmp_path: Path, db: Connection) -> None:
    import base64

    card = tmp_path / "alice.vcf"
    letters = base64.b64encode(person("rsa").certificate).decode()
    card.write_text(f"BEGIN:VCARD\nVERSION:3.0\nKEY;ENCODING=b:{letters}\nEND:VCARD\n")
    assert call("key", "add-certificate", str(card)).code == 0
    assert known_for(db, "alice@cabinet.example")[0].source is Source.VCARD


def test_a_file_without_a_certificate_is_said(call: Pli, tmp_path: Path) -> None:
    path = tmp_path / "rien.txt"
    path.write_text("rien")
    said = call("key", "add-certificate", str(path))
    assert said.code == 1
    assert "aucun certificat" in said.err
