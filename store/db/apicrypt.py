"""The vendor's Apicrypt programs, as the person responsible for an account gave them."""

from __future__ import annotations

from typing import NamedTuple

from store.db.open import Connection, write
from store.model.ids import AccountId


class Programs(NamedTuple):
    """Two command lines, run without a shell; '' where the site has none."""

    seal: str = ""
    open: str = ""


def programs(db: Connection, account_id: AccountId) -> Programs:
    """What was given for an account."""
    row = db.execute("SELECT seal, open FROM apicrypt WHERE account_id = ?", (account_id,))
    return Programs(*(row.fetchone() or ()))


def set_programs(db: Connection, account_id: AccountId, given: Programs) -> None:
    """Give them, or take them away."""
    with write(db):
        db.execute("DELETE FROM apicrypt WHERE account_id = ?", (account_id,))
        if any(given):
            db.execute(
                "INSERT INTO apicrypt (account_id, seal, open) VALUES (?, ?, ?)",
                (account_id, *given),
            )


def sealing_accounts(db: Connection) -> set[int]:
    """Accounts that can seal."""
    return {row[0] for row in db.execute("SELECT account_id FROM apicrypt WHERE seal <> ''")}
