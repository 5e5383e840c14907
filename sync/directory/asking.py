"""Ask the live directories on behalf of somebody: what is needed of the store before, kept after.

Each is asked in a thread, and the database belongs to this one: what its server is judged by is
taken first, and what was seen of it, with the certificates that came, is written at the end.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import islice

from store.db.certificates import learn
from store.db.directory.networks import placed
from store.db.open import Connection
from store.db.sources import note_revocation, sources
from store.errors import MailError
from store.host import clock
from store.host.log import event
from store.model.certificate import Source
from store.model.directory import Person
from store.model.directory_source import DirectorySource, SourceKind
from sync.directory.live import Answers, look_up
from sync.keyring import facts_of
from sync.trust.server import Seen, trust_for

log = logging.getLogger(__name__)
LIVE = (SourceKind.LDAP, SourceKind.FHIR)
MOST_CERTIFICATES = 8
"""Of one person: a card has two, and some have several cards."""
MOST_IN_ALL = 80
"""Of one answer: each is a commit, and meanwhile the node does nothing else."""


async def find_live(db: Connection, typed: str) -> Answers:
    """What the live directories say; their certificates are kept."""
    asked = sources(db, *LIVE)
    seen = {source.id: Seen() for source in asked}
    trusts = {source.id: trust_for(db, source.ca, seen[source.id]) for source in asked}
    found = await look_up(asked, typed, trusts)
    for source in asked:
        note_seen(db, source, seen[source.id])
    keep_certificates(db, found.people)
    return found._replace(people=placed(db, found.people))


def note_seen(db: Connection, source: DirectorySource, seen: Seen) -> None:
    """Write what was known of a source's server, and want the lists that were missing."""
    fact = seen.want(db)
    if fact is not None:
        note_revocation(db, source.id, fact.state, fact.as_of_at)


def keep_certificates(db: Connection, people: Iterable[Person]) -> None:
    """Remember the certificates of these people for the addresses that they name themselves.

    Only those: an address that a directory alone puts beside a key would let whoever answers
    have letters sealed for somebody else. To remember is not to trust (docs/trust.md).
    """
    given = (der for person in people for der in person.certificates[:MOST_CERTIFICATES])
    for der in islice(given, MOST_IN_ALL):
        try:
            facts = facts_of(der)
        except MailError as error:
            event(log, logging.INFO, "directory.certificate_unread", error=error)
            continue
        if facts.addresses:
            learn(db, facts, source=Source.DIRECTORY, at=clock.now())
