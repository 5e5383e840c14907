"""The one door to XML for health documents: octets in, a tree out. Pure.

Anybody may have written these octets. No document type is read, so there is no entity to expand and
no file or address to fetch; what is too large, too full or too deep is refused before it costs
more than it may. Octets that are not in the encoding they declare are read as Windows-1252, which
is what they nearly always are, and this is told.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from store.errors import Permanent

Element: TypeAlias = etree._Element

MOST_OCTETS = 20 * 1024 * 1024
MOST_NODES = 1_000_000
"""Of elements, their ends, and attributes: a large true document has a tenth."""
MOST_DEPTH = 200
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
ENCODINGS = {
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii"), "utf-8"),
    "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    # Who declares Latin-1 writes Windows-1252: the same letters, and the euro and quotes besides.
    **dict.fromkeys(("iso-8859-1", "latin1", "windows-1252", "cp1252"), "cp1252"),
    **dict.fromkeys(("iso-8859-15", "latin9", "latin-9"), "iso-8859-15"),
}
"""In each of them '<' is an octet 3C, so that what is counted before parsing is what is parsed."""
DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
PROLOG = re.compile(r"(?:[ \t\r\n]+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tree:
    """A document that was read."""

    root: Element
    warnings: tuple[str, ...] = ()


def read_xml(octets: bytes) -> Tree:
    """Parse a document.

    Raises:
        Permanent: `xml.too_large`, `xml.too_full`, `xml.too_deep`; `xml.doctype`, it wants a
            document type; `xml.encoding`, it is in none that Pli reads; `xml.malformed`.
    """
    if len(octets) > MOST_OCTETS:
        raise Permanent("xml.too_large", most_mb=MOST_OCTETS // 2**20)
    if octets.count(b"<") + octets.count(b"=") > MOST_NODES:
        raise Permanent("xml.too_full")
    text, warnings = _decoded(octets)
    text = DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"), count=1)
    prolog = PROLOG.match(text)
    if prolog and text.startswith("<!DOCTYPE", prolog.end()):
        raise Permanent("xml.doctype")
    root = _parsed(text.encode("utf-8", "replace"))
    if _deeper_than(root, MOST_DEPTH):
        raise Permanent("xml.too_deep")
    return Tree(root, warnings)


def _decoded(octets: bytes) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in BOMS:
        if octets.startswith(mark):
            return _in(encoding, octets[len(mark) :])
    if octets[:4] in (b"<\0?\0", b"\0<\0?"):
        return _in("utf-16-le" if octets[0] else "utf-16-be", octets)
    declared = DECLARED.match(octets[:400].lstrip())
    named = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if named not in ENCODINGS:
        raise Permanent("xml.encoding", encoding=named)
    # The declaration was read octet by octet, so it lies when it names a wider one.
    encoding = ENCODINGS[named]
    return _in("utf-8" if encoding.startswith("utf-16") else encoding, octets)


def _in(encoding: str, octets: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        return octets.decode(encoding), ()
    except UnicodeDecodeError:
        if encoding.startswith("utf-16"):
            raise Permanent("xml.malformed") from None
        return octets.decode("cp1252", "replace"), ("xml.wrong_encoding",)


def _parsed(octets: bytes) -> Element:
    # `huge_tree`: a PDF inside may pass libxml2's 10 MB for one text; its other limits guard
    # against entities, and without a document type there are none.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        root: Element = etree.fromstring(octets, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Permanent("xml.malformed") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Permanent("xml.doctype")
    return root


def _deeper_than(root: Element, most: int) -> bool:
    """Whether an element lies below `most` others. By hand: libxml2 itself stops at 2,048."""
    above = [iter(root)]
    while above:
        child = next(above[-1], None)
        if child is None:
            above.pop()
        elif len(child):
            above.append(iter(child))
            if len(above) >= most:
                return True
    return False


def local_name(element: Element) -> str:
    """The name of an element without its namespace; '' for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
