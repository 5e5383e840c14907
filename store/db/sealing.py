"""To whom a letter can be sealed: what sync judged of the certificates known (migration 0014).

The store judges nothing. A certificate that nobody has judged counts for nothing, and every
judgement says what it was made by: other anchors, another list, and it is made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from store.db.open import Connection, write
from store.model.certificate import Judgement, ReaderFacts
from store.model.directory import Person
from store.model.ids import CertificateId
from store.model.route import Sealing

MOST_AT_ONCE = 200


def judged_by(db: Connection) -> str:
    """What certificates are judged by now: changes with the anchors, the lists and the policy."""
    rows = [
        *db.execute("SELECT fingerprint, kind FROM anchor ORDER BY fingerprint, kind"),
        *db.execute(
            "SELECT url, this_update_at FROM crl WHERE this_update_at IS NOT NULL ORDER BY url"
        ),
        *db.execute("SELECT needs_revocation, any_purpose FROM trust_policy"),
    ]
    return hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()


def to_judge(db: Connection, by: str, *, before: int) -> list[tuple[CertificateId, bytes]]:
    """Certificates of others that were judged by something else, or before `before`, or never."""
    rows = db.execute(
        "SELECT c.id, c.der FROM certificate AS c"
        " LEFT JOIN certificate_judged AS j ON j.certificate_id = c.id"
        " WHERE (j.by_what IS NULL OR j.by_what <> ? OR j.judged_at < ?)"
        " AND EXISTS (SELECT 1 FROM certificate_address AS a WHERE a.certificate_id = c.id)"
        " ORDER BY c.id LIMIT ?",
        (by, before, MOST_AT_ONCE),
    )
    return [(CertificateId(row[0]), bytes(row[1])) for row in rows]


def known_to(db: Connection, addresses: Iterable[str]) -> list[tuple[CertificateId, bytes]]:
    """Every certificate known for one of these addresses, judged or not."""
    wanted = sorted({address.lower() for address in addresses})
    holes = ",".join("?" * len(wanted))
    rows = db.execute(
        "SELECT DISTINCT c.id, c.der FROM certificate AS c"
        " JOIN certificate_address AS a ON a.certificate_id = c.id"
        f" WHERE a.address IN ({holes}) ORDER BY c.id",
        wanted,
    )
    return [(CertificateId(row[0]), bytes(row[1])) for row in rows]


def keep_judged(db: Connection, judgements: Sequence[Judgement], *, by: str, at: int) -> None:
    """Write what was judged. Writes nothing for none, nor where it is to be judged by something
    else by now: a list came meanwhile, and whoever judged by that one must not be overruled.

    Args:
        by: as `judged_by` said before the judging began.
        at: Unix seconds.
    """
    if not judgements:
        return
    with write(db):
        if judged_by(db) != by:
            return
        db.executemany(
            "INSERT OR REPLACE INTO certificate_judged"
            " (certificate_id, trusted, until_at, judged_at, by_what) VALUES (?, ?, ?, ?, ?)",
            [(each.certificate_id, each.trusted, each.until_at, at, by) for each in judgements],
        )


def sealing_for(db: Connection, address: str, now: int) -> Sealing | None:
    """The best certificate known for an address; None when none is.

    One that may be sealed to before one that may not; of several, the last seen, for whoever
    renews a key may no longer open what is sealed to the old one.
    """
    row = db.execute(
        "SELECT c.id, coalesce(j.until_at, c.not_after_at), coalesce(j.trusted, 0)"
        " FROM certificate_address AS a JOIN certificate AS c ON c.id = a.certificate_id"
        " LEFT JOIN certificate_judged AS j ON j.certificate_id = c.id WHERE a.address = ?"
        " ORDER BY coalesce(j.trusted, 0) AND j.until_at >= ? DESC, a.last_seen_at DESC,"
        " c.not_after_at DESC, c.id DESC LIMIT 1",
        (address.lower(), now),
    ).fetchone()
    if row is None:
        return None
    return Sealing(certificate_id=row[0], until=row[1], trusted=bool(row[2]))


def reader(db: Connection, certificate_id: int, address: str) -> ReaderFacts:
    """A certificate to seal to, and what its holder said can be read there."""
    der, said = db.execute(
        "SELECT c.der, (SELECT a.capabilities FROM certificate_address AS a"
        " WHERE a.certificate_id = c.id AND a.address = ? AND a.capabilities IS NOT NULL"
        " ORDER BY a.last_seen_at DESC LIMIT 1) FROM certificate AS c WHERE c.id = ?",
        (address.lower(), certificate_id),
    ).fetchone()
    return ReaderFacts(
        certificate=bytes(der), capabilities=None if said is None else tuple(said.split())
    )


def want_learnt(db: Connection, person: Person, at: int) -> int:
    """Wish that the node learns the certificates a directory gave of somebody. Returns how many.

    Args:
        at: Unix seconds.
    """
    emails = [address.email.lower() for address in person.addresses]
    rows = [(email, der, at) for der in person.certificates for email in emails]
    with write(db):
        db.executemany(
            "INSERT INTO certificate_to_learn (address, der, asked_at) VALUES (?, ?, ?)", rows
        )
    return len(person.certificates) if rows else 0


def to_learn(db: Connection) -> list[tuple[int, str, bytes]]:
    """What is still to be learnt: row, address, DER."""
    rows = db.execute("SELECT id, address, der FROM certificate_to_learn ORDER BY id")
    return [(row[0], row[1], bytes(row[2])) for row in rows]


def learnt(db: Connection, row: int) -> None:
    """It is, or cannot be."""
    with write(db):
        db.execute("DELETE FROM certificate_to_learn WHERE id = ?", (row,))
