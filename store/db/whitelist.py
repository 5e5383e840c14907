"""The white list: the mail domains of the trust space, and what the site allows beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from store.db.open import Connection, write
from store.errors import Usage
from store.model.route import TrustSpace
from store.routing.domains import resembling

NON_MEDICAL = "non_medical"
POLICIES = {NON_MEDICAL: ("refuse", "allow")}
"""Name -> its values, the default first."""
MOST_REMEMBERED = 2_000
_LOOKED_THROUGH: dict[tuple[object, ...], str] = {}
"""(domain, which list) -> the listed domain it resembles; lies in memory only."""
LEAST_KEPT = 0.5
"""A new list that lacks more than half of the domains is cut, or another file."""


def replace_whitelist(
    db: Connection,
    domains: Collection[str],
    *,
    digest: bytes,
    published_at: int | None,
    now: int,
    shrunk: bool = False,
) -> tuple[int, int]:
    """Take `domains` for the whole list: one transaction, so nobody sees half of it.

    Args:
        domains: in their one spelling (`store.routing.domains.normal`).
        shrunk: take it though it lost most of its domains: a person looked.

    Returns:
        How many are new, and how many are gone.

    Raises:
        Usage: `whitelist.empty`, `whitelist.shrunk`.
    """
    if not domains:
        raise Usage("whitelist.empty")
    with write(db):
        before = {row[0] for row in db.execute("SELECT name FROM white_domain")}
        gone = before - set(domains)
        if len(gone) > LEAST_KEPT * len(before) and not shrunk:
            raise Usage("whitelist.shrunk", before=len(before), gone=len(gone))
        new = set(domains) - before
        db.executemany("DELETE FROM white_domain WHERE name = ?", [(name,) for name in gone])
        db.executemany("INSERT INTO white_domain (name) VALUES (?)", [(name,) for name in new])
        db.execute(
            "INSERT INTO white_list (id, digest, published_at, imported_at) VALUES (1, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET digest = excluded.digest,"
            " published_at = excluded.published_at, imported_at = excluded.imported_at",
            (digest, published_at, now),
        )
    return len(new), len(gone)


def allowed_now(db: Connection) -> TrustSpace:
    """What `trust_space` says without its numbers, which are a look through the whole list: asked
    of each letter that leaves."""
    (known,) = db.execute("SELECT EXISTS (SELECT 1 FROM white_list)").fetchone()
    return TrustSpace(known=bool(known), non_medical=policies(db)[NON_MEDICAL] == "allow")


def trust_space(db: Connection) -> TrustSpace:
    """What is known of the trust space, and what the site allows."""
    non_medical = policies(db)[NON_MEDICAL] == "allow"
    row = db.execute(
        "SELECT published_at, imported_at, (SELECT count(*) FROM white_domain) FROM white_list"
    ).fetchone()
    if row is None:
        return TrustSpace(non_medical=non_medical)
    return TrustSpace(
        known=True,
        published_at=row[0],
        imported_at=row[1],
        domains=row[2],
        non_medical=non_medical,
    )


def whitelist_digest(db: Connection) -> bytes | None:
    """SHA-256 of the file last imported; None before the first."""
    row = db.execute("SELECT digest FROM white_list").fetchone()
    return None if row is None else bytes(row[0])


def listed(db: Connection, domains: Iterable[str]) -> set[str]:
    """Those of `domains` that are in the list."""
    wanted = [d for d in set(domains) if d]
    holes = ", ".join("?" * len(wanted))
    rows = db.execute(f"SELECT name FROM white_domain WHERE name IN ({holes})", wanted)
    return {row[0] for row in rows}


def listed_resembling(db: Connection, domain: str) -> str:
    """The listed domain that `domain` could be mistaken for; '' when none.

    The whole list is looked through once for each domain, until another is imported: a letter, a
    document dropped, asks several times.
    """
    mark = db.execute(
        "SELECT digest, imported_at, (SELECT min(name) FROM white_domain),"
        " (SELECT max(name) FROM white_domain), (SELECT count(*) FROM white_domain) FROM white_list"
    ).fetchone()
    key = (domain, *(mark or ()))
    found = _LOOKED_THROUGH.get(key)
    if found is None:
        names = (row[0] for row in db.execute("SELECT name FROM white_domain ORDER BY name"))
        found = resembling(domain, names)
        if len(_LOOKED_THROUGH) >= MOST_REMEMBERED:
            _LOOKED_THROUGH.clear()
        _LOOKED_THROUGH[key] = found
    return found


def policies(db: Connection) -> dict[str, str]:
    """What the site allows: every policy with its value."""
    chosen = dict(db.execute("SELECT name, value FROM site_policy").fetchall())
    return {name: chosen.get(name, values[0]) for name, values in POLICIES.items()}


def set_policy(db: Connection, name: str, value: str) -> None:
    """Decide for the site.

    Raises:
        Usage: `policy.unknown`, `policy.bad_value`.
    """
    if name not in POLICIES:
        raise Usage("policy.unknown", name=name)
    if value not in POLICIES[name]:
        raise Usage("policy.bad_value", name=name, values=" | ".join(POLICIES[name]))
    with write(db):
        db.execute(
            "INSERT INTO site_policy (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )
