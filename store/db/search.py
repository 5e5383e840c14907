"""Find Emails by their words: subject, people, body, file names, text of PDFs.

The newest fifty are found by walking the index from its newest row; nothing is ranked, because a
clinician looks for the latest letter about a patient, not for the one that says it most often.
"""

from __future__ import annotations

import json
import re

from store.db.emails import ROW, EmailRow
from store.db.fold import bare, match_expression
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
    domains = None if network is None else json.dumps(domains_of(db, network))
    if ":" in query:
        from store.db.health_search import find_by_health  # with what it asks for, when it may ask

        found = find_by_health(db, query, domains, limit)
        if found is not None:
            return found
    words = match_expression(query)
    values = {"words": words, "limit": limit, "domains": domains}
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
