"""`pli directory` and `pli contact`, as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from store.db.open import Connection
from store.db.sources import note_checked, sources
from tests.unit.directory.conftest import PEOPLE
from tests.unit.directory.lines import MSSANTE, mssante
from tui.cli import run

Pli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def pli(db, home, key, key_file, capsys) -> Pli:
    """Run `pli` on that store: exit code, standard output, standard error."""

    def call(*words: str) -> tuple[int, str, str]:
        code = run([*words, "--home", str(home.root), "--key-file", str(key_file)])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def extract(tmp_path: Path) -> str:
    """PEOPLE as a file."""
    path = tmp_path / "Extraction_202610250800.txt"
    path.write_text("\n".join([MSSANTE, *PEOPLE]), encoding="utf-8")
    return str(path)


def test_an_import_says_what_it_changed_what_was_odd_and_how_old_it_is(
    pli: Pli, extract: str
) -> None:
    code, out, err = pli("directory", "import", extract)
    assert code == 0
    assert "MSSanté : 6 lignes. Ajoutées : 6, changées : 0, retirées : 0, en double : 0." in out
    assert "laissées de côté : 1 (adresse impossible : 1) ; la première est la ligne 6." in out
    assert "MSSanté du 25/10/2026" in err
    assert "rien n'a changé" in pli("directory", "import", extract)[1]


def test_who_is_found_is_printed_with_the_age_of_the_directory(pli: Pli, extract: str) -> None:
    pli("directory", "import", extract)
    code, out, err = pli("directory", "search", "zoe", "mull")
    assert (code, out.count("\n")) == (0, 1)
    assert "Zoé MÜLLER" in out
    assert "MSSanté du 25/10/2026" in err
    code, out, _ = pli("directory", "search", "mulelr", "--json")
    facts = [json.loads(line) for line in out.splitlines()]
    assert facts[0]["approximate"] is True
    assert facts[0]["snapshots"] == {"mssante": 1792911600}
    assert [a["network"] for a in facts[0]["addresses"]] == ["mssante", "mssante"]


def test_one_is_shown_whole_and_a_wrong_key_only_warns(pli: Pli, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    wrong = PEOPLE[0].replace("99000000010", "99000000011")
    path.write_text(f"{MSSANTE}\n{wrong}\n", encoding="utf-8")
    pli("directory", "import", str(path))
    code, out, _ = pli("directory", "show", "99000000011")
    assert code == 0
    assert "zoe.muller@medecin.mssante.fr  MSSanté, sans papier" in out
    assert "la clé de ce RPPS est fausse" in out
    assert "FINESS 992674598" in out


def test_who_nobody_knows_is_said(pli: Pli) -> None:
    code, _, err = pli("directory", "show", "nobody@x.example")
    assert code == 2
    assert "ne connaît pas nobody@x.example" in err
    assert "annuaire pas encore chargé" in pli("directory", "search", "zoe")[2]


def test_what_is_no_extract_changes_nothing(pli: Pli, extract: str, tmp_path: Path) -> None:
    pli("directory", "import", extract)
    (tmp_path / "other.txt").write_text("a|b\n1|2\n")
    code, _, err = pli("directory", "import", str(tmp_path / "other.txt"))
    assert code == 1
    assert "Rien n'a été changé" in err
    assert pli("directory", "import", str(tmp_path / "absent.txt"))[0] == 1
    assert json.loads(pli("directory", "status", "--json")[1])["snapshots"][0]["listings"] == 6


def test_contacts_are_kept_listed_found_and_forgotten(pli: Pli) -> None:
    emails = ("--email", "zoe@apicrypt.org", "--email", "zoe@medecin.mssante.fr")
    code, out, err = pli("contact", "add", "Dr Zoé Muller", *emails, "--rpps", "10003461033")
    assert code == 0
    assert "Apicrypt, MSSanté" in out
    assert "la clé de ce RPPS est fausse" in err
    assert pli("contact", "add", "Other", "--email", "ZOE@apicrypt.org")[0] == 2
    assert "Dr Zoé Muller" in pli("directory", "search", "zoe")[1]
    [listed] = pli("contact", "list", "--json")[1].splitlines()
    assert json.loads(listed)["id"] == "c1"
    assert pli("contact", "remove", "c1")[0] == 0
    assert pli("contact", "list")[1] == ""
    assert pli("contact", "remove", "c1")[0] == 2


def test_sources_are_told_apart_by_their_address(pli: Pli, tmp_path: Path) -> None:
    add = ("directory", "source", "add")
    assert pli(*add, "https://extraits.example/mss.zip")[0] == 0
    assert pli(*add, "ldaps://annuaire.example", "--base", "dc=x", "--name", "hopital")[0] == 0
    api = ("https://api.example/fhir/v2", "--fhir", "--secret-file", str(tmp_path / "k"))
    assert pli(*add, *api)[0] == 0
    listed = [
        json.loads(line) for line in pli("directory", "source", "list", "--json")[1].splitlines()
    ]
    assert [(each["name"], each["kind"]) for each in listed] == [
        ("extraits.example", "extract"),
        ("hopital", "ldap"),
        ("api.example", "fhir"),
    ]
    assert pli(*add, "http://extraits.example/mss.zip", "--name", "clear")[0] == 2
    assert pli(*add, "https://extraits.example/other.zip")[0] == 2
    assert pli("directory", "source", "remove", "hopital")[0] == 0
    assert "hopital" not in pli("directory", "source", "list")[1]
    assert pli("directory", "source", "remove", "hopital")[0] == 2


def test_what_was_wrong_with_a_source_is_a_sentence(db: Connection, pli: Pli) -> None:
    assert pli("directory", "source", "add", "https://extraits.example/mss.zip")[0] == 0
    [source] = sources(db)
    note_checked(db, source.id, 9, error="net.timeout")
    listed = pli("directory", "source", "list")[1]
    assert "Le serveur extraits.example n'a pas répondu à temps" in listed


def test_without_a_source_nothing_is_fetched_or_asked(pli: Pli) -> None:
    assert "ajoutez-en une" in pli("directory", "refresh")[2]
    assert "ajoutez-en un" in pli("directory", "search", "zoe", "--live")[2]


def test_no_word_of_an_extract_reaches_the_terminal_as_it_came(pli: Pli, tmp_path: Path) -> None:
    family = "MAL\x1b]52;c;eA==\x07\x00\x9b31mVEU\u202e[red]"
    path = tmp_path / "x.txt"
    line = mssante("mal@x.mssante.fr", family, "\x1b[2JZoé", town="\x1b[H")
    path.write_bytes(f"{MSSANTE}\n{line}\n".encode())
    assert pli("directory", "import", str(path))[0] == 0
    for words in (["search", "mal"], ["show", "mal@x.mssante.fr"], ["search", "mal", "--json"]):
        code, out, err = pli("directory", *words)
        assert code == 0
        assert "mal@x.mssante.fr" in out
        assert not set("\x1b\x07\x00\x9b\u202e") & set(out + err)
