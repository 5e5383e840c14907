"""Octets to elements and back (X.690): BER is read without being believed, DER is written.

CMS in the wild is BER: lengths left open, octet strings in pieces. asn1crypto reads that, but it
recurses as deep as the sender wishes and copies the content once for each level it lies in. So a
message is first walked here, within limits and without recursion that a sender can steer; its
content stays where it is, as views; only what is small goes on, as DER, to asn1crypto.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from store.errors import Permanent

Octets = bytes | bytearray | memoryview

MOST_DEPTH = 40
"""CMS in a letter needs about 12, certificates included."""
MOST_ELEMENTS = 600_000
"""BouncyCastle cuts content into pieces of 1,000 octets: 100 MB is 100,000 of them."""

INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x02, 0x03, 0x04, 0x05, 0x06
SEQUENCE, SET = 0x30, 0x31
CONSTRUCTED = 0x20
IN_PIECES = OCTET_STRING | CONSTRUCTED


def context(number: int, *, constructed: bool = True) -> int:
    """The identifier octet of a context tag."""
    return 0x80 | number | (CONSTRUCTED if constructed else 0)


class Element(NamedTuple):
    """Where one element lies. `end` is past its end marker, `body_end` before it."""

    tag: int
    """The identifier octet; all that CMS uses fit in one."""
    start: int
    body: int
    body_end: int
    end: int

    @property
    def constructed(self) -> bool:
        """Whether it is made of elements."""
        return bool(self.tag & CONSTRUCTED)

    @property
    def open_ended(self) -> bool:
        """Whether its length was left open."""
        return self.end != self.body_end


class Reader:
    """The elements of one message; counts them all, so that no message costs more than its limit.

    Every method raises Permanent `smime.malformed` or `smime.too_complex`.
    """

    def __init__(self, octets: Octets) -> None:
        self.view = memoryview(octets)
        self.left = MOST_ELEMENTS
        self.ends: dict[int, int] = {}
        """Of open-ended elements already walked: where the body begins -> where it ends."""

    def root(self) -> Element:
        """The first element. What follows it, some mailers' line breaks, is not looked at."""
        return self._at(0, len(self.view))

    def children(self, parent: Element) -> Iterator[Element]:
        """The elements within one, in order."""
        at = parent.body
        while at < parent.body_end:
            child = self._at(at, parent.body_end)
            yield child
            at = child.end

    def only(self, parent: Element) -> Element:
        """The one element within another."""
        found = list(self.children(parent))
        if len(found) != 1:
            raise _malformed()
        return found[0]

    def pieces(self, string: Element) -> list[memoryview]:
        """An OCTET STRING, whole or in pieces; its tag may be an implicit one."""
        if not string.constructed:
            return [self.view[string.body : string.body_end]]
        found, waiting = [], [self.children(string)]
        while waiting:
            child = next(waiting[-1], None)
            if child is None:
                waiting.pop()
            elif child.tag == OCTET_STRING:
                found.append(self.view[child.body : child.body_end])
            elif child.tag == IN_PIECES and len(waiting) < MOST_DEPTH:
                waiting.append(self.children(child))
            else:
                raise _malformed()
        return found

    def raw(self, element: Element) -> bytes:
        """Its octets as they came, or as DER where its length was left open."""
        if element.open_ended:
            return self.der(element)
        return bytes(self.view[element.start : element.end])

    def der(self, element: Element, *, tag: int | None = None) -> bytes:
        """The same with definite lengths and whole octet strings; `tag` replaces its own."""
        return self._der(element, element.tag if tag is None else tag, 0)

    def _der(self, element: Element, tag: int, depth: int) -> bytes:
        if depth > MOST_DEPTH:
            raise Permanent("smime.too_complex")
        if element.tag == IN_PIECES:
            return der(OCTET_STRING, *self.pieces(element))
        if not element.constructed:
            return der(tag, self.view[element.body : element.body_end])
        return der(tag, *(self._der(c, c.tag, depth + 1) for c in self.children(element)))

    def _at(self, at: int, limit: int) -> Element:
        tag, body, length = self._head(at, limit)
        if length is None:
            end = self._end_of_open(body, limit)
            return Element(tag, at, body, end, end + 2)
        return Element(tag, at, body, body + length, body + length)

    def _head(self, at: int, limit: int) -> tuple[int, int, int | None]:
        """(tag, where the body begins, its length or None when left open)."""
        self.left -= 1
        if self.left < 0:
            raise Permanent("smime.too_complex")
        view = self.view
        if at + 2 > limit:
            raise _malformed()
        tag, length, body = view[at], view[at + 1], at + 2
        if tag & 0x1F == 0x1F:
            raise _malformed()
        if length == 0x80:
            if not tag & CONSTRUCTED:
                raise _malformed()
            return tag, body, None
        if length > 0x80:
            more = length - 0x80
            if more > 8 or body + more > limit:
                raise _malformed()
            length, body = int.from_bytes(view[body : body + more], "big"), body + more
        if body + length > limit:
            raise _malformed()
        return tag, body, length

    def _end_of_open(self, body: int, limit: int) -> int:
        """Where the body of an open-ended element ends: before its marker, two zero octets."""
        if (known := self.ends.get(body)) is not None:
            return known
        opened, at = [body], body
        while opened:
            if at + 2 <= limit and not self.view[at] and not self.view[at + 1]:
                self.ends[opened.pop()] = at
                at += 2
                continue
            _, inner, length = self._head(at, limit)
            if length is None:
                if len(opened) >= MOST_DEPTH:
                    raise Permanent("smime.too_complex")
                opened.append(inner)
            at = inner if length is None else inner + length
        return self.ends[body]


def _malformed() -> Permanent:
    return Permanent("smime.malformed")


def head(tag: int, length: int) -> bytes:
    """The identifier and length of an element whose body is `length` octets."""
    if length < 0x80:
        return bytes((tag, length))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets


def der(tag: int, *parts: Octets) -> bytes:
    """An element made of `parts`."""
    return b"".join((head(tag, sum(map(len, parts))), *parts))


def sequence(*parts: Octets) -> bytes:
    """A SEQUENCE."""
    return der(SEQUENCE, *parts)


def set_of(parts: Iterable[bytes]) -> bytes:
    """A SET OF, in the order DER wants (X.690 §11.6)."""
    return der(SET, *sorted(parts))


def integer(number: int) -> bytes:
    """A non-negative INTEGER."""
    return der(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def octet_string(octets: Octets) -> bytes:
    """An OCTET STRING."""
    return der(OCTET_STRING, octets)


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    return der(OID, b"".join(_base128(n) for n in (40 * first + second, *rest)))


def _base128(number: int) -> bytes:
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.insert(0, 0x80 | number & 0x7F)
    return bytes(octets)
