"""Whom letters were queued for (migration 0010): a trigger keeps the list, whoever queues them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from store.db.open import Connection
from store.model.directory import Address, Person, Source, network_of

FIND = """
SELECT email FROM correspondent WHERE id IN (
       SELECT rowid FROM correspondent_words WHERE correspondent_words MATCH ?
        ORDER BY rowid DESC LIMIT ?)
 ORDER BY last_written_at DESC
"""


def find(db: Connection, words: Sequence[str], limit: int) -> list[str]:
    """The addresses whose parts begin with every word, the last written to first."""
    expression = " ".join(f'"{word}"*' for word in words)
    return [str(email) for (email,) in db.execute(FIND, (expression, limit))]


def last_written(db: Connection, emails: Iterable[str]) -> dict[str, int]:
    """When each was last written to, by address in lower case; the others are left out."""
    rows = db.execute(
        "SELECT c.email, c.last_written_at FROM json_each(?) AS e"
        " JOIN correspondent AS c ON c.email = e.value",
        (json.dumps(list(emails)),),
    )
    return {str(email).lower(): int(at) for email, at in rows}


def stranger(email: str) -> Person:
    """Somebody of whom nothing but the address is known."""
    address = Address(email, network_of(email))
    return Person(id=email, addresses=(address,), sources=(Source.WRITTEN,))
