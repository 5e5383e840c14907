"""What a server says, as little of each answer as a replica needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from store.model.email import Keywords, Outline
from store.model.mailbox import Role


class Ahead(NamedTuple):
    """New Emails whose beginnings are asked for with SELECT: they will be wanted next."""

    uidvalidity: int
    first: int
    last: int
    """UIDs, both included."""
    begin: int
    """Octets of each."""


class Span(NamedTuple):
    """A range of octets."""

    offset: int
    length: int


class Numbered(Protocol):
    """What STATUS says of one mailbox (RFC 3501 §6.3.10, RFC 7162 §3.1.7)."""

    @property
    def uidvalidity(self) -> int: ...
    @property
    def uidnext(self) -> int: ...
    @property
    def messages(self) -> int: ...
    @property
    def highestmodseq(self) -> int | None: ...


class Listed(Protocol):
    """A mailbox in the server's list."""

    @property
    def wire_name(self) -> bytes: ...
    @property
    def name(self) -> str: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def selectable(self) -> bool: ...
    @property
    def status(self) -> Numbered | None: ...


class Flagged(Protocol):
    """One Email in a listing: only its keywords matter here."""

    @property
    def keywords(self) -> Keywords: ...


class Arrived(Protocol):
    """One Email as fetched."""

    @property
    def uid(self) -> int: ...
    @property
    def keywords(self) -> Keywords: ...
    @property
    def received_at(self) -> int: ...
    @property
    def octets(self) -> bytes: ...


class Outlined(Protocol):
    """One Email as announced on a lean line."""

    @property
    def uid(self) -> int: ...
    @property
    def keywords(self) -> Keywords: ...
    @property
    def outline(self) -> Outline: ...
    @property
    def beginning(self) -> bytes:
        """Its first octets, where they were asked for."""
        ...


class Identified(Protocol):
    """By what one Email can be recognised, without its octets."""

    @property
    def uid(self) -> int: ...
    @property
    def keywords(self) -> Keywords: ...
    @property
    def received_at(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def message_id(self) -> str: ...


class Ranges(Protocol):
    """UIDs the server named as ranges: never expanded, for it may name four thousand million."""

    @property
    def ranges(self) -> Sequence[tuple[int, int]]: ...


class Opened(Protocol):
    """The answer to SELECT."""

    @property
    def exists(self) -> int: ...
    @property
    def uidvalidity(self) -> int: ...
    @property
    def uidnext(self) -> int:
        """0 when the server does not say."""
        ...

    @property
    def highestmodseq(self) -> int | None: ...
    @property
    def changed(self) -> Mapping[int, Flagged] | None: ...
    @property
    def vanished(self) -> Ranges | None: ...
    @property
    def newest(self) -> Sequence[Outlined]:
        """What a list says of the newest Emails, where that was asked for."""
        ...


class ToUpload(NamedTuple):
    """One letter of an upload of many."""

    octets: bytes
    keywords: Keywords
    received_at: int
    """Unix seconds: its INTERNALDATE."""


class Uploaded(Protocol):
    """APPENDUID (RFC 4315 §3)."""

    @property
    def uidvalidity(self) -> int: ...
    @property
    def uid(self) -> int: ...


class Counted(Protocol):
    """What went over the line so far."""

    @property
    def turns(self) -> int: ...
    @property
    def octets_in(self) -> int: ...
    @property
    def octets_out(self) -> int: ...
    @property
    def octets_said(self) -> int: ...
