"""The white list: read whole or not at all, and what it then says of an address."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.db import whitelist
from store.db.accounts import account, change_account
from store.db.open import Connection
from store.db.routing import routes, ways
from store.db.whitelist import listed_resembling, replace_whitelist, trust_space
from store.errors import MailError, Permanent
from store.model.ids import AccountId
from store.model.route import Content, Way
from store.routing.domains import resembling
from sync.whitelist import NAMESPACE, read_whitelist
from tests.unit.cli.conftest import Pli

NOW = 1_795_000_000


def a_list(*names: str, dated: str = "2026-11-20T04:00:00Z") -> bytes:
    """A list with these names."""
    rows = "".join(f"<Domaine><Nom>{name}</Nom></Domaine>" for name in names)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ListeBlanche xmlns="{NAMESPACE}"'
        f' DateGeneration="{dated}"><Domaines>{rows}</Domaines></ListeBlanche>'
    ).encode()


def test_names_are_read_in_their_one_spelling() -> None:
    read = read_whitelist(
        a_list("CHU.mssante.example", " hôpital.mssante.example\n", "pas un nom", "")
    )
    assert read.domains == {"chu.mssante.example", "xn--hpital-ixa.mssante.example"}
    assert (read.unreadable, read.published_at) == (2, 1_795_147_200)


def test_a_list_that_does_not_date_itself_is_taken() -> None:
    assert read_whitelist(a_list("a.example", dated="demain")).published_at is None


BOMB = '<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
FETCH = '<!DOCTYPE l SYSTEM "http://127.0.0.1:9/l.dtd">'


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "whitelist.not_xml"),
        (b"a.example\nb.example\n", "whitelist.not_xml"),
        (a_list("a.example")[:-9], "whitelist.not_xml"),
        (BOMB.encode() + a_list("&b;.example").partition(b"?>")[2], "whitelist.not_xml"),
        (FETCH.encode() + a_list("a.example").partition(b"?>")[2], "whitelist.not_xml"),
        (a_list("a.example").replace(NAMESPACE.encode(), b"urn:other"), "whitelist.not_one"),
        (a_list(), "whitelist.not_one"),
        (b" " * (20 * 1024 * 1024 + 1), "whitelist.too_large"),
    ],
)
def test_what_is_not_surely_the_list_is_refused_whole(octets: bytes, code: str) -> None:
    with pytest.raises(Permanent, match=code):
        read_whitelist(octets)


@given(st.binary(max_size=200) | st.text(max_size=60).map(lambda name: a_list(name)))
def test_any_octets_are_a_list_or_our_own_refusal(octets: bytes) -> None:
    try:
        for domain in read_whitelist(octets).domains:
            assert domain.isascii()
    except MailError as error:
        if not error.code.startswith("whitelist."):
            raise


def importing(db: Connection, *names: str, shrunk: bool = False) -> tuple[int, int]:
    """Import these names."""
    return replace_whitelist(db, names, digest=b"d", published_at=NOW, now=NOW, shrunk=shrunk)


def test_a_new_list_replaces_the_old_one_and_a_cut_one_does_not(db: Connection) -> None:
    assert importing(db, "a.example", "b.example", "c.example") == (3, 0)
    assert importing(db, "a.example", "b.example", "d.example") == (1, 1)
    with pytest.raises(MailError, match=r"whitelist\.shrunk"):
        importing(db, "a.example")
    assert trust_space(db).domains == 3
    assert importing(db, "a.example", shrunk=True) == (0, 2)
    with pytest.raises(MailError, match=r"whitelist\.empty"):
        importing(db, shrunk=True)
    assert trust_space(db).domains == 1


def test_the_same_person_is_reached_or_not_as_the_list_says(
    db: Connection,
    cabinet: AccountId,
) -> None:
    importing(db, "cabinet.example", "chu-montclair.example")
    to = ["bob@CHU-Montclair.example", "eve@chu-montclalr.example", "zoe@ailleurs.example"]

    def found() -> list[tuple[Way, str]]:
        every = routes(db, cabinet, to, Content(), now=NOW)
        return [(one.way, one.reason) for one in every]

    assert found()[0] == (Way.REFUSED, "route.account_anchor")
    change_account(db, replace(account(db, cabinet), ca="igc-sante"))
    assert found() == [
        (Way.MSSANTE, ""),
        (Way.REFUSED, "route.resembles"),
        (Way.REFUSED, "route.not_secure"),
    ]
    with pytest.raises(Permanent, match=r"route\.resembles"):
        ways(db, cabinet, to, Content(), now=NOW)
    (only,) = ways(db, cabinet, to[:1], Content(), now=NOW)
    assert only.emails == ("bob@CHU-Montclair.example",)


def test_the_commands_say_it(
    call: Pli,
    cabinet: AccountId,
    tmp_path: Path,
) -> None:
    assert "Aucune liste blanche" in call("whitelist", "status").out
    assert call("whitelist", "check", "bob@x.example").code == 0
    path = tmp_path / "liste.xml"
    path.write_bytes(a_list("cabinet.example", "chu.example", "deux mots"))
    imported = call("whitelist", "import", str(path))
    assert imported.code == 0
    assert "Liste blanche : 2 domaines, 2 nouveaux, 0 retirés." in imported.out
    assert "1 noms de la liste ne sont pas des domaines" in imported.err
    call("account", "set", "cabinet", "--ca", str(_anchor(tmp_path)))
    said = call("whitelist", "check", "bob@chu.example", "bob@boite.example")
    assert said.code == 1
    assert "bob@chu.example : espace de confiance MSSanté (chu.example, liste du 20/11/2026)" in (
        said.out
    )
    assert "bob@boite.example : ne part pas." in said.out
    facts = call("whitelist", "check", "--json", "bob@boite.example")
    assert json.loads(facts.out) == {
        "email": "bob@boite.example",
        "way": "refused",
        "reason": "route.not_secure",
        "account": "cabinet",
        "offers": [],
    }


def test_a_site_decides_what_may_leave_in_clear(call: Pli) -> None:
    assert "refuse" in call("policy").out
    assert "allow" in call("policy", "non_medical", "allow").out
    assert call("policy", "non_medical", "peut-être").code == 2
    assert call("policy", "tout", "allow").code == 2


def _anchor(tmp_path: Path) -> Path:
    path = tmp_path / "chain.pem"
    path.write_text("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")
    return path


def test_the_vendors_program_is_given_shown_and_taken_away(
    call: Pli, db: Connection, cabinet: AccountId
) -> None:
    assert "n'a pas de programme" in call("apicrypt", "cabinet").out
    assert call("apicrypt", "cabinet", "--seal", "apicrypt -s {source}").code == 2
    seal = "apicrypt -s {source} -o {result} -d {recipient}"
    assert seal in call("apicrypt", "cabinet", "--seal", seal).out
    vendor = call("whitelist", "check", "bob@medical03.apicrypt.org")
    assert "Apicrypt, scellée par le programme de l'éditeur" in vendor.out
    assert "{source}" in call("apicrypt", "--help").out
    assert "n'a pas de programme" in call("apicrypt", "cabinet", "--none").out


def test_a_list_is_looked_through_once_for_each_stranger_until_another_is_imported(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def counted(domain: str, known: Iterable[str]) -> str:
        looked.append(domain)
        return resembling(domain, known)

    monkeypatch.setattr(whitelist, "resembling", counted)
    importing(db, "chu-deux.example", "autre.example")
    assert [listed_resembling(db, "chu-deus.example") for _ in range(3)] == ["chu-deux.example"] * 3
    assert len(looked) == 1
    importing(db, "autre.example", "encore.example", shrunk=True)
    assert listed_resembling(db, "chu-deus.example") == ""
    assert len(looked) == 2
