"""The files a CDA carries: the PDF that is its body, and what its sections show. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator

from store.model.document import Rendition
from sync.documents.cda_types import SPACE, attribute
from sync.documents.xml import Element

MOST_FILES = 100
ALGORITHMS = {"SHA-1": "sha1", "SHA-256": "sha256"}
PLAIN = ("text/plain", "text/html", "text/rtf")


def renditions(document: Element) -> tuple[tuple[Rendition, ...], tuple[str, ...]]:
    """Every file inside, and what went wrong with one."""
    found: list[Rendition] = []
    warnings: dict[str, None] = {}
    for name, data in _carriers(document):
        if len(found) >= MOST_FILES:
            warnings["cda.too_many_files"] = None
            break
        octets, odd = _octets(data)
        warnings.update(dict.fromkeys(odd))
        if octets:
            media_type = attribute(data, "mediaType").lower() or "text/plain"
            found.append(Rendition(media_type=media_type, octets=octets, name=name))
    return tuple(found), tuple(warnings)


def _carriers(document: Element) -> Iterator[tuple[str, Element]]:
    for text in document.iterfind("component/nonXMLBody/text"):
        yield "", text
    for media in document.iter("observationMedia"):
        for value in media.iterfind("value"):
            yield attribute(media, "ID"), value


def _octets(data: Element) -> tuple[bytes, tuple[str, ...]]:
    """What an ED holds."""
    text = "".join(data.itertext())
    if attribute(data, "representation").upper() != "B64":
        if text.strip():
            return text.encode(), ()
        # Only named, where we shall not go and look.
        return b"", ("cda.file_elsewhere",) if data.find("reference") is not None else ()
    if attribute(data, "compression"):
        return b"", ("cda.file_compressed",)
    packed = SPACE.sub("", text).rstrip("=")
    try:
        octets = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b"", ("cda.file_broken",)
    return octets, _integrity(data, octets)


def _integrity(data: Element, octets: bytes) -> tuple[str, ...]:
    told = attribute(data, "integrityCheck")
    algorithm = ALGORITHMS.get(attribute(data, "integrityCheckAlgorithm") or "SHA-1")
    if not told or algorithm is None:
        return ()
    digest = hashlib.new(algorithm, octets, usedforsecurity=False)
    same = told == base64.b64encode(digest.digest()).decode() or told.lower() == digest.hexdigest()
    return () if same else ("cda.file_differs",)
