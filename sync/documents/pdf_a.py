"""What can be seen of PDF/A-1 without a PDF reader, and the name a PDF is sent under.

No verdict: a file in which nothing is found may still break ISO 19005-1 (colours, transparency, the
tables of its fonts). PDF/A-1 allows no object streams, so that what is looked for lies open: a
file that hides its objects in streams is found by that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from store.errors import Permanent
from store.model.document import HealthDocument
from sync.documents.facts import Fact, day_digits, family_name, given_name, require

MOST_TYPE = 40
MOST_NAME = 60
HEADER = re.compile(rb"%PDF-1\.([0-9])")
STREAM, END_OF_STREAM = re.compile(rb"(?<!end)stream(?=\r?\n)"), b"endstream"
PACKET, END_OF_PACKET = re.compile(rb"<rdf:RDF\b"), b"</rdf:RDF>"
END_OF_OBJECT = b"endobj"
PART = re.compile(rb"pdfaid:part(?:>|=[\"'])\s*([0-9])")
CONFORMANCE = re.compile(rb"pdfaid:conformance(?:>|=[\"'])\s*([A-Za-z])")
DESCRIPTOR = re.compile(rb"/Type\s*/FontDescriptor\b")
FONT_FILE = re.compile(rb"/FontFile[23]?\b")
FONT = re.compile(rb"/Type\s*/Font\b(?!Descriptor)")
SIMPLE_FONT = re.compile(rb"/Subtype\s*/(?:Type1|MMType1|TrueType|CIDFontType[02])\b")
HAS_DESCRIPTOR = re.compile(rb"/FontDescriptor\b")
NO_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff/\\:*?"<>|_]+')


class Finding(StrEnum):
    """What is against PDF/A-1. All that is looked for stands here."""

    NOT_A_PDF = "not_a_pdf"
    VERSION = "version"
    """Later than PDF 1.4."""
    ENCRYPTED = "encrypted"
    NO_CLAIM = "no_claim"
    """No XMP packet says pdfaid:part 1 with conformance A or B."""
    OBJECT_STREAMS = "object_streams"
    """Objects or the table of them are in compressed streams (PDF 1.5)."""
    FONT_NOT_EMBEDDED = "font_not_embedded"
    NO_OUTPUT_INTENT = "no_output_intent"
    """No GTS_PDFA1: colours that no profile defines."""
    ACTIVE = "active"
    """JavaScript, Launch, or a file within the file."""
    LZW = "lzw"


WANTED = ((re.compile(rb"/GTS_PDFA1\b"), Finding.NO_OUTPUT_INTENT),)
FORBIDDEN = (
    (re.compile(rb"/Encrypt\b"), Finding.ENCRYPTED),
    (re.compile(rb"/Type\s*/(?:ObjStm|XRef)\b"), Finding.OBJECT_STREAMS),
    (re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles)\b"), Finding.ACTIVE),
    (re.compile(rb"/LZWDecode\b"), Finding.LZW),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfClaim:
    """What a PDF says of itself, and what was seen against it."""

    claim: str
    """'1A' or '1B' when its XMP packet says so; '' otherwise. Never our word."""
    findings: tuple[Finding, ...]


def look_at_pdf(octets: bytes) -> PdfClaim:
    """What can be seen cheaply; `Finding` lists each thing that is looked for."""
    header = HEADER.search(octets[:1024])
    if header is None:
        return PdfClaim(claim="", findings=(Finding.NOT_A_PDF,))
    claim = _claim(octets)
    findings = dict.fromkeys(_findings(octets, int(header[1]), claim))
    return PdfClaim(claim=claim, findings=tuple(findings))


def _claim(octets: bytes) -> str:
    for start, end in _spans(octets, PACKET, END_OF_PACKET):
        packet = octets[start:end]
        part, conformance = PART.search(packet), CONFORMANCE.search(packet)
        if part and conformance and part[1] == b"1" and conformance[1].upper() in b"AB":
            return "1" + conformance[1].decode().upper()
    return ""


def _findings(octets: bytes, version: int, claim: str) -> Iterator[Finding]:
    if version > 4:
        yield Finding.VERSION
    if not claim:
        yield Finding.NO_CLAIM
    bare = _without_streams(octets)
    for pattern, finding in FORBIDDEN:
        if pattern.search(bare):
            yield finding
    for pattern, finding in WANTED:
        if not pattern.search(bare):
            yield finding
    if any(map(_is_bare_font, bare.split(END_OF_OBJECT))):
        yield Finding.FONT_NOT_EMBEDDED


def _spans(octets: bytes, begins: re.Pattern[bytes], ends: bytes) -> Iterator[tuple[int, int]]:
    """Where each run lies that begins and ends so; one look at each octet, whatever they are."""
    at = 0
    while (start := begins.search(octets, at)) and (end := octets.find(ends, start.end())) >= 0:
        yield start.start(), end
        at = end + len(ends)


def _without_streams(octets: bytes) -> bytes:
    """The objects alone: what lies in a stream could look like anything."""
    kept, at = [], 0
    for start, end in _spans(octets, STREAM, END_OF_STREAM):
        kept.append(octets[at:start])
        at = end
    return b"".join([*kept, octets[at:]])


def _is_bare_font(said: bytes) -> bool:
    """A font without its file: its descriptor names none, or it has no descriptor."""
    if DESCRIPTOR.search(said):
        return not FONT_FILE.search(said)
    font = FONT.search(said) and SIMPLE_FONT.search(said)
    return bool(font and not HAS_DESCRIPTOR.search(said))


def require_plain_pdf(octets: bytes) -> PdfClaim:
    """What was seen of a PDF that can be sent at all.

    Raises:
        Permanent: `document.not_a_pdf`; `document.pdf_encrypted`, its reader could not open it.
    """
    seen = look_at_pdf(octets)
    if Finding.NOT_A_PDF in seen.findings:
        raise Permanent("document.not_a_pdf")
    if Finding.ENCRYPTED in seen.findings:
        raise Permanent("document.pdf_encrypted")
    return seen


def pdf_name(document: HealthDocument, type_name: str, order_number: str = "") -> str:
    """The name of a PDF by ECO.2.1.6: `<AAAAMMJJ>_<type>_<NOM>_<Prénom>[_<dossier>].pdf`.

    Raises:
        Missing: a part of the name is not known.
    """
    patient = document.patient
    day = day_digits(document.service_at.day) if document.service_at else ""
    parts = {
        Fact.SERVICE_AT: day if len(day) == 8 else "",
        Fact.TYPE_NAME: _part(type_name)[:MOST_TYPE].strip(),
        Fact.PATIENT_NAME: _part(family_name(patient).upper()) if patient else "",
        Fact.GIVEN_NAME: _part(given_name(patient)) if patient else "",
    }
    require(fact for fact, part in parts.items() if not part)
    number = _part(order_number)
    return "_".join([*parts.values(), *([number] if number else [])]) + ".pdf"


def _part(text: str) -> str:
    """`text` without what a file name cannot hold, nor the sign that parts it."""
    return NO_NAME.sub("-", " ".join(text.split()))[:MOST_NAME].strip(" .-")
