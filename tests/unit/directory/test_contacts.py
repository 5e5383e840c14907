"""A person's own entries."""

from __future__ import annotations

import pytest

from store.db import contacts
from store.db.open import Connection
from store.errors import Usage
from store.model.directory import Network, network_of

NOW = 1_793_000_000


def test_a_contact_is_kept_with_all_its_addresses_in_order(db: Connection) -> None:
    kept = contacts.add(
        db,
        name="Dr Zoé Muller",
        emails=["zoe@apicrypt.org", "zoe@medecin.mssante.fr", "zoe@mail.example"],
        profession="Cardiologue",
        town="Dijon",
        now=NOW,
    )
    assert contacts.everyone(db) == [kept]
    networks = [address.network for address in kept.addresses]
    assert networks == [Network.APICRYPT, Network.MSSANTE, Network.ORDINARY]
    assert (kept.id, kept.name, kept.towns) == ("c1", "Dr Zoé Muller", ("Dijon",))


@pytest.mark.parametrize("words", [["zoe"], ["muller", "dij"], ["cardio", "apicrypt"], ["dr"]])
def test_it_is_found_by_any_of_its_words(db: Connection, words: list[str]) -> None:
    contacts.add(
        db, name="Dr Zoé Müller", emails=["z@apicrypt.org"], town="Dijon",
        profession="Cardiologue", now=NOW,
    )  # fmt: skip
    assert len(contacts.find(db, words, 5)) == 1
    assert contacts.find(db, [*words, "paris"], 5) == []
    assert contacts.find(db, ["uller"], 5) == []


def test_an_address_has_one_entry(db: Connection) -> None:
    contacts.add(db, name="Zoé", emails=["zoe@apicrypt.org"], now=NOW)
    with pytest.raises(Usage, match=r"contact\.twice"):
        contacts.add(db, name="Other", emails=["new@x.example", "ZOE@apicrypt.org"], now=NOW)
    assert [person.name for person in contacts.everyone(db)] == ["Zoé"]


def test_who_is_forgotten_is_gone_and_their_number_is_not_given_again(db: Connection) -> None:
    contacts.add(db, name="Zoé", emails=["zoe@apicrypt.org"], now=NOW)
    assert contacts.remove(db, "c1").name == "Zoé"
    with pytest.raises(Usage, match=r"contact\.unknown"):
        contacts.remove(db, "c1")
    assert contacts.add(db, name="Zoé", emails=["zoe@apicrypt.org"], now=NOW).id == "c2"


@pytest.mark.parametrize(
    ("email", "network"),
    [
        ("a@medecin.mssante.fr", Network.MSSANTE),
        ("a@MSSANTE.fr", Network.MSSANTE),
        ("a@medical21.apicrypt.org", Network.APICRYPT),
        ("a@notmssante.fr", Network.ORDINARY),
        ("a@mssante.fr.example", Network.ORDINARY),
        ("", Network.ORDINARY),
    ],
)
def test_the_network_an_address_says(email: str, network: Network) -> None:
    assert network_of(email) is network
