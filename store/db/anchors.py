"""Authorities the person imported, and what the site asks for (migration 0008)."""

from __future__ import annotations

from store.db.open import Connection, write
from store.model.trust import Anchor, Kind, Policy


def anchors(db: Connection, bundle: str | None = None) -> list[Anchor]:
    """Every authority, or those of one bundle; anchors before what only helps."""
    rows = db.execute(
        "SELECT bundle, kind, certificate, fingerprint, name, not_after_at, imported_at FROM anchor"
        " WHERE :bundle IS NULL OR bundle = :bundle"
        " ORDER BY bundle, kind <> 'anchor', name, fingerprint",
        {"bundle": bundle},
    )
    return [
        Anchor(
            bundle=row[0],
            kind=Kind(row[1]),
            certificate=row[2],
            fingerprint=row[3],
            name=row[4],
            not_after_at=row[5],
            imported_at=row[6],
        )
        for row in rows
    ]


def replace_bundle(db: Connection, bundle: str, wanted: list[Anchor]) -> None:
    """Put these in place of what the bundle held before; an empty list removes it."""
    with write(db):
        db.execute("DELETE FROM anchor WHERE bundle = ?", (bundle,))
        db.executemany(
            "INSERT INTO anchor (bundle, kind, certificate, fingerprint, name, not_after_at,"
            " imported_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(bundle, each.kind.value, each.certificate, each.fingerprint, each.name),
                    *(each.not_after_at, each.imported_at),
                )
                for each in wanted
            ],
        )


def trust_policy(db: Connection) -> Policy:
    """What the site asks for; the defaults when nobody said."""
    row = db.execute("SELECT needs_revocation, any_purpose FROM trust_policy").fetchone()
    if row is None:
        return Policy()
    return Policy(needs_revocation=bool(row[0]), any_purpose=bool(row[1]))


def set_trust_policy(db: Connection, policy: Policy) -> None:
    """Write what the site asks for."""
    with write(db):
        db.execute(
            "INSERT OR REPLACE INTO trust_policy (only_row, needs_revocation, any_purpose)"
            " VALUES (1, ?, ?)",
            (policy.needs_revocation, policy.any_purpose),
        )
