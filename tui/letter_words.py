"""What is said of a letter in few words: who, about what, when, what comes with it.

Headers may be missing, or lie: a place left empty, a day that nobody wrote, or the name of a
format instead of a word tells the reader nothing.
"""

from __future__ import annotations

import re

from store.host.i18n import sentence
from store.model.email import Email, Part
from tui.plain import Plain, cells, fit, plain_words, said
from tui.when import DAY_SECONDS, UNKNOWN, long_date

MARK_OF_PACKAGE = re.compile(r"XDM/1\.0/DDM\+?\s*(?=\S)")
"""What MSSanté software begins a subject with, so that another one recognises it."""
MOST_SPOKEN = 200
"""Cells of a subject that are read aloud."""
KINDS = {
    "application/pdf": "tui.kind.pdf",
    "application/zip": "tui.kind.zip",
    "application/dicom": "tui.kind.dicom",
    "application/msword": "tui.kind.text_document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (
        "tui.kind.text_document"
    ),
    "application/vnd.oasis.opendocument.text": "tui.kind.text_document",
    "application/rtf": "tui.kind.text_document",
    "application/vnd.ms-excel": "tui.kind.sheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "tui.kind.sheet",
    "application/vnd.oasis.opendocument.spreadsheet": "tui.kind.sheet",
    "application/xml": "tui.kind.xml",
    "text/xml": "tui.kind.xml",
    "text/plain": "tui.kind.text",
    "text/html": "tui.kind.html",
    "text/calendar": "tui.kind.calendar",
    "message/rfc822": "tui.kind.letter",
}
FAMILIES = {"image": "tui.kind.image", "audio": "tui.kind.sound", "video": "tui.kind.film"}
ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")


def sender_words(name: str) -> Plain:
    """Who wrote it; that nobody is named, where nobody is."""
    return plain_words(name) if name.strip() else said("tui.letter.no_sender")


def subject_words(subject: str) -> Plain:
    """What it is about, in a list: without what is meant for software."""
    words = plain_words(MARK_OF_PACKAGE.sub("", subject, count=1)).strip()
    return Plain(words) if words else said("tui.letter.no_subject")


def spoken_subject(subject: str) -> Plain:
    """The same, no longer than one listens to."""
    words = subject_words(subject)
    return fit(words, MOST_SPOKEN) if cells(words) > MOST_SPOKEN else words


def date_words(email: Email) -> Plain:
    """When it was written, as it says; when it came, where it does not say or cannot be right."""
    came = long_date(email.received_at)
    written = UNKNOWN if email.sent_at is None else long_date(email.sent_at)
    if email.sent_at is None or written == UNKNOWN:
        return said("tui.letter.undated", came=came)
    if email.sent_at > email.received_at + DAY_SECONDS:
        return said("tui.letter.from_the_future", date=written, came=came)
    return Plain(written)


def kind_words(part: Part) -> Plain:
    """'PDF', 'image JPEG', 'fichier .hpr': what a document is, in a person's words."""
    family, _, kind = part.media_type.lower().partition("/")
    if known := KINDS.get(part.media_type.lower()):
        return said(known)
    if family in FAMILIES:
        return plain_words(f"{sentence(FAMILIES[family])} {kind.removeprefix('x-').upper()}")
    ending = ENDING.search(part.name)
    return plain_words(f"{sentence('tui.kind.file')} {ending[0] if ending else ''}".strip())
