"""Every deviation that Pli was made to read, in one table: what it is, its octets, what is in it.

Nobody in it is real, and no octet is a laboratory's: each document is made by the makers beside
this file. Whoever meets a new deviation adds a line to `corpus_lab.py` or `corpus_cda.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from store.model.document import Format, HealthDocument
from sync.documents import hl7, hprim_medecin, hprim_sante
from sync.documents.cda import read_cda
from sync.documents.recognise import recognise
from sync.documents.xdm import read_xdm
from tests.unit.documents.cda_maker import PDF
from tests.unit.documents.corpus_cda import HOSPITAL
from tests.unit.documents.corpus_lab import LAB
from tests.unit.documents.corpus_model import Deviation, Sample


@dataclass(frozen=True, slots=True)
class Read:
    """What was found in a sample."""

    documents: tuple[HealthDocument, ...]
    files: tuple[str, ...]
    warnings: tuple[str, ...]


def read(octets: bytes) -> tuple[Format | None, Read]:
    """Recognise and read, as whoever holds a file does; a CDA within a message is read too."""
    kind = recognise("fichier", octets)
    told: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    found: tuple[HealthDocument, ...] = ()
    match kind:
        case Format.HPRIM_MEDECIN:
            found = hprim_medecin.read(octets)
        case Format.HPRIM_SANTE:
            both = hprim_sante.read(octets)
            found, files = tuple(each.document for each in both), both[0].wanted
        case Format.HL7_V2:
            found = tuple(each for exchange in hl7.read(octets) for each in exchange.documents)
        case Format.XDM:
            package = read_xdm(octets)
            found, told = package.documents, package.warnings
        case Format.CDA_N1 | Format.CDA_N3:
            found = (read_cda(octets),)
        case _:
            pass
    if found:
        files = files or tuple(each.media_type for each in found[0].renditions)
        told = (*told, *found[0].warnings)
    return kind, Read(found, files, told)


CORPUS = (
    *LAB,
    *HOSPITAL,
    Sample(
        name="a PDF behind some noise",
        shows=(Deviation.PDF,),
        format=Format.PDF,
        octets=b"\r\n" + PDF,
        documents=0,
    ),
)
