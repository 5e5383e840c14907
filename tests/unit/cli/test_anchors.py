"""`pli anchors`, and what the doctor says of authorities."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from store.db.accounts import account, change_account
from store.db.crls import crls, keep_crl, note_server, want_crls
from store.db.open import Connection
from store.model.ids import AccountId
from store.model.trust import Revocation
from tests.unit.cli.conftest import Pli
from tests.unit.trust.pki import DAY, authority, crl, make

TODAY = int(time.time())
LIFE = {"from_at": TODAY - 100 * DAY, "until_at": TODAY + 100 * DAY}
ROOT = make(authority("IGC de test", **LIFE))
MIDDLE = make(authority("Élémentaire", crl_urls=("http://crl.example/igc.crl",), **LIFE), ROOT)


@pytest.fixture
def bundle(tmp_path: Path) -> str:
    """A file of authorities."""
    path = tmp_path / "igc.pem"
    path.write_bytes(ROOT.pem + MIDDLE.pem)
    return str(path)


def test_what_is_imported_is_shown_to_be_compared(call: Pli, bundle: str) -> None:
    said = call("anchors", "import", bundle)
    assert said.code == 0
    assert "igc-sante : autorité racine IGC de test, valable jusqu'au" in said.out
    grouped = ":".join(f"{each:02X}" for each in bytes.fromhex(fingerprint()))
    assert f"empreinte SHA-256 {grouped}" in said.out
    assert "Comparez ces empreintes" in said.err
    assert "Autorités importées sous le nom igc-sante : 2." in said.err
    listed = call("anchors", "list").out
    assert said.out.strip() in listed
    assert "liste de révocation de IGC de test : pas encore reçue" in listed


def fingerprint() -> str:
    from cryptography.hazmat.primitives import hashes

    return ROOT.certificate.fingerprint(hashes.SHA256()).hex()


def test_programs_get_facts(call: Pli, bundle: str) -> None:
    call("anchors", "import", bundle)
    root, middle, missing = map(json.loads, call("anchors", "list", "--json").out.splitlines())
    assert (root["kind"], root["fingerprint"]) == ("anchor", fingerprint())
    assert middle["kind"] == "intermediate"
    assert (missing["kind"], missing["url"], missing["checked_at"]) == (
        *("crl", "http://crl.example/igc.crl"),
        None,
    )


def test_an_import_replaces_what_had_that_name_and_removal_ends_it(
    call: Pli, bundle: str, tmp_path: Path
) -> None:
    call("anchors", "import", bundle)
    other = tmp_path / "autre.pem"
    other.write_bytes(make(authority("Nouvelle", **LIFE)).pem)
    call("anchors", "import", str(other), "--name", "apicrypt")
    call("anchors", "import", str(other))
    listed = call("anchors", "list").out
    assert "IGC de test" not in listed
    assert listed.count("autorité racine Nouvelle") == 2
    assert call("anchors", "remove", "apicrypt").code == 0
    assert call("anchors", "list").out.count("Nouvelle") == 1
    assert call("anchors", "remove", "apicrypt").code == 2


@pytest.mark.parametrize("name", ["system", "a/b", "", "x" * 65])
def test_a_name_that_means_something_else_is_refused(call: Pli, bundle: str, name: str) -> None:
    assert call("anchors", "import", bundle, "--name", name).code == 2


def test_the_name_of_an_authority_cannot_write_to_the_terminal(call: Pli, tmp_path: Path) -> None:
    path = tmp_path / "hostile.pem"
    path.write_bytes(make(authority("\x1b]0;x\x07\u202eIGC", **LIFE)).pem)
    assert "\x1b" not in call("anchors", "import", str(path)).out
    assert "\x1b" not in call("anchors", "list").out


def test_a_refresh_says_what_is_missing(
    call: Pli, db: Connection, publisher: object, bundle: str
) -> None:
    assert call("anchors", "refresh").code == 0
    want_crls(db, [(publisher.url, ROOT.der)])
    publisher.publish(b"portail")
    said = call("anchors", "refresh")
    assert said.code == 1
    assert "n'est pas une liste valable de cette autorité" in said.out
    publisher.publish(crl(ROOT, from_at=TODAY - 3 * DAY - 60, until_at=TODAY + DAY))
    said = call("anchors", "refresh")
    assert said.code == 0
    assert "liste de révocation de IGC de test : du " in said.out
    assert "(il y a 3 jours)" in said.out
    assert "1 listes de révocation à jour sur 1" in said.err


def test_the_site_says_what_an_unknown_revocation_means(call: Pli) -> None:
    assert "n'empêche rien" in call("anchors", "policy").out
    assert "refusée" in call("anchors", "policy", "--revocation", "required").out
    assert "refusée" in call("anchors", "policy").out
    assert "tout" not in call("anchors", "policy").out
    changed = call("anchors", "policy", "--purpose", "any").out
    assert "refusée" in changed
    assert "anyExtendedKeyUsage" in changed
    assert "n'empêche rien" in call("anchors", "policy", "--revocation", "said").out
    assert "anyExtendedKeyUsage" in call("anchors", "policy").out


def test_the_doctor_says_what_is_missing_old_or_ending(
    call: Pli, db: Connection, cabinet: AccountId, bundle: str, tmp_path: Path
) -> None:
    assert "autorité" not in call("doctor", "--offline").out
    change_account(db, replace(account(db, cabinet), ca="igc-sante"))
    assert "!!   cabinet : le compte attend les autorités" in call("doctor", "--offline").out
    call("anchors", "import", bundle)
    said = call("doctor", "--offline").out
    assert "ok   autorités importées : 2" in said
    assert "ok   autorité IGC de test : valable" in said
    assert "!!   liste de révocation de IGC de test : du jamais" in said
    [held] = crls(db)
    current = replace(held, this_update_at=TODAY - DAY, next_update_at=TODAY + DAY)
    keep_crl(db, current)
    assert "ok   liste de révocation de IGC de test : du" in call("doctor", "--offline").out
    keep_crl(db, replace(current, next_update_at=TODAY - 60))
    assert "!!   liste de révocation de IGC de test : du" in call("doctor", "--offline").out
    soon = tmp_path / "soon.pem"
    soon.write_bytes(make(authority("Finissante", **(LIFE | {"until_at": TODAY + 9 * DAY}))).pem)
    call("anchors", "import", str(soon), "--name", "autre")
    assert "!!   autorité Finissante : expire le" in call("doctor", "--offline").out


@pytest.mark.parametrize(
    ("ca", "state", "mark"),
    [
        ("igc-sante", Revocation.UNKNOWN, "!!"),
        ("igc-sante", Revocation.GOOD, "ok"),
        ("/srv/operateur.pem", Revocation.UNKNOWN, "ok"),
        ("/srv/operateur.pem", Revocation.REVOKED, "!!"),
    ],
)
def test_the_doctor_says_what_was_known_of_a_server(
    call: Pli, db: Connection, cabinet: AccountId, ca: str, state: Revocation, mark: str
) -> None:
    change_account(db, replace(account(db, cabinet), ca=ca))
    note_server(db, cabinet, "imap.operateur.example", state, as_of_at=None, now=TODAY)
    said = call("doctor", "--offline").out
    assert f"{mark}   cabinet, imap.operateur.example : " in said
