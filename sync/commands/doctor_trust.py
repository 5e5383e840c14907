"""What the doctor says of authorities, their revocation lists, and of servers' certificates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from store.db.accounts import accounts
from store.db.anchors import anchors, trust_policy
from store.db.crls import crls, servers
from store.db.open import Connection
from store.db.smime_keys import keys
from store.db.sources import sources
from store.db.whitelist import listed, trust_space
from store.host.clock import now
from store.model.account import Account, Signs
from store.model.trust import Kind, Revocation, RevocationFact
from store.routing.decide import OLD_SECONDS
from store.routing.domains import PATIENTS, TRUST_SPACE, domain_of, is_under
from store.trust_words import day, of_revocation
from sync.commands.anchors import issuer_of
from sync.trust.kept import IGC_SANTE, SYSTEM

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
    yield from _white_list(db)
    for account in accounts(db):
        yield from _sending(db, account)


def _white_list(db: Connection) -> Iterator[Look]:
    """How old the list is; before the first, it lacks where an account is one of the space."""
    space = trust_space(db)
    at = space.published_at or space.imported_at
    if at is not None:
        well = now() - at <= OLD_SECONDS
        yield Look("doctor.white_list", well, {"day": day(at), "n": space.domains})
    elif inside := [a.name for a in accounts(db) if is_under(domain_of(a.address), TRUST_SPACE)]:
        yield Look("doctor.no_white_list", False, {"name": inside[0]})


def _sending(db: Connection, account: Account) -> Iterator[Look]:
    """What would keep the letters of an account from leaving signed, sealed, or at all."""
    name: dict[str, object] = {"name": account.name}
    domain = domain_of(account.address)
    inside = is_under(domain, TRUST_SPACE) or domain in listed(db, [domain])
    if inside and not is_under(domain, PATIENTS):
        yield Look("doctor.inside", account.ca != SYSTEM, name)
    held = keys(db, account.id)
    for each in held:
        # An old one is kept to open what was sealed to it: only the last one's end matters.
        if each.not_after_at == max(key.not_after_at for key in held):
            well = each.not_after_at > now() + SOON_SECONDS
            yield Look("doctor.key_ends", well, name | {"until": day(each.not_after_at)})
    if account.sign is Signs.ALWAYS:
        usable = any(each.not_after_at > now() for each in held)
        yield Look("doctor.signing_key", usable, name)


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
