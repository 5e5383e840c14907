"""Letters by the network they came by: the trust space, Apicrypt, everything else.

Asked of the domains letters came from, a few thousand at most, not of the letters. The white list
says what the trust space is; before one was imported, the names that end in `mssante.fr` do.
"""

from __future__ import annotations

from store.db.open import Connection
from store.model.directory import Network, network_of

DOMAINS = """
WITH RECURSIVE every(name) AS (
    SELECT min(sender_domain) FROM email
    UNION ALL
    SELECT (SELECT min(sender_domain) FROM email WHERE sender_domain > name) FROM every
     WHERE name IS NOT NULL
)
SELECT name, EXISTS (SELECT 1 FROM white_domain WHERE white_domain.name = every.name)
  FROM every WHERE name IS NOT NULL
"""
"""Each domain once: a jump of the index for each, however many letters it has."""


def domains_of(db: Connection, network: Network) -> list[str]:
    """The domains of this network that letters came from."""
    return [
        name
        for name, listed in db.execute(DOMAINS)
        if (Network.MSSANTE if listed else network_of(f"@{name}")) is network
    ]
