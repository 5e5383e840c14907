"""What a line of the corpus says of its document, and the deviations that the issue names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.model.document import Abnormality, Format


class Deviation(StrEnum):
    """What the issue names, in its words."""

    XDM_CASE = "XDM: case"
    XDM_FOLDERS = "XDM: folder names"
    XDM_JUNK = "XDM: junk files"
    XDM_NO_METADATA = "XDM: missing METADATA"
    XDM_SETS = "XDM: several SubmissionSets"
    XDM_WRONG_HASH = "XDM: wrong hashes"
    XDM_UPPER_HASH = "XDM: upper-case hashes"
    XDM_RIM_21 = "XDM: rim 2.1"
    XDM_BOM = "XDM: BOM"
    XDM_BUILT = "XDM: as Pli builds it"
    CDA_N1 = "CDA R2 N1"
    CDA_N3 = "CDA R2 N3"
    CDA_TABLE = "CDA: narrative with its tables"
    CDA_PARTICIPANTS = "CDA: header, patient, authors, participants"
    CDA_RESULTS = "CDA: structured results, units, ranges, interpretation codes"
    CDA_VERSIONS = "CDA: several versions"
    CDA_PDF = "CDA: embedded PDF"
    CDA_STYLESHEET = "CDA: a self-presenting one"
    CDA_CHARSET = "CDA: encodings"
    TOGETHER = "CDA and its PDF show as one document"
    HPRIM_12 = "HPRIM Médecin: 12 lines"
    HPRIM_13 = "HPRIM Médecin: 13 lines"
    HPRIM_PATIENTS = "HPRIM Médecin: several patients a file"
    HPRIM_CP1252 = "HPRIM Médecin: CP1252"
    HPRIM_LATIN = "HPRIM Médecin: ISO-8859-1"
    HPRIM_MAC = "HPRIM Médecin: MacRoman"
    HPRIM_UTF_8 = "HPRIM Médecin: UTF-8"
    HPRIM_UTF_16 = "HPRIM Médecin: UTF-16"
    HPRIM_CR = "HPRIM Médecin: CR"
    HPRIM_LF = "HPRIM Médecin: LF"
    HPRIM_CRLF = "HPRIM Médecin: CRLF"
    HPRIM_LINES = "HPRIM Médecin: RES and TEX lines"
    HPRIM_LEVELS = "HPRIM Médecin: four-level abnormality"
    SANTE = "HPRIM Santé 2.x"
    SANTE_FILES = "HPRIM Santé: side files"
    HL7_ORU = "HL7 v2: plain ORU"
    HL7_CDA = "HL7 v2: ORU with a base64 CDA"
    HL7_MDM = "HL7 v2: MDM"
    HL7_PRT = "HL7 v2: PRT recipients"
    HL7_FLAGS = "HL7 v2: MetaDMPMSS flags"
    PDF = "a PDF"
    KEY = "identities: a key that fails warns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One document of the corpus."""

    name: str
    shows: tuple[Deviation, ...]
    format: Format
    octets: bytes
    documents: int = 1
    family: str = ""
    """A name of the first patient: of birth, else the used one."""
    results: int = 0
    grave: tuple[Abnormality, ...] = ()
    """How abnormal the first results are."""
    text: str = ""
    """Words that the first document must show."""
    files: tuple[str, ...] = ()
    """Media types of what the first document carries, or the files it names beside it."""
    warnings: tuple[str, ...] = ()
    """All that is told, of the package or the message and of its first document."""
