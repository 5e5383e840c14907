"""Documents of one letter that are one: a CDA, or results, and the PDF that shows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from store.model.document import Format, HealthDocument, Rendition
from sync.documents.pairing import Piece, paired

RESULTS = (Format.HPRIM_MEDECIN, Format.HPRIM_SANTE, Format.HL7_V2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A document, and where in the letter it was."""

    document: HealthDocument
    name: str
    """Of the file it came as, with the folders it lay in."""
    part: str
    fingerprint: bytes
    wanted: tuple[str, ...] = ()
    """Files beside it that it speaks of."""


def joined(found: Sequence[Found]) -> list[Found]:
    """Each document with its PDF, in their order."""
    return _with_their_pdf(_together(found))


def _together(found: Sequence[Found]) -> list[Found]:
    """A CDA and its PDF as one (pairing.py)."""
    joined = iter(paired([Piece(document=each.document, name=each.name) for each in found]))
    kept: list[Found] = []
    now = next(joined, None)
    for each in found:
        # In their order, and only PDFs have gone into another.
        if each.document.format is not Format.PDF or now is each.document:
            assert now is not None
            kept.append(replace(each, document=now))
            now = next(joined, None)
    return kept


def _with_their_pdf(found: Sequence[Found]) -> list[Found]:
    """Results and the PDF of the same name beside them, or that they name, as one.

    Only where one patient's results are meant: a file about several has no PDF of one of them.
    """
    into: dict[int, list[Rendition]] = {}
    gone: set[int] = set()
    for place, pdf in enumerate(found):
        if pdf.document.format is not Format.PDF or not pdf.name:
            continue
        meant = [number for number, each in enumerate(found) if _is_of(pdf.name, each)]
        if len(meant) == 1:
            into.setdefault(meant[0], []).extend(pdf.document.renditions)
            gone.add(place)
    return [
        replace(each, document=_showing(each.document, into.get(place, ())))
        for place, each in enumerate(found)
        if place not in gone
    ]


def _is_of(pdf_name: str, results: Found) -> bool:
    if results.document.format not in RESULTS or not results.name:
        return False
    ours, theirs = PurePosixPath(pdf_name.lower()), PurePosixPath(results.name.lower())
    if ours.parent != theirs.parent:
        return False
    return ours.stem == theirs.stem or ours.name in {each.lower() for each in results.wanted}


def _showing(document: HealthDocument, files: Iterable[Rendition]) -> HealthDocument:
    every = {each.octets: each for each in (*files, *document.renditions)}
    return replace(document, renditions=tuple(every.values()))
