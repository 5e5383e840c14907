"""Find Emails by their words: subject, people, body, file names, text of PDFs.

The newest fifty are found by walking the index from its newest row; nothing is ranked, because a
clinician looks for the latest letter about a patient, not for the one that says it most often.
"""

from __future__ import annotations

from store.db.emails import ROW, EmailRow
from store.db.fold import match_expression
from store.db.open import Connection

FOUND = f"""{ROW}
 WHERE p.deleted = 0 AND e.id IN (
       SELECT rowid FROM email_words WHERE email_words MATCH :words
        ORDER BY rowid DESC LIMIT :limit)
 ORDER BY p.received_at DESC, p.id DESC LIMIT :limit
"""


def search(db: Connection, query: str, limit: int = 50) -> list[EmailRow]:
    """The newest `limit` placements whose Email holds every word of `query`.

    Each word is found at the start of a word, whatever its accents or ligatures. An empty query
    finds nothing.
    """
    words = match_expression(query)
    if not words:
        return []
    return [EmailRow(*row) for row in db.execute(FOUND, {"words": words, "limit": limit})]
