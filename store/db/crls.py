"""Revocation lists kept here, and what was known of each server (migration 0008).

A list is replaced by a newer valid one only: the last one serves while the line is cut.
"""

from __future__ import annotations

from collections.abc import Iterable

from store.db.open import Connection, write
from store.model.ids import AccountId
from store.model.trust import Crl, Revocation, ServerRevocation

COLUMNS = (
    "url, issuer, octets, this_update_at, next_update_at, checked_at, tried_at, failures, error,"
    " etag, last_modified"
)
MOST_LISTS = 200
"""Each certificate of a verified chain may name some; an authority that names a new one in each of
its certificates would otherwise fill the disk."""


def crls(db: Connection, *, octets: bool = True) -> list[Crl]:
    """Every list that is wanted; `octets` False leaves their content out."""
    columns = COLUMNS if octets else COLUMNS.replace(" octets", " x''")
    return [_crl(row) for row in db.execute(f"SELECT {columns} FROM crl ORDER BY url")]


def crl_at(db: Connection, url: str) -> Crl | None:
    """The list published there; None when it is no longer wanted."""
    row = db.execute(f"SELECT {COLUMNS} FROM crl WHERE url = ?", (url,)).fetchone()
    return None if row is None else _crl(row)


def _crl(row: tuple[object, ...]) -> Crl:
    return Crl(**dict(zip(COLUMNS.split(", "), row, strict=True)))  # type: ignore[arg-type]


def want_crls(db: Connection, wanted: Iterable[tuple[str, bytes]]) -> None:
    """Have the node fetch and keep these lists: where each is, and the DER of who must sign it.

    Writes nothing when all are known. While an authority changes its key, chains of the old one and
    of the new name one place: who signs there is another only once what it gave was not valid, and
    then it is asked no sooner for that; else each handshake would have it fetched again.
    """
    known = dict(db.execute("SELECT url, issuer FROM crl").fetchall())
    sound = {url for (url,) in db.execute("SELECT url FROM crl WHERE octets <> x'' AND error = ''")}
    news = {u: issuer for u, issuer in wanted if known.get(u) != issuer and u not in sound}
    room = MOST_LISTS - len(known)
    rows = [each for at, each in enumerate(news.items()) if at < room or each[0] in known]
    if rows:
        with write(db):
            db.executemany(
                "INSERT INTO crl (url, issuer) VALUES (?, ?)"
                " ON CONFLICT (url) DO UPDATE SET issuer = excluded.issuer",
                rows,
            )


def keep_crl(db: Connection, kept: Crl) -> None:
    """Write how a try ended, and the list it brought."""
    with write(db):
        db.execute(
            "UPDATE crl SET octets = ?, this_update_at = ?, next_update_at = ?, checked_at = ?,"
            " tried_at = ?, failures = ?, error = ?, etag = ?, last_modified = ? WHERE url = ?",
            (
                *(kept.octets, kept.this_update_at, kept.next_update_at, kept.checked_at),
                *(kept.tried_at, kept.failures, kept.error, kept.etag, kept.last_modified),
                kept.url,
            ),
        )


def forget_crls(db: Connection, urls: Iterable[str]) -> None:
    """Fetch and keep these no longer: no authority left vouches for what named them."""
    with write(db):
        db.executemany("DELETE FROM crl WHERE url = ?", [(url,) for url in urls])


def note_server(
    db: Connection,
    account_id: AccountId,
    host: str,
    state: Revocation,
    *,
    as_of_at: int | None,
    now: int,
) -> None:
    """Write what was known of a server's certificate. Writes nothing when that has not changed."""
    row = db.execute(
        "SELECT state, as_of_at FROM server_revocation WHERE account_id = ? AND host = ?",
        (account_id, host),
    ).fetchone()
    if row is not None and tuple(row) == (state.value, as_of_at):
        return
    with write(db):
        db.execute(
            "INSERT OR REPLACE INTO server_revocation (account_id, host, state, as_of_at, seen_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (account_id, host, state.value, as_of_at, now),
        )


def servers(db: Connection) -> list[ServerRevocation]:
    """What was known of each account's servers at their last handshake."""
    rows = db.execute(
        "SELECT account.name, host, state, as_of_at, seen_at FROM server_revocation"
        " JOIN account ON account.id = account_id ORDER BY account_id, host"
    )
    return [
        ServerRevocation(
            account=row[0], host=row[1], state=Revocation(row[2]), as_of_at=row[3], seen_at=row[4]
        )
        for row in rows
    ]
