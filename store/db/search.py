"""Find Emails by their words: subject, people, body, file names, text of PDFs.

The newest fifty are found by walking the index from its newest row; nothing is ranked, because a
clinician looks for the latest letter about a patient, not for the one that says it most often.
"""

from __future__ import annotations

import json
import re

from store.db.emails import COLUMNS, ROW, EmailRow
from store.db.fold import bare, match_expression
from store.db.health_search import health_terms
from store.db.network import domains_of
from store.db.open import Connection
from store.model.directory import Network

FOUND = f"""{ROW}
 WHERE p.deleted = 0 AND e.id IN (
       SELECT rowid FROM email_words WHERE email_words MATCH :words
        ORDER BY rowid DESC LIMIT :limit)
 ORDER BY p.received_at DESC, p.id DESC LIMIT :limit
"""


FOUND_BY_NETWORK = f"""{ROW}
 WHERE p.deleted = 0 AND e.sender_domain IN (SELECT value FROM json_each(:domains))
   AND (:words = '' OR e.id IN (SELECT rowid FROM email_words WHERE email_words MATCH :words))
 ORDER BY p.received_at DESC, p.id DESC LIMIT :limit
"""
FOUND_BY_HEALTH = f"""{COLUMNS}
  FROM email AS e {{index}} CROSS JOIN placement AS p ON p.email_id = e.id
 WHERE p.deleted = 0 AND {{condition}}
   AND (:domains IS NULL OR e.sender_domain IN (SELECT value FROM json_each(:domains)))
   AND (:words = '' OR e.id IN (SELECT rowid FROM email_words WHERE email_words MATCH :words))
 ORDER BY e.received_at DESC, e.id DESC LIMIT :limit
"""
BY_NETWORK = re.compile(r"(?i)(?<!\S)(?:r[ée]seau|network):(\S+)")
NETWORKS = {
    **dict.fromkeys(("mssante", "mss"), Network.MSSANTE),
    "apicrypt": Network.APICRYPT,
    **dict.fromkeys(("ordinaire", "ordinary", "autre", "other"), Network.ORDINARY),
}


def search(db: Connection, query: str, limit: int = 50) -> list[EmailRow]:
    """The newest `limit` placements whose Email holds every word of `query`.

    Each word is found at the start of a word, whatever its accents or ligatures. An empty query
    finds nothing. `réseau:apicrypt`, `réseau:mssanté` and `réseau:ordinaire` keep the letters that
    came by that network, with or without words; a name that is no network is a word like another.
    `patient:`, `has:` and `is:` ask for health documents (store/db/health_search.py).
    """
    network, query = _network(query)
    asked = health_terms(query)
    words = match_expression(asked.rest)
    values: dict[str, object] = {"words": words, "limit": limit}
    if network is not None:
        values["domains"] = json.dumps(domains_of(db, network))
    if asked.condition:
        found = FOUND_BY_HEALTH.format(condition=asked.condition, index=asked.index)
        return [
            EmailRow(*row) for row in db.execute(found, {"domains": None} | values | asked.values)
        ]
    if network is not None:
        return [EmailRow(*row) for row in db.execute(FOUND_BY_NETWORK, values)]
    if not words:
        return []
    return [EmailRow(*row) for row in db.execute(FOUND, values)]


def _network(query: str) -> tuple[Network | None, str]:
    """The network asked for, and the query without it."""
    for found in BY_NETWORK.finditer(query):
        network = NETWORKS.get(bare(found[1]))
        if network is not None:
            return network, query[: found.start()] + query[found.end() :]
    return None, query
