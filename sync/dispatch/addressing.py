"""An RPPS as the one address a document may go to, from the imported directory; never a guess."""

from __future__ import annotations

from store.db.directory.reading import lines_of, person_of
from store.db.open import Connection
from store.errors import NeedsUser
from store.model.directory import Network
from store.model.email import EmailAddress

PERSONAL = "PER"


def address_of_rpps(listings: Connection, rpps: str) -> EmailAddress:
    """The only personal mailbox that a professional has in the trust space.

    Raises:
        NeedsUser: `dispatch.no_address`; `dispatch.several_addresses`, a person must choose.
    """
    lines = lines_of(listings, f"8{rpps}")
    person = person_of(lines) if lines else None
    found = [
        each.email
        for each in (person.addresses if person else ())
        if each.network is Network.MSSANTE and each.box == PERSONAL
    ]
    if person is None or not found:
        raise NeedsUser("dispatch.no_address", who=rpps)
    if len(found) > 1:
        raise NeedsUser("dispatch.several_addresses", who=rpps, addresses=", ".join(found))
    name = " ".join(f"{person.title} {person.given} {person.family}".split())
    return EmailAddress(name=name, email=found[0])
