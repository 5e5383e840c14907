"""`pli template`, and how an account writes: `pli account set --signature`, `--quote`..."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from store.db.open import Connection
from store.db.sender_identities import identity
from store.db.templates import Template, templates
from store.model.ids import AccountId
from store.model.sender_identity import Quote, SenderIdentity
from tests.unit.cli.conftest import Pli


def file(tmp_path: Path, octets: bytes) -> str:
    """A file that holds these."""
    path = tmp_path / "fichier"
    path.write_bytes(octets)
    return str(path)


def test_a_template_is_kept_listed_shown_and_forgotten(
    call: Pli, db: Connection, tmp_path: Path
) -> None:
    words = "Objet : Avis pour {patient}\r\n\r\nCher {destinataire},\r\n{motif}\r\n"
    said = call("template", "add", "avis cardio", file(tmp_path, words.encode()))
    assert said == (0, "", "Modèle gardé : avis cardio. Champs : patient, destinataire, motif.\n")
    kept = Template("avis cardio", "Avis pour {patient}", "Cher {destinataire},\n{motif}\n")
    assert templates(db) == [kept]
    assert call("template", "list").out == "avis cardio              Avis pour {patient}\n"
    assert json.loads(call("template", "list", "--json").out) == kept._asdict()
    assert call("template", "show", "avis cardio").out.endswith("Cher {destinataire},\n{motif}\n\n")
    call("template", "add", "avis cardio", file(tmp_path, b"Bonjour\x1b[2J"), "--subject", "x")
    assert templates(db) == [Template("avis cardio", "x", "Bonjour\x1b[2J\n")]
    assert "\x1b" not in call("template", "show", "avis cardio").out
    assert call("template", "remove", "avis cardio").code == 0
    assert templates(db) == []
    assert call("template", "remove", "avis cardio").code == 2


@pytest.mark.parametrize(
    ("name", "octets", "why"),
    [
        ("a", b"\xff\xfe", "n'est pas un texte"),
        ("a", b" \n", "n'a pas de texte"),
        (" ", b"mot", "Donnez un nom"),
        ("a", b"mot " * 20_000, "trop long"),
    ],
)
def test_what_is_no_template_is_refused(
    call: Pli, db: Connection, tmp_path: Path, name: str, octets: bytes, why: str
) -> None:
    said = call("template", "add", name, file(tmp_path, octets))
    assert (said.code, why in said.err) == (2, True)
    assert templates(db) == []


def test_an_account_is_told_how_to_write(
    call: Pli, db: Connection, cabinet: AccountId, tmp_path: Path
) -> None:
    signature = file(tmp_path, b"Dr Alice\r\nPort\n\n")
    said = call("account", "set", "cabinet", "--signature", signature, "--quote", "above")
    assert said.code == 0
    written = SenderIdentity(signature="Dr Alice\nPort", quote=Quote.ABOVE)
    assert identity(db, cabinet) == written
    assert call("account", "set", "cabinet", "--dictionary", "fr_FR").code == 0
    assert identity(db, cabinet).signature == written.signature
    assert call("account", "set", "cabinet", "--signature", file(tmp_path, b"")).code == 0
    assert identity(db, cabinet) == SenderIdentity(quote=Quote.ABOVE, dictionary="fr_FR")
    for wrong in (("--signature", file(tmp_path, b"\xff")), ("--dictionary", "-x;rm")):
        assert call("account", "set", "cabinet", *wrong).code == 2
    assert call("account", "set", "cabinet").code == 2


def test_words_of_ones_own_are_added_listed_and_forgotten(call: Pli) -> None:
    assert call("words", "add", "Péridot").code == 0
    assert call("words", "list").out == "péridot\n"
    assert json.loads(call("words", "list", "--json").out) == {"word": "péridot"}
    assert call("words", "forget", "PÉRIDOT").code == 0
    assert call("words", "list").out == ""
    again = call("words", "forget", "péridot")
    assert (again.code, "n'est pas de vos mots" in again.err) == (2, True)
