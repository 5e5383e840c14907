"""BODYSTRUCTURE (RFC 3501 §7.4.2) made into a list of parts. Pure, bounded, and never believed.

What it says decides what comes first and what is shown before a download; what is kept is judged by
the octets themselves. Numbers are those of `sync/mime/structure.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from store.errors import Transient
from store.model.structure import AnnouncedPart
from sync.imap.reading import fetch_items, uid_of
from sync.imap.replies import Untagged
from sync.imap.tokens import Token, number
from sync.mime.content import MESSAGE, read_content
from sync.mime.header import MOST_STRUCTURED, Header

MOST_OCTETS = 64 * 1024
MOST_PARTS = 100
"""A letter of more is shown with its first ones."""
MOST_DEPTH = 32
READABLE = ("text/plain", "text/html")
UNQUOTABLE = bytes.maketrans(b"\r\n\0", b"   ")


def structure_of(response: Untagged) -> tuple[int, tuple[AnnouncedPart, ...]] | None:
    """UID and parts; None when the response is no structure, or none that can be read."""
    if sum(map(len, response.parts)) > MOST_OCTETS:
        return None
    try:
        items = fetch_items(response)
        body = items.get(b"BODYSTRUCTURE")
        if not isinstance(body, list) or b"UID" not in items:
            return None
        return uid_of(items[b"UID"]), tuple(_some(_leaves(body, "", "1", 0, own=True)))
    except Transient:
        # Framing is whole: only this answer makes no sense.
        return None


def speaks_of_structure(response: Untagged) -> bool:
    """Whether it answers a question for BODYSTRUCTURE, readable or not."""
    return response.name == b"FETCH" and b"BODYSTRUCTURE" in response.parts[0][:100].upper()


def _some(found: Iterator[AnnouncedPart]) -> Iterator[AnnouncedPart]:
    for _, part in zip(range(MOST_PARTS), found, strict=False):
        yield part


def _leaves(
    body: list[Token], prefix: str, own_number: str, depth: int, *, own: bool
) -> Iterator[AnnouncedPart]:
    """The leaves in order. `own`: not within an attached letter."""
    if depth > MOST_DEPTH or not body:
        raise Transient("imap.protocol")
    if isinstance(body[0], list):
        for position, child in enumerate(body, 1):
            if not isinstance(child, list):
                return
            below = f"{prefix}.{position}" if prefix else str(position)
            yield from _leaves(child, below, below, depth + 1, own=own)
        return
    leaf = _leaf(body, own_number, own=own)
    yield leaf
    if leaf.media_type == MESSAGE and len(body) > 8 and isinstance(body[8], list):
        yield from _leaves(body[8], own_number, f"{own_number}.1", depth + 1, own=False)


def _leaf(body: list[Token], own_number: str, *, own: bool) -> AnnouncedPart:
    if len(body) < 7:
        raise Transient("imap.protocol")
    kind, subtype, parameters, content_id, _, encoding, octets = body[:7]
    media_type = b"%s/%s" % (_octets(kind), _octets(subtype))
    extension = 10 if media_type.lower() == MESSAGE.encode() else 8 if _is_text(kind) else 7
    disposed = body[extension + 1] if len(body) > extension + 1 else None
    disposition = b""
    if isinstance(disposed, list) and disposed:
        parameters_of = disposed[1] if len(disposed) > 1 else None
        disposition = _field(_octets(disposed[0]), parameters_of)
    content = read_content(
        Header(
            fields={
                b"content-type": _field(media_type, parameters),
                b"content-disposition": disposition,
                b"content-transfer-encoding": _octets(encoding),
                b"content-id": _octets(content_id),
            }
        )
    )
    is_attachment = bool(content.name) or content.disposition == "attachment"
    return AnnouncedPart(
        number=own_number,
        media_type=content.media_type,
        charset=content.charset,
        name=content.name,
        disposition=content.disposition,
        transfer_encoding=content.encoding,
        length=number(octets),
        is_body=own and not is_attachment and content.media_type in READABLE,
    )


def _is_text(kind: Token) -> bool:
    """A text says its lines after its octets, and its extensions after these."""
    return isinstance(kind, bytes) and kind.lower() == b"text"


def _octets(token: Token) -> bytes:
    return token[:MOST_STRUCTURED].translate(UNQUOTABLE) if isinstance(token, bytes) else b""


def _field(value: bytes, parameters: Token) -> bytes:
    """A header field as it may have been written, for the one reader of such fields."""
    pairs = parameters if isinstance(parameters, list) else []
    written = [value]
    for name, said in zip(pairs[::2], pairs[1::2], strict=False):
        quoted = _octets(said).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        # An extended value (RFC 2231) is never quoted.
        form = b"%s=%s" if _octets(name).endswith(b"*") else b'%s="%s"'
        written.append(form % (_octets(name), quoted))
    return b"; ".join(written)[:MOST_STRUCTURED]
