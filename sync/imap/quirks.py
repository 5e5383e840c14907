"""Servers that say they can what they cannot: whom, since when we know, and what we do without.

Only what would lose or confuse letters belongs here, each with its test and its line in
docs/quirks.md. A server is known by its host or by the words of its greeting, which cost nothing;
its answer to ID would cost a command in every connection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """One server's fault, and what is switched off because of it."""

    name: str
    seen: str
    """Year and month, as in docs/quirks.md."""
    host: re.Pattern[str] | None = None
    """Matches all of the host's name, in lower case."""
    greeting: re.Pattern[bytes] | None = None
    """Found in the words for a person of the first line."""
    without: frozenset[str]
    """Capabilities we act as if it did not offer."""

    def is_of(self, host: str, greeting: bytes) -> bool:
        """Whether this is the server."""
        by_host = self.host is not None and self.host.fullmatch(host.lower().rstrip("."))
        by_greeting = self.greeting is not None and self.greeting.search(greeting)
        return bool(by_host or by_greeting)


QUIRKS = (
    # Malformed VANISHED and wrong sequence numbers: letters disappear from other clients
    # (github.com/Foundry376/Mailspring-Sync pull request 91). CONDSTORE works.
    Quirk(
        name="iCloud",
        seen="2026-11",
        host=re.compile(r"(?:[a-z0-9-]+\.)*mail\.(?:me|icloud)\.com"),
        without=frozenset({"QRESYNC"}),
    ),
    # FETCH (CHANGEDSINCE) of its highest mod-sequence lists letters, and no mod-sequence with them
    # (github.com/closeio/sync-engine pull request 504).
    Quirk(
        name="SmarterMail",
        seen="2026-11",
        greeting=re.compile(rb"\bSmarterMail\b", re.IGNORECASE),
        without=frozenset({"CONDSTORE", "QRESYNC"}),
    ),
)


def without(host: str, greeting: bytes) -> frozenset[str]:
    """What not to ask of this server, whatever it offers."""
    found = [quirk.without for quirk in QUIRKS if quirk.is_of(host, greeting)]
    return frozenset().union(*found)
