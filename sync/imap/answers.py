"""What a server answered, as facts: nothing here remembers how it was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from store.model.email import Keywords, Outline
from store.model.mailbox import Role
from sync.imap.uidset import UidSet


class Known(NamedTuple):
    """Up to where a mailbox was known when it was last looked into (RFC 7162 §3.2.5.2)."""

    uidvalidity: int
    highestmodseq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxStatus:
    """RFC 3501 §6.3.10."""

    uidvalidity: int
    uidnext: int
    messages: int
    highestmodseq: int | None
    """None where the server, or this mailbox, keeps no mod-sequences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMailbox:
    """RFC 3501 §7.2.2, RFC 6154, RFC 5819."""

    wire_name: bytes
    name: str
    """Decoded from modified UTF-7: words from outside."""
    delimiter: str
    """'' where names have no hierarchy."""
    role: Role
    selectable: bool
    status: MailboxStatus | None
    """None when it cannot be selected, or the server would not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEmail:
    """One Email as a listing shows it."""

    uid: int
    keywords: Keywords
    modseq: int | None = None
    size: int | None = None
    """RFC822.SIZE, octets; None where it was not asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """By what one Email can be recognised, without its octets."""

    uid: int
    keywords: Keywords
    received_at: int
    """INTERNALDATE, Unix seconds UTC; 0 when unreadable."""
    size: int
    """RFC822.SIZE, octets."""
    message_id: str
    """Without brackets; '' when absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedEmail:
    """One Email, whole."""

    uid: int
    keywords: Keywords
    modseq: int | None
    received_at: int
    """INTERNALDATE, Unix seconds UTC; 0 when unreadable."""
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlinedEmail:
    """One Email as a lean line announces it."""

    uid: int
    keywords: Keywords
    modseq: int | None
    outline: Outline
    beginning: bytes = b""
    """Its first octets, where they were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """A mailbox just selected (RFC 3501 §6.3.1, RFC 7162 §3.2.5)."""

    exists: int
    uidvalidity: int
    uidnext: int
    """0 when the server does not say."""
    highestmodseq: int | None
    changed: dict[int, ListedEmail] | None
    """What changed since `known`, new Emails included; None unless the server told, all of it."""
    vanished: UidSet | None
    """What is gone since `known`, and perhaps what never was; None as `changed` is."""
    permanent: frozenset[str] | None
    """Keywords it keeps, '*' for any other; None when the server does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendedUid:
    """Where an APPEND went (RFC 4315 §3)."""

    uidvalidity: int
    uid: int
