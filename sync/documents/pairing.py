"""A CDA and the PDF that shows it are one document on the screen. Pure.

The rules of secure health mail want both in a letter (ECO.2.1.1), and one line for both (VISU.03).
They are put together only on evidence: the same octets, the sender's word, the same name, or the
name that the rule makes from the CDA (ECO.2.1.6). A PDF that only happens to be alone beside a CDA
stays another document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from store.model.document import Format, HealthDocument, Rendition
from sync.documents.identity import contradicts
from sync.documents.traits import compare, plain_name

NAMED = re.compile(
    r"([0-9]{8})_[^_]{1,60}_([^_]{1,100})_([^_.]{1,100})(?:_[^_]{1,60})?\.pdf", re.IGNORECASE
)
CDA = (Format.CDA_N1, Format.CDA_N3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A document and the file it came as."""

    document: HealthDocument
    name: str = ""
    entry_uuid: str = ""
    transforms: tuple[str, ...] = ()
    """The entries of which the sender says that this is another format."""


def paired(pieces: Sequence[Piece]) -> tuple[HealthDocument, ...]:
    """The documents to show, in their order: a PDF that is of a CDA has gone into it, first."""
    shown: dict[int, list[Rendition]] = {}
    into: dict[int, int] = {}
    for place, piece in enumerate(pieces):
        if piece.document.format is Format.PDF:
            match = _match(piece, pieces)
            if match is not None:
                into[place] = match
                shown.setdefault(match, []).extend(piece.document.renditions)
    return tuple(
        _with(piece.document, shown.get(place, []))
        for place, piece in enumerate(pieces)
        if place not in into
    )


def _match(pdf: Piece, pieces: Sequence[Piece]) -> int | None:
    """The one CDA a PDF is of, by the first evidence that points at one and only one."""
    evidence: tuple[Callable[[Piece, Piece], bool], ...] = (
        _inside,
        _said,
        _same_stem,
        _named_by_rule,
    )
    for holds in evidence:
        found = [
            place
            for place, each in enumerate(pieces)
            if each.document.format in CDA and holds(pdf, each) and not _of_another(pdf, each)
        ]
        if len(found) == 1:
            return found[0]
    return None


def _of_another(pdf: Piece, cda: Piece) -> bool:
    """Whether the sender says that they are about two people: then no evidence joins them."""
    ours, theirs = pdf.document.patient, cda.document.patient
    return ours is not None and theirs is not None and contradicts(compare(ours, theirs))


def _inside(pdf: Piece, cda: Piece) -> bool:
    octets = {each.octets for each in pdf.document.renditions}
    return any(each.octets in octets for each in cda.document.renditions)


def _said(pdf: Piece, cda: Piece) -> bool:
    return bool(
        (cda.entry_uuid and cda.entry_uuid in pdf.transforms)
        or (pdf.entry_uuid and pdf.entry_uuid in cda.transforms)
    )


def _same_stem(pdf: Piece, cda: Piece) -> bool:
    ours, theirs = (PurePosixPath(each.name.lower()) for each in (pdf, cda))
    return bool(ours.stem) and ours.parent == theirs.parent and ours.stem == theirs.stem


def _named_by_rule(pdf: Piece, cda: Piece) -> bool:
    """'20261124_CR d'examens biologiques_BERNARD_Paule_1234.pdf' of the patient, of that day."""
    read = NAMED.fullmatch(PurePosixPath(pdf.name).name)
    patient, service = cda.document.patient, cda.document.service_at
    if read is None or patient is None or service is None or not patient.given_names:
        return False
    day, family, given = read.groups()
    return (
        day == service.day.replace("-", "")
        and plain_name(family) == plain_name(patient.birth_name or patient.used_name) != ""
        and plain_name(given) == plain_name(patient.given_names[0])
    )


def _with(document: HealthDocument, shown: list[Rendition]) -> HealthDocument:
    if not shown:
        return document
    every: dict[bytes, Rendition] = {}
    for each in (*shown, *document.renditions):
        every.setdefault(each.octets, each)
    return replace(document, renditions=tuple(every.values()))
