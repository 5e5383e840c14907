"""The files of one dispatch, by what is in them and not by their names. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from store.errors import NeedsUser
from store.model.document import Format, HealthDocument
from sync.documents import hl7, hprim_medecin, hprim_sante
from sync.documents.recognise import recognise

CDA = (Format.CDA_N1, Format.CDA_N3)


@dataclass(slots=True)
class SortedFiles:
    """What there is, each octets once."""

    pdfs: dict[bytes, None] = field(default_factory=dict)
    cdas: dict[bytes, None] = field(default_factory=dict)
    results: list[HealthDocument] = field(default_factory=list)

    @property
    def pdf(self) -> bytes:
        """The first; b"" for none."""
        return next(iter(self.pdfs), b"")

    @property
    def cda(self) -> bytes:
        """The first; b"" for none."""
        return next(iter(self.cdas), b"")

    def add(self, name: str, octets: bytes) -> None:
        """One file, and what lies in it.

        Raises:
            NeedsUser: `dispatch.not_a_document`.
            MailError: what its reader raises.
        """
        kind = recognise(name, octets)
        if kind is Format.PDF:
            self.pdfs[octets] = None
        elif kind in CDA:
            self.cdas[octets] = None
        elif (results := results_of(kind, octets)) is not None:
            for each in results:
                self.results.append(each)
                for inside in each.renditions:
                    self.add(inside.name, inside.octets)
        else:
            raise NeedsUser("dispatch.not_a_document", name=name)


def results_of(kind: Format | None, octets: bytes) -> tuple[HealthDocument, ...] | None:
    """The results that a file of this format holds; None when none of its kind does.

    Raises:
        MailError: what its reader raises.
    """
    match kind:
        case Format.HPRIM_MEDECIN:
            return hprim_medecin.read(octets)
        case Format.HPRIM_SANTE:
            return tuple(each.document for each in hprim_sante.read(octets))
        case Format.HL7_V2:
            return hl7.documents(octets)
    return None
