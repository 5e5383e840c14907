"""FETCH responses of a lean line made into facts. Pure; as strict as sync/imap/reading.py."""

from __future__ import annotations

from store.errors import Transient
from store.model.email import Outline
from sync.imap.answers import OutlinedEmail
from sync.imap.dates import read_date
from sync.imap.keywords import keywords_of
from sync.imap.reading import modseq_of, uid_of
from sync.imap.tokens import Token, number
from sync.mime.header import end_of_header
from sync.mime.kind import is_urgent

HEADER_FIELDS = b"BODY[HEADER.FIELDS"


def outlined_email(items: dict[bytes, Token], begin: int = 0) -> OutlinedEmail | None:
    """None when the response holds neither header fields nor the `begin` octets asked for."""
    beginning = (_octets_at(items, 0) or b"") if begin else b""
    named = [octets for name, octets in items.items() if name.startswith(HEADER_FIELDS)]
    header = _header(beginning) if beginning else named[0] if named else None
    if not isinstance(header, bytes):
        return None
    if len(beginning) > begin:
        raise Transient("imap.protocol")
    flags, date = items.get(b"FLAGS"), items.get(b"INTERNALDATE")
    if b"UID" not in items or not isinstance(flags, list) or not isinstance(date, bytes):
        raise Transient("imap.protocol")
    return OutlinedEmail(
        uid=uid_of(items[b"UID"]),
        keywords=keywords_of(flags),
        modseq=modseq_of(items),
        outline=Outline(
            header=header,
            size=number(items.get(b"RFC822.SIZE")),
            received_at=read_date(date),
            urgent=is_urgent(header),
        ),
        beginning=beginning,
    )


def _header(beginning: bytes) -> bytes:
    """The header among a letter's first octets; all of them when it does not end there."""
    return beginning[: end_of_header(beginning, 0, len(beginning))[1]]


def _octets_at(items: dict[bytes, Token], offset: int) -> bytes | None:
    octets = items.get(b"BODY[]<%d>" % offset)
    if not isinstance(octets, bytes):
        # RFC 3501 §7.4.2 wants the origin named; a server that begins at 0 may leave it out.
        octets = items.get(b"BODY[]") if offset == 0 else None
    return octets if isinstance(octets, bytes) else None


def range_of(items: dict[bytes, Token], offset: int, length: int) -> tuple[int, bytes] | None:
    """UID and octets of a partial BODY[]; None when the response holds none.

    Raises:
        Transient: `imap.protocol`, also when it is more than was asked for.
    """
    octets = _octets_at(items, offset)
    if octets is None:
        return None
    if b"UID" not in items or len(octets) > length:
        raise Transient("imap.protocol")
    return uid_of(items[b"UID"]), octets
