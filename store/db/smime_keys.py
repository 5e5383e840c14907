"""Our own private keys, wrapped (migration 0007). What opens them is in store/host/wrapping.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from store.db.certificates import note_certificate
from store.db.open import Connection, write
from store.errors import Usage
from store.model.certificate import CertificateFacts, SmimeKey
from store.model.ids import AccountId, KeyId

COLUMNS = (
    "k.id, k.account_id, a.name, c.fingerprint, c.der, c.subject, c.not_before_at,"
    " c.not_after_at, k.imported_at, k.wrapped"
)
FROM = (
    "smime_key k JOIN certificate c ON c.id = k.certificate_id"
    " JOIN account a ON a.id = k.account_id"
)


def add_key(
    db: Connection,
    account_id: AccountId,
    certificate: CertificateFacts,
    *,
    chain: Sequence[CertificateFacts],
    wrapped: bytes,
    at: int,
) -> KeyId:
    """Keep a key with its certificate and its issuers; one that is there already is replaced.

    Args:
        at: Unix seconds.
    """
    with write(db):
        certificate_id = note_certificate(db, certificate, at)
        row = db.execute(
            "INSERT INTO smime_key (account_id, certificate_id, wrapped, imported_at)"
            " VALUES (?, ?, ?, ?) ON CONFLICT (account_id, certificate_id)"
            " DO UPDATE SET wrapped = excluded.wrapped RETURNING id",
            (account_id, certificate_id, wrapped, at),
        ).fetchone()
        db.execute("DELETE FROM smime_key_issuer WHERE key_id = ?", (row[0],))
        for place, issuer in enumerate(chain):
            db.execute(
                "INSERT INTO smime_key_issuer (key_id, place, certificate_id) VALUES (?, ?, ?)",
                (row[0], place, note_certificate(db, issuer, at)),
            )
    return KeyId(row[0])


def keys(db: Connection, account_id: AccountId | None = None) -> list[SmimeKey]:
    """Every key of an account, or of all; the one that lasts longest first."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM {FROM} WHERE k.account_id = coalesce(?, k.account_id)"
        " ORDER BY a.name, c.not_after_at DESC, k.id",
        (account_id,),
    ).fetchall()
    return [_key(db, row) for row in rows]


def key_by_id(db: Connection, key_id: KeyId) -> SmimeKey:
    """One key.

    Raises:
        Usage: `smime.unknown_key`.
    """
    row = db.execute(f"SELECT {COLUMNS} FROM {FROM} WHERE k.id = ?", (key_id,)).fetchone()
    if row is None:
        raise Usage("smime.unknown_key", id=key_id)
    return _key(db, row)


def remove_key(db: Connection, key_id: KeyId) -> None:
    """Forget a key. Its certificate stays: what it signed can still be looked at.

    Raises:
        Usage: `smime.unknown_key`.
    """
    with write(db):
        if not db.execute("DELETE FROM smime_key WHERE id = ?", (key_id,)).rowcount:
            raise Usage("smime.unknown_key", id=key_id)


def _key(db: Connection, row: Any) -> SmimeKey:
    issuers = db.execute(
        "SELECT c.der FROM smime_key_issuer i JOIN certificate c ON c.id = i.certificate_id"
        " WHERE i.key_id = ? ORDER BY i.place",
        (row[0],),
    )
    return SmimeKey(
        id=KeyId(row[0]),
        account_id=AccountId(row[1]),
        account=row[2],
        fingerprint=row[3],
        certificate=bytes(row[4]),
        chain=tuple(bytes(each[0]) for each in issuers),
        subject=row[5],
        not_before_at=row[6],
        not_after_at=row[7],
        imported_at=row[8],
        wrapped=bytes(row[9]),
    )
