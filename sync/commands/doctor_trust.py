"""What the doctor says of authorities, their revocation lists, and of servers' certificates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from store.db.accounts import accounts
from store.db.anchors import anchors, trust_policy
from store.db.crls import crls, servers
from store.db.open import Connection
from store.db.sources import sources
from store.host.clock import now
from store.model.trust import Kind, Revocation, RevocationFact
from store.trust_words import day, of_revocation
from sync.commands.anchors import issuer_of
from sync.trust.kept import IGC_SANTE

SOON_SECONDS = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Look:
    """One thing looked at: a code, whether it is well, and what fills its sentence."""

    code: str
    ok: bool
    holes: dict[str, object]


def looks(db: Connection) -> Iterator[Look]:
    """Everything, most general first; nothing where nobody has imported or waits for anything."""
    known = anchors(db)
    waiting = [each.name for each in accounts(db) if each.ca == IGC_SANTE]
    waiting += [each.name for each in sources(db) if each.ca == IGC_SANTE]
    if not any(each.bundle == IGC_SANTE for each in known):
        for name in waiting:
            yield Look("doctor.anchors", False, {"name": name})
    if known:
        yield Look("doctor.anchors", True, {"n": len(known)})
    for each in known:
        if each.kind is Kind.ANCHOR:
            well = each.not_after_at > now() + SOON_SECONDS
            holes: dict[str, object] = {"name": each.name, "until": day(each.not_after_at)}
            yield Look("doctor.anchor_ends", well, holes)
    for crl in crls(db, octets=False):
        current = crl.next_update_at is not None and crl.next_update_at > now()
        holes = {"issuer": issuer_of(crl), "at": day(crl.this_update_at)}
        yield Look("doctor.crl", current, holes | {"until": day(crl.next_update_at)})
    yield from _servers(db, set(waiting))


def _seen(db: Connection) -> Iterator[tuple[str, str, RevocationFact]]:
    """Name, host, and what was known of it, of each server that was judged."""
    for each in servers(db):
        yield each.account, each.host, RevocationFact(state=each.state, as_of_at=each.as_of_at)
    for source in sources(db):
        if source.revocation is not None:
            state, as_of_at = source.revocation, source.revocation_as_of_at
            host = urlsplit(source.url).hostname or source.url
            yield source.name, host, RevocationFact(state=state, as_of_at=as_of_at)


def _servers(db: Connection, strict: set[str]) -> Iterator[Look]:
    """Unknown is a trouble where IGC-Santé is expected or the site asks; else it is only said."""
    required = trust_policy(db).needs_revocation
    for name, host, fact in _seen(db):
        minor = fact.state is Revocation.UNKNOWN and not required and name not in strict
        well = fact.state is Revocation.GOOD or minor
        place: dict[str, object] = {"name": name, "host": host}
        yield Look("doctor.revocation", well, place | {"words": of_revocation(fact)})
