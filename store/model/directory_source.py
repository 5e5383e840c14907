"""Where the directory comes from: extracts that are fetched, directories that are asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.model.directory import Person
from store.model.trust import Revocation


class SourceKind(StrEnum):
    """What is at the other end."""

    EXTRACT = "extract"
    """A file of listings, fetched whole when it has changed."""
    LDAP = "ldap"
    FHIR = "fhir"
    """The Annuaire Santé API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorySource:
    """One of them. What a person wants of it, then what happened."""

    id: int = 0
    name: str
    kind: SourceKind
    url: str
    ca: str = "system"
    """'system', 'igc-sante', or the path of a PEM file with the trust anchors."""
    base: str = ""
    """LDAP: where to look."""
    user: str = ""
    """LDAP: as whom; '' for anybody."""
    secret_file: str = ""
    """Path of a file with the password or the API key."""
    secret_command: str = ""
    """Run without a shell each time; its first line of output is the secret."""
    asked_at: int = 0
    """Wish: fetch it now, whatever it costs. Unix seconds; 0 for never."""
    etag: str = ""
    modified: str = ""
    size: int = 0
    """Octets of what was fetched last; 0 before the first."""
    part_etag: str = ""
    checked_at: int = 0
    """Unix seconds; 0 for never."""
    last_error: str = ""
    revocation: Revocation | None = None
    """What was known of its server's certificate at the last handshake; None of one not judged."""
    revocation_as_of_at: int | None = None
    """Unix seconds, of the oldest list that was used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A question to the live sources."""

    id: int
    query: str
    asked_at: int
    answered_at: int | None
    """Unix seconds; None while nobody has answered."""
    last_error: str
    people: tuple[Person, ...]
