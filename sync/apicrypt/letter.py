"""Apicrypt letters: which pieces are sealed, and the letter once they are open. Pure.

The cipher is closed and stays the vendor's: what is here only finds what its program must open
(docs/routing.md). A sealed text carries the mark `$APICRYPT`, a sealed document ends in `.apz` (or
`.api`); its text is ISO-8859-1 between a header of twelve lines and `****FIN****`. The opened
letter is a letter again, so everything that reads letters reads it.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass

from store.errors import Permanent
from store.model.draft import Attachment, Draft
from store.model.ids import BlobId
from store.model.transfer import decode
from sync.mime.build import file_part, text_part
from sync.mime.header import end_of_header
from sync.mime.structure import Entity, scan
from sync.mime.words import decode_octets

MARK = b"$APICRYPT"
DOCUMENTS = (".apz", ".api")
ENDS = ("****FIN****", "****FINFICHIER****")
MOST_PIECES = 100
CONTENT_FIELD = re.compile(rb"(?:content-[a-z-]+|mime-version)[ \t]*:", re.IGNORECASE)
LETTERS = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "€": "EUR"}
    | {"œ": "oe", "Œ": "OE", "\u202f": "\xa0"}
)
"""What a French letter holds and ISO-8859-1 does not, as one wrote it in its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One piece for the vendor's program."""

    number: str
    """IMAP section."""
    octets: bytes
    """Decoded, as the program wants them."""
    name: str
    """Of a document, without the ending the seal gave it; '' for a text. From outside."""


def sealed_pieces(octets: bytes) -> tuple[Sealed, ...]:
    """What is sealed in a letter; () when it is none of theirs."""
    found = []
    for leaf in _leaves(scan(octets).root):
        name = leaf.content.name
        is_document = name.lower().endswith(DOCUMENTS)
        if not is_document and leaf.content.media_type != "text/plain":
            continue
        whole = _decoded(octets, leaf)
        if is_document or MARK in whole:
            found.append(
                Sealed(number=leaf.number, octets=whole, name=name[:-4] if is_document else "")
            )
    return tuple(found[:MOST_PIECES])


def opened(octets: bytes, results: Mapping[str, bytes], boundary: str) -> bytes:
    """The letter with its pieces open.

    Args:
        results: what the program made of each piece, by number.
        boundary: letters and digits, found nowhere else.
    """
    structure = scan(octets)
    pieces = {piece.number: piece for piece in sealed_pieces(octets)}
    parts = []
    for leaf in _leaves(structure.root):
        piece, result = pieces.get(leaf.number), results.get(leaf.number)
        if piece is None or result is None:
            parts.append(_as_it_was(octets, leaf))
        elif piece.name:
            parts.append(file_part(_attachment(piece.name, len(result)), result))
        else:
            parts.append(text_part(plain_text(result)))
    delimiter = f"--=_{boundary}\r\n".encode()
    content = f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_{boundary}"\r\n'
    body = b"".join(delimiter + part + b"\r\n" * (not part.endswith(b"\n")) for part in parts)
    return _own_fields(octets) + content.encode() + b"\r\n" + body + delimiter[:-2] + b"--\r\n"


def plain_text(result: bytes) -> str:
    """The text a sealed body held, its closing lines taken off."""
    text = result.decode("iso-8859-1").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line for line in text.split("\n") if line.strip() not in ENDS]
    return "\n".join(lines).rstrip("\n")


def to_seal(body: str) -> bytes:
    """A body as the program wants it.

    Raises:
        Permanent: `apicrypt.letters`, it holds what ISO-8859-1 cannot write: nothing is changed
            into a question mark.
    """
    text = body.translate(LETTERS).replace("\r\n", "\n").replace("\n", "\r\n")
    closed = "\r\n".join([text.rstrip("\r\n"), *ENDS, ""])
    try:
        return closed.encode("iso-8859-1")
    except UnicodeEncodeError as error:
        raise Permanent("apicrypt.letters", letters=text[error.start : error.start + 8]) from error


def sealed_draft(written: Draft, subject: str, text: bytes, documents: list[bytes]) -> Draft:
    """`written` once its text and documents are sealed. Its subject is not: it says nothing.

    Raises:
        Permanent: `apicrypt.failed`, the program gave no text.
    """
    if MARK not in text:
        raise Permanent("apicrypt.failed")
    attachments = tuple(
        Attachment(
            name=f"{a.name}.apz",
            media_type="application/octet-stream",
            blob_id=BlobId(b""),
            size=len(octets),
        )
        for a, octets in zip(written.attachments, documents, strict=True)
    )
    return Draft(
        sender=written.sender,
        to=written.to,
        cc=written.cc,
        subject=subject,
        body=text.decode("iso-8859-1"),
        in_reply_to=written.in_reply_to,
        references=written.references,
        attachments=attachments,
    )


def _leaves(entity: Entity) -> list[Entity]:
    if not entity.children:
        return [entity]
    return [leaf for child in entity.children for leaf in _leaves(child)]


def _decoded(octets: bytes, leaf: Entity) -> bytes:
    return decode(octets[leaf.offset : leaf.offset + leaf.length], leaf.content.encoding)


def _attachment(name: str, size: int) -> Attachment:
    return Attachment(
        name=name,
        media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        blob_id=BlobId(b""),
        size=size,
    )


def _as_it_was(octets: bytes, leaf: Entity) -> bytes:
    """A part that was not sealed, decoded and written again."""
    name = leaf.content.name or "document"
    content = _decoded(octets, leaf)
    if leaf.content.media_type == "text/plain" and not leaf.content.name:
        return text_part(decode_octets(content, leaf.content.charset))
    return file_part(
        Attachment(
            name=name,
            media_type=leaf.content.media_type,
            blob_id=BlobId(b""),
            size=len(content),
        ),
        content,
    )


def _own_fields(octets: bytes) -> bytes:
    """The letter's header without what described its old content."""
    end, _ = end_of_header(octets, 0, len(octets))
    kept, keeping = [], True
    for line in octets[:end].splitlines(keepends=True):
        if not line.startswith((b" ", b"\t")):
            keeping = not CONTENT_FIELD.match(line)
        if keeping:
            kept.append(line)
    return b"".join(kept)
