"""Whom letters were written to: from here, kept by a trigger (migration 0010), or from elsewhere.

Letters found in Sent are the person's own, written on another machine or before Pli came.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from store.db.open import Connection
from store.model.directory import Address, Person, Source, network_of
from store.model.ids import EmailId

FIND = """
SELECT email, name FROM correspondent WHERE id IN (
       SELECT rowid FROM correspondent_words WHERE correspondent_words MATCH ?
        ORDER BY rowid DESC LIMIT ?)
 ORDER BY last_written_at DESC
"""


NOTE_SENT = """
INSERT INTO correspondent (email, name, times, last_written_at)
SELECT json_extract(t.value, '$[1]'), json_extract(t.value, '$[0]'), count(*), max(e.received_at)
  FROM json_each(?) AS chosen
  JOIN email AS e ON e.id = chosen.value
  JOIN placement AS p ON p.email_id = e.id
  JOIN mailbox AS m ON m.id = p.mailbox_id AND m.role = 'sent'
  JOIN json_each(e.people, '$.to') AS t
 WHERE instr(json_extract(t.value, '$[1]'), '@') > 0
 GROUP BY lower(json_extract(t.value, '$[1]'))
ON CONFLICT (email) DO UPDATE SET last_written_at = max(last_written_at, excluded.last_written_at),
       name = CASE WHEN name = '' THEN excluded.name ELSE name END
"""


def note_sent(db: Connection, email_ids: Sequence[EmailId]) -> None:
    """Whom those of these letters that lie in Sent went to. Call inside `write`."""
    db.execute(NOTE_SENT, (json.dumps(email_ids),))


def find(db: Connection, words: Sequence[str], limit: int) -> list[tuple[str, str]]:
    """(Address, name) of those who have every word, the last written to first."""
    expression = " ".join(f'"{word}"*' for word in words)
    return [(str(email), str(name)) for email, name in db.execute(FIND, (expression, limit))]


def last_written(db: Connection, emails: Iterable[str]) -> dict[str, int]:
    """When each was last written to, by address in lower case; the others are left out."""
    rows = db.execute(
        "SELECT c.email, c.last_written_at FROM json_each(?) AS e"
        " JOIN correspondent AS c ON c.email = e.value",
        (json.dumps(list(emails)),),
    )
    return {str(email).lower(): int(at) for email, at in rows}


def stranger(email: str, name: str) -> Person:
    """Somebody of whom nothing is known but what a letter to them says."""
    address = Address(email, network_of(email))
    return Person(id=email, family=name, addresses=(address,), sources=(Source.WRITTEN,))
