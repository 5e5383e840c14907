"""Certificates that were met, by address and source (migration 0007)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from store.db.open import Connection, write
from store.model.certificate import CertificateFacts, KnownCertificate, Learnt, Source
from store.model.ids import CertificateId

KNOWN = (
    "c.id, a.address, a.source, c.der, c.subject, c.not_before_at, c.not_after_at,"
    " a.first_seen_at, a.last_seen_at, a.replaced_id, a.capabilities"
)


def learn(
    db: Connection,
    facts: CertificateFacts,
    *,
    source: Source,
    at: int,
    addresses: Sequence[str] = (),
    capabilities: Sequence[str] | None = None,
) -> dict[str, Learnt]:
    """Remember a certificate for the addresses it names, and others that `source` says.

    Args:
        at: Unix seconds.
        capabilities: OIDs its holder signed; None where nothing was said, which forgets nothing.

    Returns:
        What it was for each address.
    """
    with write(db):
        return learn_within(
            db, facts, source=source, at=at, addresses=addresses, capabilities=capabilities
        )


def learn_within(
    db: Connection,
    facts: CertificateFacts,
    *,
    source: Source,
    at: int,
    addresses: Sequence[str] = (),
    capabilities: Sequence[str] | None = None,
) -> dict[str, Learnt]:
    """As `learn`. Call inside `write`. Letters may be read in any order: the first seen is kept."""
    said = None if capabilities is None else " ".join(capabilities)
    found: dict[str, Learnt] = {}
    certificate_id = note_certificate(db, facts, at)
    for address in dict.fromkeys(a.lower() for a in (*facts.addresses, *addresses)):
        before = _last_of(db, address, source, certificate_id)
        known = db.execute(
            "UPDATE certificate_address SET last_seen_at = max(last_seen_at, ?1),"
            " first_seen_at = min(first_seen_at, ?1), capabilities = coalesce(?2, capabilities)"
            " WHERE address = ?3 AND certificate_id = ?4 AND source = ?5",
            (at, said, address, certificate_id, source.value),
        ).rowcount
        if known:
            found[address] = Learnt.SAME
            continue
        db.execute(
            "INSERT INTO certificate_address (address, certificate_id, source, first_seen_at,"
            " last_seen_at, replaced_id, capabilities) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (address, certificate_id, source.value, at, at, before, said),
        )
        found[address] = Learnt.FIRST if before is None else Learnt.CHANGED
    return found


def _last_of(
    db: Connection, address: str, source: Source, other_than: CertificateId
) -> CertificateId | None:
    row = db.execute(
        "SELECT certificate_id FROM certificate_address WHERE address = ? AND source = ?"
        " AND certificate_id <> ? ORDER BY last_seen_at DESC, certificate_id DESC LIMIT 1",
        (address, source.value, other_than),
    ).fetchone()
    return None if row is None else CertificateId(row[0])


def note_certificate(db: Connection, facts: CertificateFacts, at: int) -> CertificateId:
    """The row of a certificate, made when it is new. Call inside `write`."""
    db.execute(
        "INSERT INTO certificate (fingerprint, der, subject, not_before_at, not_after_at,"
        " first_seen_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (fingerprint) DO NOTHING",
        (
            *(facts.fingerprint, facts.der, facts.subject),
            *(facts.not_before_at, facts.not_after_at, at),
        ),
    )
    row = db.execute(
        "SELECT id FROM certificate WHERE fingerprint = ?", (facts.fingerprint,)
    ).fetchone()
    return CertificateId(row[0])


def known_for(db: Connection, address: str) -> list[KnownCertificate]:
    """The certificates learnt for an address, the last seen first."""
    rows = db.execute(
        f"SELECT {KNOWN} FROM certificate_address a JOIN certificate c ON c.id = a.certificate_id"
        " WHERE a.address = ? ORDER BY a.last_seen_at DESC, c.id DESC",
        (address.lower(),),
    )
    return [_known(row) for row in rows]


def certified(db: Connection, emails: Iterable[str], now: int) -> frozenset[str]:
    """Those of these addresses, in lower case, that a certificate learnt and not expired is for."""
    rows = db.execute(
        "SELECT DISTINCT a.address FROM certificate_address a JOIN certificate c"
        " ON c.id = a.certificate_id WHERE a.address IN (SELECT value FROM json_each(?))"
        " AND c.not_after_at >= ?",
        (json.dumps([email.lower() for email in emails]), now),
    )
    return frozenset(str(address) for (address,) in rows)


def _known(row: Sequence[object]) -> KnownCertificate:
    (number, address, source, der, subject, before, after, first, last, replaced, said) = row
    return KnownCertificate(
        id=CertificateId(int(str(number))),
        address=str(address),
        source=Source(str(source)),
        der=der if isinstance(der, bytes) else b"",
        subject=str(subject),
        not_before_at=int(str(before)),
        not_after_at=int(str(after)),
        first_seen_at=int(str(first)),
        last_seen_at=int(str(last)),
        replaced_id=None if replaced is None else CertificateId(int(str(replaced))),
        capabilities=None if said is None else tuple(str(said).split()),
    )
