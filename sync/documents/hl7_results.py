"""The OBX of an HL7 v2 message: a result, or a file that it carries.

Rules: HL7 v2.5 chapter 7 (OBX, tables 0078 and 0085) and 2.A for each type of value. A file of type
ED is known by its first octets, not by what the message calls it: the agency's own samples say TEXT
of an XML.
"""

from __future__ import annotations

import base64
import binascii
import re
from decimal import Decimal

from store.model.document import Moment, Observation, Rendition, Status
from sync.documents import said
from sync.documents.delimited import Segment
from sync.documents.hprim_results import STATES
from sync.documents.judgement import judged
from sync.documents.oids import LOINC, TRE_A05

SYSTEMS = {"LN": LOINC, "LOINC": LOINC, "TRE_A05": TRE_A05}
TEXTS = ("ST", "TX", "FT")
BARE_PDF = "JVBERi0"
"""%PDF- in base64."""
MOST_FILES = 100
CODED = ("CE", "CWE", "CNE", "CF", "IS")
BLANKS = re.compile(rb"[^A-Za-z0-9+/]+")
"""Line ends, and the escape that some programs write for them."""
MEDIA = (
    (b"%PDF-", "application/pdf"),
    (b"{\\rtf", "application/rtf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n", "image/png"),
    (b"PK\x03\x04", "application/zip"),
)


def observation(obx: Segment, *, group: tuple[str, ...], collected: Moment | None) -> Observation:
    """A result."""
    code, label, system = coded(obx, 3)
    value, number, comparator = _value(obx)
    usual = said.bounds(obx.part(7)) if len(obx.repetitions(7)) == 1 else None
    abnormality, remark = judged(obx.component(each, 1) for each in obx.repetitions(8))
    return Observation(
        label=label or code,
        code=code,
        code_system=system,
        value=value,
        number=number,
        comparator=comparator,
        unit=obx.part(6) or obx.part(6, 2),
        low=usual[0] if usual else "",
        high=usual[1] if usual else "",
        reference="" if usual else obx.text(7).strip(),
        abnormality=abnormality,
        comment=remark,
        status=STATES.get(obx.part(11).upper(), Status.UNKNOWN),
        observed_at=said.hl7_moment(obx.part(14)) or collected,
        group=group,
    )


def coded(each: Segment, field: int) -> tuple[str, str, str]:
    """The code, the words and the system of a CE: LOINC where one of its two codes is one."""
    code, label, system = (each.part(field, place) for place in (1, 2, 3))
    other, words, second = (each.part(field, place) for place in (4, 5, 6))
    if SYSTEMS.get(second.upper()) == LOINC and SYSTEMS.get(system.upper()) != LOINC and other:
        return other, label or words, LOINC
    return code, label or words, SYSTEMS.get(system.upper(), system)


def _value(obx: Segment) -> tuple[str, Decimal | None, str]:
    """OBX-5 as words, the number it surely is, and what stands before the number."""
    kind = obx.part(2).upper()
    if kind == "SN":
        return _structured(obx)
    words = _coded_value(obx) if kind in CODED else obx.text(5)
    words = words.strip()
    if kind == "NM" and (number := said.point_number(words)) is not None:
        return words, number, ""
    understood = said.quantity(words)
    return words, understood.number, understood.comparator


def _structured(obx: Segment) -> tuple[str, Decimal | None, str]:
    """SN: comparator, number, separator, second number: '>^100', '^1^:^128', '^10^-^20'."""
    comparator, first, separator, second = (obx.part(5, place) for place in (1, 2, 3, 4))
    comparator = said.COMPARATORS.get(comparator, comparator)
    words = f"{comparator}{first}{separator}{second}"
    number = None if separator or second else said.point_number(first)
    return words, number, comparator if comparator in said.COMPARATORS.values() else ""


def _coded_value(obx: Segment) -> str:
    """Each repetition by its words, else by its code."""
    words = []
    for each in obx.repetitions(5):
        words.append(obx.component(each, 2) or obx.component(each, 5) or obx.component(each, 1))
    return "\n".join(word for word in words if word)


def is_bare_pdf(obx: Segment) -> bool:
    """Whether words are the base64 of a PDF: a program that knows no ED writes it so."""
    return obx.part(2).upper() in TEXTS and obx.raw(5).startswith(BARE_PDF)


def every_carried(obx: Segment) -> list[Rendition]:
    """The file of each repetition; none where its data are no base64."""
    if is_bare_pdf(obx):
        octets = decoded("".join(obx.repetitions(5)))
        return [Rendition(media_type="application/pdf", octets=octets)] if octets else []
    return list(filter(None, (_carried(obx, each) for each in obx.repetitions(5)[:MOST_FILES])))


def carried(obx: Segment) -> Rendition | None:
    """The first file of an ED."""
    return next(iter(every_carried(obx)), None)


def _carried(obx: Segment, repetition: str) -> Rendition | None:
    """source^type^subtype^encoding^data."""
    pieces = obx.pieces(repetition)
    if len(pieces) < 5 or not pieces[4]:
        return None
    subtype, encoding, data = pieces[2].strip().lower(), pieces[3].strip().lower(), pieces[4]
    if encoding == "base64":
        octets = decoded(data)
    elif encoding == "hex":
        octets = _from_hex(data)
    else:
        octets = obx.unescaped(data).encode("utf_8", "replace")
    if not octets:
        return None
    return Rendition(media_type=media_type(octets, subtype), octets=octets)


def decoded(data: str) -> bytes:
    r"""Base64 as it is met: wrapped, with \.br\ at its ends of line, its last signs missing."""
    packed = BLANKS.sub(b"", data.replace("\\.br\\", "").encode("ascii", "ignore"))
    packed = packed[: len(packed) - 1] if len(packed) % 4 == 1 else packed
    try:
        return base64.b64decode(packed + b"=" * (-len(packed) % 4))
    except binascii.Error:
        return b""


def _from_hex(data: str) -> bytes:
    try:
        return bytes.fromhex(data)
    except ValueError:
        return b""


def media_type(octets: bytes, subtype: str) -> str:
    """What a file is, by its first octets; else what its subtype says."""
    for begins, media in MEDIA:
        if octets.startswith(begins):
            return media
    head = octets[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"<?xml", b"<ClinicalDocument")) or subtype == "xml":
        return "text/xml"
    return {"pdf": "application/pdf", "html": "text/html", "rtf": "application/rtf"}.get(
        subtype, "text/plain" if subtype in ("", "plain", "txt") else "application/octet-stream"
    )
