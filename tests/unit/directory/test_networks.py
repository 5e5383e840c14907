"""Which network an address is of, and whether it is inside the trust space: the list says it."""

from __future__ import annotations

import pytest

from store.db import contacts
from store.db.directory.networks import placed
from store.db.directory.searching import search, show
from store.db.directory.shelf import Shelf
from store.db.open import Connection
from store.db.sources import answer, ask, lookup
from store.db.whitelist import replace_whitelist
from store.host.directory_words import address_words, network_words, networks_words
from store.model.directory import Address, Network, Person, as_facts, from_facts, network_of
from tests.unit.directory.conftest import NOW

LISTED = ("medecin.mssante.fr", "chu-dijon.example", "medical21.apicrypt.org")
INSIDE = [
    ("zoe@medecin.mssante.fr", Network.MSSANTE, True),
    ("zoe@MEDECIN.mssante.fr.", Network.MSSANTE, True),
    ("zoe@chu-dijon.example", Network.MSSANTE, True),
    ("zoe@medical21.apicrypt.org", Network.APICRYPT, True),
    ("zoe@parti.mssante.fr", Network.MSSANTE, False),
    ("zoe@sub.chu-dijon.example", Network.ORDINARY, False),
    ("zoe@chu-dij0n.example", Network.ORDINARY, False),
    ("zoe", Network.ORDINARY, False),
]


def whitelist(db: Connection, *domains: str) -> None:
    """It was imported."""
    replace_whitelist(db, domains or LISTED, digest=b"1", published_at=NOW, now=NOW, shrunk=True)


def somebody(email: str) -> Person:
    """Known by one address, whose domain alone has been looked at."""
    return Person(id="8z", addresses=(Address(email, network_of(email)),))


@pytest.mark.parametrize(("email", "network", "inside"), INSIDE)
def test_the_white_list_says_more_than_a_name(
    db: Connection, email: str, network: Network, inside: bool
) -> None:
    whitelist(db)
    [found] = placed(db, [somebody(email)])[0].addresses
    assert (found.network, found.inside) == (network, inside)


def test_without_a_list_nothing_is_said(db: Connection) -> None:
    for email, _, _ in INSIDE:
        assert placed(db, [somebody(email)]) == [somebody(email)]


def test_every_book_says_it(shelf: Shelf, db: Connection) -> None:
    contacts.add(db, name="Zoé du CHU", emails=["zoe@chu-dijon.example"], now=NOW)
    number = ask(db, "zoe", NOW)
    answer(db, number, [somebody("zoe@chu-dijon.example")], NOW)
    whitelist(db)
    live = lookup(db, number)
    assert live is not None
    assert [a.inside for a in live.people[0].addresses] == [True]
    assert [a.inside for each in contacts.everyone(db) for a in each.addresses] == [True]
    zoe = next(p for p in search(shelf, "zoe").people if p.national_id)
    assert [(a.email.partition("@")[2], a.inside) for a in zoe.addresses] == [
        ("medecin.mssante.fr", True),
        ("chu-brest.mssante.fr", False),
    ]
    assert show(shelf, zoe.id).people[0].addresses == zoe.addresses
    assert from_facts(as_facts(zoe)) == zoe


def test_what_was_answered_before_there_was_such_a_list_is_still_read() -> None:
    facts = as_facts(somebody("zoe@x"))
    del facts["addresses"][0]["inside"]
    assert from_facts(facts) == somebody("zoe@x")


def test_the_words_say_the_network_and_where_it_stands(db: Connection) -> None:
    emails = ("zoe@medecin.mssante.fr", "zoe@parti.mssante.fr", "zoe@mail.example")
    zoe = Person(id="8z", addresses=tuple(Address(e, network_of(e)) for e in emails))
    assert networks_words(zoe) == "MSSanté, ordinaire"
    assert address_words(zoe.addresses[0]) == "zoe@medecin.mssante.fr  MSSanté"
    whitelist(db)
    [zoe] = placed(db, [zoe])
    assert networks_words(zoe) == "MSSanté, MSSanté ?, ordinaire"
    assert [address_words(each).partition("  ")[2] for each in zoe.addresses] == [
        "MSSanté, dans l'espace de confiance",
        "MSSanté, absent de la liste blanche",
        "ordinaire",
    ]
    assert network_words(zoe.addresses[1]) == "MSSanté ?"
