"""Letters by the network they came by."""

from __future__ import annotations

import pytest

from store.db.network import DOMAINS, domains_of
from store.db.open import Connection
from store.db.search import search
from store.db.whitelist import replace_whitelist
from store.model.directory import Network
from tests.tui.practice import NOW, Practice, letter
from tests.tui.practice import practice as make_practice

SENDERS = {
    "a": "alice@chu.mssante.fr",
    "b": "bob.durand@medical03.apicrypt.org",
    "c": "carole@courrier.fr",
    "d": "denis@labo-liste.fr",
    "e": "eve@apicrypt.org.courrier.fr",
}


@pytest.fixture
def made(db: Connection) -> Practice:
    practice = make_practice(db)
    practice.deliver(
        *(letter(f"bilan {name}", message_id=name, sender=who) for name, who in SENDERS.items())
    )
    return practice


def found(db: Connection, query: str) -> set[str]:
    return {row.subject.split()[-1] for row in search(db, query)}


def test_before_a_list_the_name_says_it(db: Connection, made: Practice) -> None:
    assert found(db, "réseau:mssanté") == {"a"}
    assert found(db, "RESEAU:Apicrypt") == {"b"}
    assert found(db, "network:other") == {"c", "d", "e"}


def test_the_white_list_knows_better(db: Connection, made: Practice) -> None:
    names = ["labo-liste.fr", "medical03.apicrypt.org"]
    replace_whitelist(db, names, digest=b"d", published_at=NOW, now=NOW)
    assert found(db, "réseau:mssante") == {"a", "b", "d"}
    assert found(db, "réseau:apicrypt") == set()


def test_words_and_a_network_go_together(db: Connection, made: Practice) -> None:
    assert found(db, "bilan réseau:apicrypt") == {"b"}
    assert found(db, "réseau:apicrypt rien") == set()


def test_a_name_that_is_no_network_is_a_word(db: Connection, made: Practice) -> None:
    assert found(db, "réseau:bilan") == set()
    made.deliver(letter("le réseau:bilan z", message_id="z"))
    assert found(db, "réseau:bilan") == {"z"}


def test_domains_are_jumped_to_not_letters(db: Connection, made: Practice) -> None:
    plan = [str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {DOMAINS}")]
    assert not any("SCAN email" in step and "INDEX" not in step for step in plan), plan
    assert domains_of(db, Network.APICRYPT) == ["medical03.apicrypt.org"]
