"""What a letter seems to carry and how urgent it says it is: from its first octets, or its parts.

A guess that only decides what comes first: nothing is filed, hidden or trusted by it. Health mail
in France says what it is in three ways: the subject and fields of an XDM document
(`XDM/1.0/DDM+`, X-MSS-CODECDA), the names of HPRIM files, and HL7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from store.model.structure import AnnouncedPart, Kind, Marks
from sync.mime.header import end_of_header, read_header
from sync.mime.structure import Entity, scan
from sync.mime.words import decode_octets, unstructured

URGENT_FIELD = re.compile(
    rb"^(?:Importance:[ \t]*high|X-Priority:[ \t]*[12]|X-MSMail-Priority:[ \t]*high"
    rb"|Priority:[ \t]*urgent)\b",
    re.I | re.M,
)
"""RFC 2156 §5.3.4 and §5.3.6; the X fields are what most mail programs write."""
URGENT_SUBJECT = re.compile(r"(?<!\bNON[ -])(?<!\bPAS )\bURGENTE?S?\b|^\W*[Uu]rgente?s?\b", re.A)
"""In capitals anywhere, or as the first word: what secretaries write."""
XDM = "XDM/1.0/DDM+"
CDA_CODES = re.compile(rb"^X-MSS-CODECDA[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.I | re.M)
BIOLOGY_CODES = {"11502-2", "96173-0"}
"""LOINC of the results that laboratories send, and of those of a quick test (TROD)."""
BIOLOGY_WORDS = re.compile(
    r"biolog|r[ée]sultat|analyse|h[ée]mato|bact[ée]rio|microbio|\btrod\b", re.I
)
RESULT_NAME = re.compile(r"\.(?:hpr|hpm|hprim|hl7|oru)\Z", re.I)
RESULT_TYPE = re.compile(r"(?:x-)?(?:application|text)/(?:x-)?(?:edi-)?(?:hl7|hprim)", re.I)
RESULT_TEXT = re.compile(rb"^(?:MSH\|\^~|H\|~\^|\*{4}LAB\*{4}|RES\|[^|\r\n]*\|)", re.M)
IMAGE_TYPE = re.compile(r"(?:image|video|audio)/|application/dicom\b", re.I)
IMAGE_NAME = re.compile(r"\.(?:jpe?g|png|heic|tiff?|bmp|gif|dcm|mp4|mov)\Z", re.I)


def is_urgent(header: bytes) -> bool:
    """Whether its sender says so, in a field or in the subject."""
    if URGENT_FIELD.search(header):
        return True
    return URGENT_SUBJECT.search(_subject(header).removeprefix(XDM)) is not None


def marks_of(beginning: bytes) -> Marks:
    """What the first octets of a letter tell; never raises."""
    header = beginning[: end_of_header(beginning, 0, len(beginning))[1]]
    return Marks(_kind(beginning, header), is_urgent(header))


def kind_of_parts(parts: Sequence[AnnouncedPart]) -> Kind:
    """The same from what a server says the parts are: it knows those that are not here."""
    if any(_is_result(part.name, part.media_type) for part in parts):
        return Kind.RESULT
    pictures = sum(part.length for part in parts if _is_image(part.name, part.media_type))
    return Kind.IMAGE if pictures * 2 > sum(part.length for part in parts) else Kind.LETTER


def _kind(beginning: bytes, header: bytes) -> Kind:
    if _is_biology(header) or RESULT_TEXT.search(beginning):
        return Kind.RESULT
    leaves = [leaf.content for leaf in _leaves([scan(beginning).root])]
    if any(_is_result(leaf.name, leaf.media_type) for leaf in leaves):
        return Kind.RESULT
    # The last leaf is the one in which what is here ends: most often the long one.
    if leaves and _is_image(leaves[-1].name, leaves[-1].media_type):
        return Kind.IMAGE
    return Kind.LETTER


def _is_biology(header: bytes) -> bool:
    subject = _subject(header)
    if (codes := CDA_CODES.search(header)) is not None:
        return bool(BIOLOGY_CODES & set(re.split(r"[,;\s]+", decode_octets(codes[1]))))
    return subject.startswith(XDM) and BIOLOGY_WORDS.search(subject) is not None


def _subject(header: bytes) -> str:
    return unstructured(read_header(header).get(b"subject"))


def _is_result(name: str, media_type: str) -> bool:
    return bool(RESULT_NAME.search(name) or RESULT_TYPE.match(media_type))


def _is_image(name: str, media_type: str) -> bool:
    return bool(IMAGE_TYPE.match(media_type) or IMAGE_NAME.search(name))


def _leaves(entities: Iterable[Entity]) -> Iterator[Entity]:
    """Bounded: the scan that made them counts depth and parts."""
    for entity in entities:
        if not entity.children:
            yield entity
        yield from _leaves(entity.children)
