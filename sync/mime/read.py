"""What a letter says and holds, from its octets alone (RFC 5322, RFC 2045-2047, RFC 2231).

Pure and total: any octets give a DerivedEmail, in time linear in their number, and what could not
be read as its sender meant is told in `warnings`. Attachments are located, not decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_tz

from store.model.email import DerivedEmail, EmailAddress, Part, TransferEncoding
from sync.mime.addresses import MOST_ADDRESSES, read_addresses
from sync.mime.header import Header
from sync.mime.structure import HEADER_CUT, Entity, scan
from sync.mime.text import Text, read_text
from sync.mime.words import decode_octets, unstructured

DERIVED_VERSION = 6
"""Raise it when what is derived changes: every letter is then read again."""

MOST_SUBJECT = 2000
MOST_REFERENCES = 100
MOST_MESSAGE_ID = 998
"""RFC 5322 §2.1.1: the longest line, so the longest Message-ID."""
MOST_DATE = 200
ONE_DAY = 86400
PREVIEW_CHARACTERS = 200

MESSAGE_ID = re.compile(r"<([^<>\s]+)>")


def derive(octets: bytes) -> DerivedEmail:
    """Read one letter. Never raises, whatever the octets."""
    structure = scan(octets)
    header, text = structure.header, read_text(octets, structure.root)
    senders = read_addresses(header.get(b"from"))
    subject = unstructured(header.get(b"subject"))
    warnings = {*structure.warnings, *text.warnings}
    to, cc, bcc = (read_addresses(header.get(name)) for name in (b"to", b"cc", b"bcc"))
    if len(subject) > MOST_SUBJECT or max(map(len, (to, cc, bcc))) >= MOST_ADDRESSES:
        warnings.add(HEADER_CUT)
    return DerivedEmail(
        message_id=_message_id(header),
        references=_references(header),
        subject=subject[:MOST_SUBJECT],
        sender=senders[0] if senders else EmailAddress(),
        to=to,
        cc=cc,
        bcc=bcc,
        reply_to=read_addresses(header.get(b"reply-to")),
        in_reply_to=next(iter(_message_ids(header.get(b"in-reply-to"))), ""),
        supersedes=tuple(_message_ids(header.get(b"supersedes"))[:MOST_REFERENCES]),
        sent_at=_sent_at(header),
        body=text.body,
        body_from_html=text.from_html,
        preview=" ".join(text.body[: 4 * PREVIEW_CHARACTERS].split())[:PREVIEW_CHARACTERS],
        parts=tuple(_parts(octets, structure.root, text)),
        warnings=tuple(sorted(warnings)),
    )


def _message_ids(value: bytes) -> list[str]:
    """The Message-IDs in a field, in order; the whole value when it is one without brackets."""
    text = decode_octets(value)
    found = MESSAGE_ID.findall(text)
    words = text.split()
    if not found and len(words) == 1:
        found = [words[0].strip("<>")]
    return [name for name in found if name and len(name) <= MOST_MESSAGE_ID]


def _message_id(header: Header) -> str:
    found = _message_ids(header.get(b"message-id"))
    return found[0] if found else ""


def _references(header: Header) -> tuple[str, ...]:
    """References, then what In-Reply-To adds. Of too many, the first and the newest are kept."""
    names = _message_ids(header.get(b"references")) + _message_ids(header.get(b"in-reply-to"))
    each = list(dict.fromkeys(names))
    if len(each) > MOST_REFERENCES:
        each = [each[0], *each[1 - MOST_REFERENCES :]]
    return tuple(each)


def _sent_at(header: Header) -> int | None:
    text = decode_octets(header.get(b"date")[:MOST_DATE])
    try:
        date = parsedate_tz(text)
        if date is None:
            return None
        at = int(datetime(*date[:6], tzinfo=UTC).timestamp())
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    zone = date[9] or 0
    return at - zone if at >= ONE_DAY and abs(zone) < ONE_DAY else None


def _parts(octets: bytes, entity: Entity, text: Text) -> Iterator[Part]:
    """The leaves in order; the parts of a message that is attached come after the whole of it."""
    content = entity.content
    if not content.is_multipart:
        yield Part(
            number=entity.number,
            media_type=content.media_type,
            charset=content.charset,
            name=content.name,
            disposition=content.disposition,
            content_id=content.content_id,
            transfer_encoding=content.encoding,
            offset=entity.offset,
            length=entity.length,
            size=text.sizes.get(entity.number, _decoded_size(octets, entity)),
            is_body=entity.number in text.own,
        )
    for child in entity.children:
        yield from _parts(octets, child, text)


def _decoded_size(octets: bytes, entity: Entity) -> int:
    """Octets once decoded: near enough to show, without decoding."""
    start, end = entity.offset, entity.offset + entity.length
    match entity.content.encoding:
        case TransferEncoding.BASE64:
            breaks = octets.count(b"\n", start, end) + octets.count(b"\r", start, end)
            padding = octets.count(b"=", max(start, end - 4), end)
            return max(0, (entity.length - breaks - padding) * 3 // 4)
        case TransferEncoding.QUOTED_PRINTABLE:
            return max(0, entity.length - 2 * octets.count(b"=", start, end))
        case TransferEncoding.IDENTITY:
            return entity.length
