"""Where the parts of a CMS message lie (RFC 5652 §3): its type, its content, its small fields."""

from __future__ import annotations

from dataclasses import dataclass

from asn1crypto import core

from store.errors import Permanent
from sync.smime import oids
from sync.smime.ber import (
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    Element,
    Octets,
    Reader,
    context,
)
from sync.smime.structures import reading

KINDS = {oids.SIGNED, oids.ENVELOPED, oids.AUTH_ENVELOPED, oids.COMPRESSED}
MOST_CERTIFICATES, MOST_SIGNERS, MOST_RECIPIENTS = 100, 16, 2000


@dataclass(frozen=True, slots=True)
class Outline:
    """A ContentInfo: what it holds, and the fields of that."""

    reader: Reader
    kind: str
    """OID, one of `KINDS`."""
    fields: list[Element]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encapsulated:
    """An EncapsulatedContentInfo or EncryptedContentInfo."""

    content_type: str
    algorithm: Element | None
    """Of its encryption."""
    pieces: list[memoryview] | None
    """None when there is no content."""
    string: bool
    """Whether the content is an OCTET STRING, as it must be."""


def outline(octets: Octets) -> Outline:
    """Look at a message without reading its content.

    Raises:
        Permanent: `smime.malformed`, `smime.too_complex`; `smime.not_cms`, it is something else.
    """
    reader = Reader(octets)
    root = reader.root()
    if root.tag != SEQUENCE:
        raise Permanent("smime.not_cms")
    parts = list(reader.children(root))
    if len(parts) != 2 or parts[0].tag != OID or parts[1].tag != context(0):
        raise Permanent("smime.not_cms")
    kind = number(reader, parts[0])
    if kind not in KINDS:
        raise Permanent("smime.not_cms")
    held = reader.only(parts[1])
    fields = list(reader.children(held))
    if held.tag != SEQUENCE or not fields or fields[0].tag != INTEGER:
        raise Permanent("smime.malformed")
    return Outline(reader, kind, fields)


def number(reader: Reader, element: Element) -> str:
    """An OBJECT IDENTIFIER in dotted form."""
    with reading():
        return str(core.ObjectIdentifier.load(reader.raw(element), strict=True).dotted)


def take(fields: list[Element], *tags: int) -> Element | None:
    """The next field where it has one of these tags; it is taken off the list."""
    return fields.pop(0) if fields and fields[0].tag in tags else None


def need(fields: list[Element], *tags: int) -> Element:
    """The next field, which must have one of these tags.

    Raises:
        Permanent: `smime.malformed`.
    """
    found = take(fields, *tags)
    if found is None:
        raise Permanent("smime.malformed")
    return found


def encapsulated(reader: Reader, element: Element) -> Encapsulated:
    """EncapsulatedContentInfo: a type, and its content in [0] EXPLICIT."""
    fields = list(reader.children(element))
    content_type = number(reader, need(fields, OID))
    wrapped = take(fields, context(0))
    if wrapped is None:
        return Encapsulated(content_type=content_type, algorithm=None, pieces=None, string=True)
    held = reader.only(wrapped)
    string = held.tag & ~0x20 == OCTET_STRING
    # PKCS #7 v1.5 allowed any type here; what is signed then is its body.
    pieces = reader.pieces(held) if string else [reader.view[held.body : held.body_end]]
    return Encapsulated(content_type=content_type, algorithm=None, pieces=pieces, string=string)


def encrypted(reader: Reader, element: Element) -> Encapsulated:
    """EncryptedContentInfo: a type, an algorithm, and the content in [0] IMPLICIT."""
    fields = list(reader.children(element))
    content_type = number(reader, need(fields, OID))
    algorithm = need(fields, SEQUENCE)
    held = take(fields, context(0), context(0, constructed=False))
    pieces = None if held is None else reader.pieces(held)
    return Encapsulated(content_type=content_type, algorithm=algorithm, pieces=pieces, string=True)


def members(reader: Reader, element: Element | None, most: int) -> list[Element]:
    """The members of a SET, at most so many.

    Raises:
        Permanent: `smime.too_complex`.
    """
    found = [] if element is None else list(reader.children(element))
    if len(found) > most:
        raise Permanent("smime.too_complex")
    return found
