"""The health documents of one letter, whatever the format of its files. Pure.

Each file is asked what it is (recognise.py) and given to the reader of that format; what lies in a
file is read likewise, a bounded number of times. A file that cannot be read is still in its letter:
here it gives a warning on the others, or nothing. The work is bounded by the readers' own limits,
by how many documents a letter may hold, and by how deep files lie in each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from store.errors import Permanent
from store.model.document import Format, HealthDocument, Rendition, Status
from store.model.health import ReadDocument
from sync.documents import hl7, hprim_medecin, hprim_sante
from sync.documents.analyte import analyte
from sync.documents.archive import read_archive, unpacked_size
from sync.documents.cda import read_cda
from sync.documents.dating import day_of, made_at
from sync.documents.identity import contradicts, facts_of
from sync.documents.joining import Found, joined
from sync.documents.pairing import CDA
from sync.documents.recognise import recognise
from sync.documents.superseding import announces
from sync.documents.traits import compare
from sync.documents.xdm import Package, read_xdm

READER_VERSION = 3
"""Raise it when what is found changes: every letter that may hold documents is then read again."""
MOST_DOCUMENTS = 500
"""Of one letter. It is about one patient; a batch of a laboratory is about some hundred."""
MOST_RESULTS = 20_000
"""Of one document, that earlier values are looked for; the document itself is kept whole."""
DEEPEST = 3
"""A zip that holds an XDM that holds HPRIM."""
ZIPS = ("application/zip", "application/x-zip", "application/x-zip-compressed")
TAKES_BACK = (Status.CORRECTED, Status.DELETED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFile:
    """A part of a letter."""

    part: str
    """Its number."""
    name: str
    media_type: str
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What reading needs to know of one."""

    files: tuple[LetterFile, ...]
    subject: str
    sender: str
    """Name, else address."""
    sent_at: int
    """Unix seconds, else when it was received."""


class Heavy(Exception):
    """A letter, or what unpacks from it, holds more octets than it was allowed to."""


class _Budget:
    """How many octets may still be looked at."""

    def __init__(self, most: int | None) -> None:
        self.left = most

    def take(self, octets: int) -> None:
        """Raises:
        Heavy: these are too many."""
        if self.left is not None:
            self.left -= octets
            if self.left < 0:
                raise Heavy


def read_letter(letter: Letter, most_octets: int | None = None) -> tuple[ReadDocument, ...]:
    """Every document, in the order of its parts; a CDA or results and their PDF are one.

    Total: whatever is in the files, it is no error.

    Raises:
        Heavy: its files, and all that unpacks from them, are more than `most_octets`.
    """
    budget = _Budget(most_octets)
    budget.take(sum(len(file.octets) for file in letter.files))
    found: list[Found] = []
    warnings: list[str] = []
    for file in letter.files:
        digest = hashlib.sha256(file.octets).digest()
        place = len(found)
        try:
            for document, name, wanted in _documents(
                file.name, file.media_type, file.octets, 0, budget
            ):
                if len(found) >= MOST_DOCUMENTS:
                    warnings.append("document.too_many_read")
                    break
                mark = hashlib.sha256(digest + b"%d" % (len(found) - place)).digest()
                each = Found(
                    document=document, name=name, part=file.part, fingerprint=mark, wanted=wanted
                )
                found.append(each)
        except Permanent:
            warnings.append("document.file_unread")
    return tuple(_ready(each, letter, warnings) for each in joined(found))


Each = tuple[HealthDocument, str, tuple[str, ...]]
"""A document, the name of its file, and the files beside it that it wants."""


def _documents(
    name: str, media_type: str, octets: bytes, depth: int, budget: _Budget
) -> Iterator[Each]:
    """The documents of one file.

    Raises:
        Permanent: what its reader raises.
    """
    if depth > DEEPEST:
        raise Permanent("document.too_deep")
    kind = recognise(name, octets)
    if kind in CDA:
        yield read_cda(octets), name, ()
    elif kind is Format.PDF:
        itself = Rendition(media_type="application/pdf", octets=octets, name=name)
        title = PurePosixPath(name).stem
        yield HealthDocument(format=Format.PDF, title=title, renditions=(itself,)), name, ()
    elif kind is Format.HPRIM_MEDECIN:
        yield from ((each, name, ()) for each in hprim_medecin.read(octets))
    elif kind is Format.HPRIM_SANTE:
        for sante in hprim_sante.read(octets):
            yield sante.document, name, sante.wanted
    elif kind is Format.HL7_V2:
        for exchange in hl7.read(octets):
            for each in exchange.documents:
                yield from _carried(each, name, depth, budget)
    elif kind is Format.XDM or _is_zip(name, media_type, octets):
        yield from _package(octets, depth, budget)


def _is_zip(name: str, media_type: str, octets: bytes) -> bool:
    """A zip, and not what is only packed as one: a text of an office program."""
    return octets.startswith(b"PK") and (media_type in ZIPS or name.lower().endswith(".zip"))


def _package(octets: bytes, depth: int, budget: _Budget) -> Iterator[Each]:
    """An XDM, with or without its metadata; else a zip, whose files are as if beside each other."""
    budget.take(unpacked_size(octets))
    try:
        package = read_xdm(octets)
    except Permanent as error:
        if error.code != "xdm.not_one":
            raise
        package = None
    if package is None or _is_only_packed(package):
        for member in read_archive(octets).members:
            yield from _inner(member.name, member.octets, depth, budget)
        return
    for document in package.documents:
        yield _warned(document, package.warnings), "", ()
    for file in package.files:
        if file.document is None:
            yield from _inner(file.name, file.octets, depth, budget)


def _is_only_packed(package: Package) -> bool:
    """Neither metadata nor a CDA: results and PDFs that somebody put into a zip."""
    kinds = {each.format for each in package.documents}
    return "xdm.no_metadata" in package.warnings and kinds.isdisjoint(CDA)


def _inner(name: str, octets: bytes, depth: int, budget: _Budget) -> Iterator[Each]:
    """What lies in another file; one that cannot be read takes nothing from those beside it."""
    try:
        yield from _documents(name, "", octets, depth + 1, budget)
    except Permanent:
        return


def _carried(message: HealthDocument, name: str, depth: int, budget: _Budget) -> Iterator[Each]:
    """A message that carries CDA is those; what else it carries goes with them, or stays."""
    own: list[HealthDocument] = []
    files: list[Rendition] = []
    for file in message.renditions:
        inner = [each for each, _, _ in _inner(file.name, file.octets, depth, budget)]
        cda = [each for each in inner if each.format in CDA]
        own += cda
        files += [] if cda else [file]
    if message.observations or not own:
        yield replace(message, renditions=tuple(files)), name, ()
        files = []
    for place, each in enumerate(own):
        more = tuple(files) if place == 0 else ()
        yield _as_the_message_says(each, message, more), "", ()


def _as_the_message_says(
    document: HealthDocument, message: HealthDocument, files: tuple[Rendition, ...]
) -> HealthDocument:
    """A CDA says neither that it takes another back nor to whom it goes; its message does."""
    shown = {each.octets: each for each in (*files, *document.renditions)}
    ours, theirs = document.patient, message.patient
    if ours and theirs and contradicts(compare(ours, theirs)):
        document = _warned(document, ("hl7.patient_differs",))
    return replace(
        document,
        status=message.status if message.status in TAKES_BACK else document.status,
        replaces=tuple(dict.fromkeys((*document.replaces, *message.replaces))),
        recipients=document.recipients or message.recipients,
        patient=document.patient or message.patient,
        renditions=tuple(shown.values()),
        warnings=tuple(dict.fromkeys((*document.warnings, *message.warnings))),
    )


def _warned(document: HealthDocument, codes: Sequence[str]) -> HealthDocument:
    return replace(document, warnings=tuple(dict.fromkeys((*document.warnings, *codes))))


def _ready(found: Found, letter: Letter, warnings: Sequence[str]) -> ReadDocument:
    document = _warned(found.document, warnings)
    parts = {file.octets: file.part for file in letter.files}
    measured = [analyte(document, each) for each in document.observations[:MOST_RESULTS]]
    return ReadDocument(
        part=found.part,
        fingerprint=found.fingerprint,
        document=document,
        file_parts=tuple(parts.get(each.octets, "") for each in document.renditions),
        analytes=tuple(measured),
        identity=facts_of(document.patient, found.fingerprint),
        corrects=document.status in TAKES_BACK or announces(letter.subject),
        made_at=made_at(document, letter.sent_at),
        day=day_of(document, letter.sent_at),
        author=_author(document) or letter.sender,
    )


def _author(document: HealthDocument) -> str:
    """Who wrote it, else their house."""
    for each in document.authors:
        person = " ".join(filter(None, (each.prefix, each.given_name, each.family_name)))
        if person or each.organization:
            return person or each.organization
    return document.custodian.organization if document.custodian else ""
