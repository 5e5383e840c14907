"""What a server answers, as facts (frozen, no octets kept that nobody reads)."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass

from store.errors import Transient
from store.model.email import Keywords
from store.model.mailbox import Role
from sync.imap.uidset import UidSet

SYSTEM = {
    "$seen": b"\\Seen",
    "$flagged": b"\\Flagged",
    "$answered": b"\\Answered",
    "$draft": b"\\Draft",
    "$deleted": b"\\Deleted",
}
"""RFC 8621 §4.1.1 to RFC 3501 §2.3.2; any other keyword has one name in both."""
FROM_SYSTEM = {flag.lower(): keyword for keyword, flag in SYSTEM.items()}
ATOM = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\\]]+\Z")
MONTHS = {
    name: n + 1 for n, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split())
}
INTERNALDATE = re.compile(
    rb" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxStatus:
    """STATUS (RFC 3501 §6.3.10); highestmodseq is None without CONDSTORE or with NOMODSEQ."""

    uidvalidity: int
    uidnext: int
    messages: int
    unseen: int
    highestmodseq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMailbox:
    """One line of LIST."""

    wire_name: bytes
    name: str
    delimiter: str
    role: Role
    selectable: bool
    status: MailboxStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEmail:
    """One Email of a listing. `size` in octets, None when not asked."""

    uid: int
    keywords: Keywords
    modseq: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedEmail:
    """One Email, whole. `received_at` is INTERNALDATE, Unix seconds UTC."""

    uid: int
    keywords: Keywords
    modseq: int | None
    received_at: int
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """SELECT. `changed` and `vanished` are None unless the server gave a valid QRESYNC delta."""

    exists: int
    uidvalidity: int
    uidnext: int
    highestmodseq: int | None
    changed: dict[int, ListedEmail] | None
    vanished: UidSet | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendedUid:
    """APPENDUID (RFC 4315 §3)."""

    uidvalidity: int
    uid: int


def keywords(flags: object) -> Keywords:
    """Flags as keywords; \\Recent is the session's business, not the Email's."""
    if not isinstance(flags, list):
        raise Transient("imap.protocol")
    names = [flag.lower() for flag in flags if isinstance(flag, bytes)]
    return frozenset(
        FROM_SYSTEM.get(name) or name.decode("ascii", "replace")
        for name in names
        if name in FROM_SYSTEM or not name.startswith(b"\\")
    )


def flags(keywords: Keywords) -> bytes:
    """Keywords as a flag list, without those IMAP has no word for."""
    named = [SYSTEM.get(keyword) or keyword.encode("ascii", "ignore") for keyword in keywords]
    return b" ".join(sorted(n for n in named if n.startswith(b"\\") or ATOM.match(n)))


def internaldate(text: bytes) -> int:
    """Unix seconds of an INTERNALDATE (RFC 3501 §9 date-time).

    Raises:
        Transient: `imap.protocol`.
    """
    found = INTERNALDATE.match(text)
    month = MONTHS.get(found[2].lower()) if found else None
    if found is None or month is None:
        raise Transient("imap.protocol")
    day, year, hour, minute, second = (int(found[n]) for n in (1, 3, 4, 5, 6))
    offset = (int(found[8]) * 60 + int(found[9])) * 60
    at = calendar.timegm((year, month, day, hour, minute, second))
    return at - offset if found[7] == b"+" else at + offset


def date_time(at: int) -> bytes:
    """Unix seconds as an INTERNALDATE."""
    import time

    moment = time.gmtime(at)
    month = list(MONTHS)[moment.tm_mon - 1].decode().title()
    clock = f"{moment.tm_hour:02}:{moment.tm_min:02}:{moment.tm_sec:02}"
    return f'"{moment.tm_mday:2}-{month}-{moment.tm_year} {clock} +0000"'.encode()


def pairs(attributes: object) -> dict[bytes, object]:
    """`(NAME value NAME value)` as a dictionary with upper-case names.

    Raises:
        Transient: `imap.protocol`.
    """
    if not isinstance(attributes, list) or len(attributes) % 2:
        raise Transient("imap.protocol")
    names = attributes[::2]
    if not all(isinstance(name, bytes) for name in names):
        raise Transient("imap.protocol")
    return {name.upper(): value for name, value in zip(names, attributes[1::2], strict=True)}


def number(value: object) -> int:
    """A number, bare or alone in parentheses (MODSEQ).

    Raises:
        Transient: `imap.protocol`.
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, bytes) or not value.isdigit() or len(value) > 20:
        raise Transient("imap.protocol")
    return int(value)
