"""The files a CDA carries: the PDF that is its body, and what its sections show. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator

from store.model.document import Rendition
from sync.documents.cda_types import SPACE, attribute
from sync.documents.charset import decode
from sync.documents.delimited import lines_of
from sync.documents.hl7_results import BARE_PDF
from sync.documents.xml import Element

MOST_FILES = 100
ALGORITHMS = {"SHA-1": "sha1", "SHA-256": "sha256"}


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
            found.append(Rendition(media_type=_media_type(data, octets), octets=octets, name=name))
    return tuple(found), tuple(warnings)


def plain_text(document: Element, files: tuple[Rendition, ...]) -> str:
    """The words of a level 1 whose body is a text that was packed; '' for any other."""
    packed = any(map(is_packed, document.iterfind("component/nonXMLBody/text")))
    if not packed or not files or files[0].media_type != "text/plain":
        return ""
    return "\n".join(lines_of(decode(files[0].octets).text)).strip()


def is_packed(data: Element) -> bool:
    """Whether an ED is base64. Some programs forget to say it of a PDF, which is known without."""
    said = attribute(data, "representation").upper() == "B64"
    return said or (data.text or "").lstrip().startswith(BARE_PDF)


def _media_type(data: Element, octets: bytes) -> str:
    """A PDF is one whatever it is called; of the rest its writer is believed."""
    if octets.startswith(b"%PDF-"):
        return "application/pdf"
    return attribute(data, "mediaType").lower() or "text/plain"


def _carriers(document: Element) -> Iterator[tuple[str, Element]]:
    for text in document.iterfind("component/nonXMLBody/text"):
        yield "", text
    for media in document.iter("observationMedia"):
        for value in media.iterfind("value"):
            yield attribute(media, "ID"), value


def _octets(data: Element) -> tuple[bytes, tuple[str, ...]]:
    """What an ED holds."""
    text = "".join(data.itertext())
    if not is_packed(data):
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
