"""HL7 v2 messages as octets come: framing, encodings, ends of line, separators. Pure.

Rules: HL7 v2.5 chapter 2; HL7 table 0211 for MSH-18. Files of the field end lines by LF (the
samples of the national agency do), wrap a document's base64 over several lines, hold several
messages, keep the octets of MLLP around them, and declare an encoding that they are not in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from store.errors import Permanent
from sync.documents.charset import decode, decode_as
from sync.documents.delimited import (
    MOST_LINES,
    Segment,
    Separators,
    cut,
    line_ends,
    lines_of,
    segment,
)

MOST_OCTETS = 32 * 1024 * 1024
BEGINS = re.compile(r"MSH([^\w\s])([^\w\s]{0,5})\1")
SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
AROUND = "\x0b\x1c\ufeff"
"""The frame of MLLP, and a mark that was left in the middle of joined files."""
BATCH = ("FHS", "BHS", "BTS", "FTS")
CHARSETS = {
    "UNICODE UTF-8": "utf_8",
    "UTF-8": "utf_8",
    "UTF8": "utf_8",
    "ASCII": "ascii",
    "8859/1": "iso8859_1",
    "8859/15": "iso8859_15",
    "ISO-8859-1": "iso8859_1",
    "ISO-8859-15": "iso8859_15",
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
}
"""Table 0211, and what programs write instead. CP1252 is tried where ISO-8859-1 has controls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One MSH and what follows it."""

    head: Segment
    body: tuple[Segment, ...]
    warnings: tuple[str, ...] = ()

    @property
    def kind(self) -> tuple[str, str]:
        """MSH-9: 'ORU' and 'R01'."""
        return self.head.part(9).upper(), self.head.part(9, 2).upper()

    def named(self, *names: str) -> Iterator[Segment]:
        """The segments of these names, in order."""
        return (each for each in self.body if each.name in names)


def looks_so(text: str) -> bool:
    """Whether a text begins by an MSH, past the frame, blanks and the head of a batch."""
    for line in lines_of(text[:8192]):
        bare = line.strip().strip(AROUND)
        if bare and not bare.startswith(BATCH):
            return BEGINS.match(bare) is not None
    return False


def messages(octets: bytes) -> tuple[Message, ...]:
    """Every message of a file.

    Raises:
        Permanent: `hl7.too_large`, `hl7.not_one`.
    """
    if len(octets) > MOST_OCTETS:
        raise Permanent("hl7.too_large")
    text, charset, warnings = _text(octets)
    if line_ends(text) > MOST_LINES:
        raise Permanent("hl7.too_large")
    if not looks_so(text):
        raise Permanent("hl7.not_one")
    return tuple(_message(lines, charset, warnings) for lines in _grouped(lines_of(text)))


def _text(octets: bytes) -> tuple[str, str, tuple[str, ...]]:
    """The words, in the encoding that MSH-18 declares when it can be that one."""
    decoded = decode(octets)
    declared = CHARSETS.get(_declared(decoded.text))
    if declared is None or declared == decoded.charset or decoded.charset == "ascii":
        return decoded.text, decoded.charset, decoded.warnings
    # UTF-8 that is well formed is no accident, whatever was declared; else the sender's word holds.
    text = decode_as(octets, declared) if decoded.charset != "utf_8" else None
    if text is not None:
        return text, declared, ()
    if declared.startswith("iso8859") and decoded.charset == "cp1252":
        return decoded.text, decoded.charset, decoded.warnings
    return decoded.text, decoded.charset, (*decoded.warnings, "hl7.charset_differs")


def _declared(text: str) -> str:
    for line in lines_of(text[:8192]):
        if found := BEGINS.match(line.strip().strip(AROUND)):
            fields = line.split(found[1], 20)
            repetition = fields[17].split("~")[0] if len(fields) > 17 else ""
            return repetition.strip().upper()
    return ""


def _grouped(lines: list[str]) -> Iterator[list[str]]:
    """The lines of each message; what is before the first MSH is a batch's."""
    now: list[str] = []
    for line in lines:
        bare = line.strip(AROUND)
        if BEGINS.match(bare.lstrip()):
            if now:
                yield now
            now = [bare.lstrip()]
        elif now and not bare.startswith(BATCH):
            now.append(bare)
    if now:
        yield now


def _message(lines: list[str], charset: str, warnings: tuple[str, ...]) -> Message:
    found = BEGINS.match(lines[0])
    assert found is not None
    separators = _separators(found[1], found[2])
    first = segment(lines[0], separators, charset)
    # MSH-1 is the separator itself, so that its fields are numbered like those of the standard.
    head = Segment(
        name="MSH", fields=(found[1], *first.fields), separators=separators, charset=charset
    )
    body = tuple(
        segment(line, separators, charset) for line in _joined(lines[1:], separators.field)
    )
    return Message(head=head, body=body, warnings=warnings)


def _separators(between: str, others: str) -> Separators:
    r"""MSH-2, which is ^~\&, and may stop early."""
    usual = Separators()
    return Separators(
        field=between,
        component=others[0:1] or usual.component,
        repetition=others[1:2] or usual.repetition,
        escape=others[2:3] or usual.escape,
        subcomponent=others[3:4] or usual.subcomponent,
    )


def _joined(lines: list[str], separator: str) -> Iterator[str]:
    """The segments; a line that begins by no name of one belongs to the segment above it."""
    held: list[str] = []
    for line in lines:
        name = line[:3]
        begins = SEGMENT.fullmatch(name) and line[3:4] in (separator, "")
        if begins and held:
            yield "\n".join(held).rstrip("\n")
            held = []
        if held or begins:
            held.append(line)
    if held:
        yield "\n".join(held).rstrip("\n")


def subcomponents(each: Segment, piece: str) -> list[str]:
    """The parts of one component: the namespace, the OID and the type of an authority."""
    return [each.unescaped(part).strip() for part in cut(piece, each.separators.subcomponent)]
