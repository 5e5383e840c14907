"""What a file of a folder or of a letter is, by what is in it: names lie, and extensions vary.

`.hpr`, `.hpm`, `.hprim`, `.txt`, `.hl7` and none at all hold the same things (../shared/domain.md
§6.1). The name is used only to pass over what systems leave behind. Pure, total.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from store.errors import Permanent
from store.model.document import Format
from sync.documents import hl7_message, hprim_medecin, hprim_sante
from sync.documents.archive import member_names
from sync.documents.charset import decode

SEEN = 1 << 20
"""Octets that are looked at for texts; a zip and an XML are asked as a whole."""
LEFT_BEHIND = re.compile(r"(?:\._.*|\.DS_Store|Thumbs\.db|desktop\.ini|~\$.*)", re.I)
ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,30}:)?ClinicalDocument[\s>/]")
BODY = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,30}:)?nonXMLBody[\s>/]")
METADATA, FOLDER = "METADATA.XML", "IHE_XDM"
SOMEWHERE = re.compile(rb"[/\\]METADATA\.XML", re.I)
DOCUMENT = re.compile(r"DOC[0-9]{3,5}\.XML")


def recognise(name: str, octets: bytes) -> Format | None:
    """The format of a file; None for one that no reader of ours reads."""
    if LEFT_BEHIND.fullmatch(re.split(r"[/\\]", name)[-1]):
        return None
    # A gateway may have put an empty line before it.
    if octets[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"PK"):
        return Format.XDM if _is_xdm(octets) else None
    # Acrobat reads a PDF whose mark is within its first kilobyte (ISO 32000-1, annex H, note 13).
    if b"%PDF-" in octets[:1024]:
        return Format.PDF
    return _xml(octets) or _text(octets[:SEEN])


def _is_xdm(octets: bytes) -> bool:
    """Whether a zip holds a METADATA.XML, in any case, that is not one that macOS left there.

    Some packages have lost it: a folder IHE_XDM, or a DOC00001.XML, says what they were. One that
    is broken, or too large to be opened, is one all the same, so that its reader says why.
    """
    try:
        names = member_names(octets)
    except Permanent:
        return SOMEWHERE.search(octets) is not None
    paths = [PurePosixPath(each.upper()) for each in names]
    return any(
        path.name == METADATA or FOLDER in path.parts[:-1] or DOCUMENT.fullmatch(path.name)
        for path in paths
        if "__MACOSX" not in path.parts
    )


def _xml(octets: bytes) -> Format | None:
    """A CDA, N1 when its body is another file; a stylesheet may hold it (docs/documents.md)."""
    if octets.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")):
        octets = decode(octets).text.encode("utf_8", "replace")
    if not octets[:256].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or not ROOT.search(octets):
        return None
    return Format.CDA_N1 if BODY.search(octets) else Format.CDA_N3


def _text(octets: bytes) -> Format | None:
    """HL7 and HPRIM Santé say so in their first line; HPRIM Médecin is what looks like it."""
    text = decode(octets).text
    if hl7_message.looks_so(text):
        return Format.HL7_V2
    if hprim_sante.looks_so(text):
        return Format.HPRIM_SANTE
    return Format.HPRIM_MEDECIN if hprim_medecin.looks_so(text) else None
