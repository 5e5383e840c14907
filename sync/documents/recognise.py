"""What a file of a folder or of a letter is, by what is in it: names lie, and extensions vary.

`.hpr`, `.hpm`, `.hprim`, `.txt`, `.hl7` and none at all hold the same things (../shared/domain.md
§6.1). The name is used only to pass over what systems leave behind. Pure, total.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePosixPath

from store.model.document import Format
from sync.documents import hl7_message, hprim_medecin, hprim_sante
from sync.documents.charset import decode

SEEN = 1 << 20
"""Octets that are looked at for texts; a zip and an XML are asked as a whole."""
MOST_ENTRIES = 10_000
LEFT_BEHIND = re.compile(r"(?:\._.*|\.DS_Store|Thumbs\.db|desktop\.ini|~\$.*)", re.I)
ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,30}:)?ClinicalDocument[\s>/]")
BODY = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,30}:)?nonXMLBody[\s>/]")
METADATA = "METADATA.XML"


def recognise(name: str, octets: bytes) -> Format | None:
    """The format of a file; None for one that no reader of ours reads."""
    if LEFT_BEHIND.fullmatch(re.split(r"[/\\]", name)[-1]):
        return None
    if octets.startswith(b"PK"):
        return Format.XDM if _is_xdm(octets) else None
    # Acrobat reads a PDF whose mark is within its first kilobyte (ISO 32000-1, annex H, note 13).
    if b"%PDF-" in octets[:1024]:
        return Format.PDF
    return _xml(octets) or _text(octets[:SEEN])


def _is_xdm(octets: bytes) -> bool:
    """Whether a zip holds a METADATA.XML, in any case, that is not one that macOS left there."""
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as package:
            names = package.namelist()[:MOST_ENTRIES]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        return False
    return any(
        path.name.upper() == METADATA and "__MACOSX" not in path.parts
        for path in map(PurePosixPath, (each.replace("\\", "/") for each in names))
    )


def _xml(octets: bytes) -> Format | None:
    """A CDA, N1 when its body is another file; a stylesheet may hold it (docs/documents.md)."""
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
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
