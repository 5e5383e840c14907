"""What the model server keeps of a letter, and what it tells (`sync/replica/facts.py`)."""

from __future__ import annotations

from dataclasses import dataclass

from store.model.email import Keywords, Outline
from store.model.mailbox import Role


@dataclass(frozen=True, slots=True)
class Letter:
    uid: int
    keywords: Keywords
    octets: bytes
    modseq: int
    received_at: int = 1_700_000_000
    size: int = 0


@dataclass(frozen=True, slots=True)
class Outlined:
    uid: int
    keywords: Keywords
    outline: Outline
    beginning: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    uid: int
    keywords: Keywords
    received_at: int
    size: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Status:
    uidvalidity: int
    uidnext: int
    messages: int
    highestmodseq: int | None


@dataclass(frozen=True, slots=True)
class ListedMailbox:
    wire_name: bytes
    name: str
    role: Role
    status: Status | None
    delimiter: str = "/"
    selectable: bool = True


@dataclass(frozen=True, slots=True)
class Vanished:
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Selected:
    exists: int
    uidvalidity: int
    uidnext: int
    highestmodseq: int | None
    changed: dict[int, Letter] | None
    vanished: Vanished | None
    newest: tuple[Outlined, ...] = ()


@dataclass(frozen=True, slots=True)
class AppendedUid:
    uidvalidity: int
    uid: int
