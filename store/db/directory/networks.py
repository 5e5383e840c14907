"""What the white list says of addresses: which are inside the trust space, and which are not.

The name of a domain says little: hospitals have mailboxes of MSSanté under names of their own, and
a domain called like MSSanté's may have left it. Where no list was imported, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from store.db.open import Connection
from store.db.whitelist import listed, whitelist_digest
from store.model.directory import Address, Network, Person
from store.routing.domains import domain_of


def placed(db: Connection, people: Iterable[Person]) -> list[Person]:
    """The same people, each of their addresses with whether it is inside the trust space."""
    people = list(people)
    if not people or whitelist_digest(db) is None:
        return people
    domains = {a.email: domain_of(a.email) for person in people for a in person.addresses}
    inside = listed(db, domains.values())

    def place(address: Address) -> Address:
        if domains[address.email] not in inside:
            return address._replace(inside=False)
        ordinary = address.network is Network.ORDINARY
        network = Network.MSSANTE if ordinary else address.network
        return address._replace(inside=True, network=network)

    return [replace(p, addresses=tuple(map(place, p.addresses))) for p in people]
