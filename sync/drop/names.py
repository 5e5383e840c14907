"""File names met in a watched folder: which are not for us, which are unsafe, what they become.

A name is octets chosen by whoever writes into the folder. It is decoded here, once, for the one
place it goes: the name of the attachment. It never reaches a subject, because laboratories put
patients' names in file names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

UNFINISHED = (b".tmp", b".part", b".partial", b".filepart", b".crdownload", b".download", b"~")
"""How browsers, editors and file transfer programs end the name of what they are still writing."""
LITTER = frozenset({b"thumbs.db", b"desktop.ini"})
"""What Windows leaves in every folder it shows."""
CLAIMED, SENT, FAILED = b".claimed", b"sent", b"failed"
"""Our own directories in a watched folder. The first one is hidden, and ours alone."""

MESSAGES = (b"hpr", b"hpm", b"hprim", b"hl7")
"""Endings of what says whose a document is, and is nothing else."""
OURS = (CLAIMED, SENT, FAILED)
COMPANIONS = (*MESSAGES, b"txt", b"xml")
"""Endings of what says in its own way what a document says, and leaves with it."""
SIDECARS = (b"json", b"toml")
DONE = b"done"

BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
LONGEST_ATTACHMENT_NAME = 120
LONGEST_FILE_NAME = 255
"""Octets; NAME_MAX of every file system we meet."""

MOST_REMEMBERED = 20_000
"""Names taken apart: a look at a full folder asks of each a dozen times, and so does the next."""

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "xml": "application/xml",
    "zip": "application/zip",
    "dcm": "application/dicom",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "tif": "image/tiff",
    "tiff": "image/tiff",
}
"""HPRIM and HL7 are left out on purpose: as text, their line ends may be changed on the way."""
NAMED_WHOLE = frozenset({*COMPANIONS, *(each.encode() for each in MEDIA_TYPES)})
"""Endings before that of a file that says what another is, or that it is finished: a.tif.done."""


def is_litter(name: bytes) -> bool:
    """True for what is never a document: hidden, unfinished, or left by another program."""
    lower = name.lower()
    return lower.startswith((b".", b"~$")) or lower.endswith(UNFINISHED) or lower in LITTER


def is_unsafe(name: bytes) -> bool:
    """True when the name holds controls or marks that reverse text: a trick, or damage."""
    return any(
        character in BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Zl", "Zp")
        for character in decode(name)
    )


@lru_cache(MOST_REMEMBERED)
def ending(name: bytes) -> bytes:
    """'pdf', '' for a name without one."""
    before, dot, after = name.rpartition(b".")
    return after.lower() if before and dot else b""


@lru_cache(MOST_REMEMBERED)
def stem(name: bytes) -> bytes:
    """What the files of one dispatch have in common: 'a' of a.pdf, a.hpr, a.pdf.done."""
    if ending(name) == DONE or is_sidecar(name):
        name = name.rpartition(b".")[0]
        return stem(name) if ending(name) in NAMED_WHOLE else name
    return name.rpartition(b".")[0] if ending(name) else name


def together(every: Iterable[bytes]) -> dict[bytes, bytes]:
    """What the dispatch of each name is known by: its stem.

    Windows takes A.PDF and a.hpr for files of one name, a Macintosh writes an accent as two
    characters; a companion that is not known for one would let its document leave unread. Of two
    documents, each keeps what is written just as its own.
    """
    exact: dict[bytes, list[bytes]] = {}
    for name in every:
        exact.setdefault(stem(name), []).append(name)
    alike: dict[str, list[bytes]] = {}
    for one in exact:
        alike.setdefault(_folded(one), []).append(one)
    known = {}
    for stems in alike.values():
        documents = sum(any(map(is_main, exact[one])) for one in stems)
        for one in stems:
            known.update(dict.fromkeys(exact[one], stems[0] if documents <= 1 else one))
    return known


@lru_cache(MOST_REMEMBERED)
def _folded(name: bytes) -> str:
    return unicodedata.normalize("NFC", decode(name)).casefold()


def is_sidecar(name: bytes) -> bool:
    """True for the file that says what the others are: it never leaves."""
    return ending(name) in SIDECARS


def is_main(name: bytes) -> bool:
    """True for a document, which others are beside; they are known by their endings."""
    return ending(name) not in (*COMPANIONS, *SIDECARS, DONE)


def decode(name: bytes) -> str:
    """The name as text: UTF-8, else what French Windows writes."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp1252", errors="replace")


def attachment_name(name: bytes) -> str:
    """The name the recipient sees: accents kept, nothing that Windows refuses, not too long."""
    text = unicodedata.normalize("NFC", decode(name))
    text = re.sub(r'[\\/:*?"<>|\ufffd]', "_", text)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp"))
    text = text.strip(". ") or "document"
    stem, dot, ending = text.rpartition(".")
    if len(text) <= LONGEST_ATTACHMENT_NAME:
        return text
    if not stem or len(ending) > 10:
        return text[:LONGEST_ATTACHMENT_NAME]
    return stem[: LONGEST_ATTACHMENT_NAME - len(ending) - 1] + dot + ending


def media_type(name: bytes, head: bytes) -> str:
    """By the ending of the name; a PDF is known without one."""
    ending = decode(name).rpartition(".")[2].lower()
    unknown = "application/pdf" if is_pdf(b"", head) else "application/octet-stream"
    return MEDIA_TYPES.get(ending, unknown)


def is_pdf(name: bytes, head: bytes) -> bool:
    """True for what says it is a PDF, by its name or by its first octets."""
    return name.lower().endswith(b".pdf") or head.startswith(b"%PDF-")


def sent_name(claim: str, name: bytes, attempt: int = 1) -> bytes:
    """The name in `sent/`: the claim keeps two documents of one name apart. At most NAME_MAX."""
    prefix = (claim if attempt == 1 else f"{claim}-{attempt}").encode("ascii") + b"__"
    most = LONGEST_FILE_NAME - len(prefix)
    if len(name) <= most:
        return prefix + name
    stem, dot, ending = name.rpartition(b".")
    if not stem or len(ending) > 10:
        stem, dot, ending = name, b"", b""
    stem = stem[: most - len(dot) - len(ending)]
    try:
        stem.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":  # cut in the middle of a character
            stem = stem[: error.start]
    return prefix + stem + dot + ending


def reason_name(name: bytes) -> bytes:
    """The name of the file that says why, beside a dispatch that may have taken it."""
    return b"reason-pli.txt" if stem(name).lower() == b"reason" else b"reason.txt"
