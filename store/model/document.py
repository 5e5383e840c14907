"""HealthDocument: what a CDA, an HPRIM file or an HL7 message says, whichever it was.

Read by `sync/documents/`, one file per format, from octets that anybody may have written: every
`str` is words from outside. What a document does not say stays None, '' or (); nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ENTRY = "urn:uuid"
"""The root of an `Identifier` that is the UUID of an entry in a registry (XDS), and no OID."""


class Format(StrEnum):
    """How a document was written."""

    CDA_N1 = "cda_n1"
    """CDA R2 whose body is another file, nearly always a PDF."""
    CDA_N3 = "cda_n3"
    """CDA R2 with sections, structured where its model says so."""
    HPRIM_MEDECIN = "hprim_medecin"
    HPRIM_SANTE = "hprim_sante"
    HL7_V2 = "hl7_v2"
    """Results in an ORU^R01 itself; a CDA carried by one is a CDA."""
    PDF = "pdf"
    XDM = "xdm"
    """A package of documents (IHE XDM zip); each of them is in a format of its own."""


class Sex(StrEnum):
    """As in HL7 AdministrativeGender and PID-8."""

    FEMALE = "F"
    MALE = "M"
    UNDIFFERENTIATED = "UN"
    UNKNOWN = ""


class Abnormality(StrEnum):
    """Of a value, as its laboratory judged it (HL7 2.16.840.1.113883.5.83)."""

    UNKNOWN = ""
    NORMAL = "N"
    LOW = "L"
    HIGH = "H"
    ABNORMAL = "A"
    VERY_LOW = "LL"
    VERY_HIGH = "HH"
    VERY_ABNORMAL = "AA"

    @property
    def is_alert(self) -> bool:
        """Whether somebody must see it now (Ségur BIO/va1.01)."""
        return self in (Abnormality.VERY_LOW, Abnormality.VERY_HIGH, Abnormality.VERY_ABNORMAL)


class Status(StrEnum):
    """Of a document or of a value."""

    FINAL = "F"
    PARTIAL = "P"
    CORRECTED = "C"
    DELETED = "D"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time as precise as it was said."""

    said: str
    """As written: '20261124', '202611241030+0100', '24/11/2026'."""
    day: str = ""
    """'2026-11-24', '2026-11' or '2026' in the place of whoever wrote it; '' when unreadable."""
    at: int | None = None
    """Unix seconds UTC; None when only a day, or no zone, was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """HL7 II: an `extension` that the authority `root` gave."""

    root: str
    """OID; '' when the document does not say whose it is."""
    extension: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """A patient as a document identifies them."""

    ins: str = ""
    """Matricule INS, 15 characters, as written."""
    ins_root: str = ""
    """Its OID: NIR, NIA, or one for tests (store/model/identifiers.py)."""
    birth_name: str = ""
    used_name: str = ""
    given_names: tuple[str, ...] = ()
    """First birth given name first."""
    used_given_name: str = ""
    birth_day: str = ""
    """'1979-03-28', '1979-03' or '1979'."""
    sex: Sex = Sex.UNKNOWN
    birth_place: str = ""
    """INSEE code (COG), or a town where only that is said."""
    identifiers: tuple[Identifier, ...] = ()
    """Every other one: a hospital's IPP, a laboratory's number, an NSS."""
    address: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Professional:
    """Who wrote, signed, keeps or receives a document: a person, a structure, or both."""

    identifier: Identifier | None = None
    """RPPS or ADELI as IDNPS; None when the document does not say."""
    family_name: str = ""
    given_name: str = ""
    prefix: str = ""
    profession: str = ""
    """Words, as displayed."""
    profession_code: str = ""
    organization: str = ""
    organization_identifier: Identifier | None = None
    address: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    at: Moment | None = None
    """When they wrote or signed."""
    role: str = ""
    """Why they are named, as said: 'Médecin traitant', or the code 'REF' where no word is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One result."""

    label: str
    code: str = ""
    """LOINC where the document has it, else the laboratory's own."""
    code_system: str = ""
    """OID, or the name of the laboratory's list; '' when unknown."""
    value: str = ""
    """As written, comparator and all: '<0,5', 'Positif', '2.920'."""
    number: Decimal | None = None
    """Only when it is surely one."""
    comparator: str = ""
    """'<', '<=', '>', '>=' or ''."""
    unit: str = ""
    """UCUM in a CDA, as written elsewhere."""
    low: str = ""
    high: str = ""
    """Reference range, as written."""
    reference: str = ""
    """The range in words, where it is not two bounds."""
    abnormality: Abnormality = Abnormality.UNKNOWN
    status: Status = Status.UNKNOWN
    observed_at: Moment | None = None
    method: str = ""
    specimen: str = ""
    """What was examined: 'Urine', or an isolate, 'Escherichia coli'."""
    comment: str = ""
    subject: str = ""
    """Whom or what it was measured on, where that is not the patient: a foetus, a water tank."""
    group: tuple[str, ...] = ()
    """Headings above it, outermost first."""
    earlier: tuple[Observation, ...] = ()
    """Earlier or converted values that the document repeats beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """A file that a document carries, or is."""

    media_type: str
    octets: bytes
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthDocument:
    """One document about one patient."""

    format: Format
    identifier: Identifier | None = None
    """CDA ClinicalDocument/id, HL7 MSH-10..."""
    set_identifier: Identifier | None = None
    """The same for every version of it (CDA setId)."""
    version: int | None = None
    replaces: tuple[Identifier, ...] = ()
    """CDA relatedDocument RPLC, HL7 TXA-13; of an XDS association RPLC, entries (`ENTRY`)."""
    entry: str = ""
    """The UUID of its own entry in METADATA.XML, in lower case; '' where it has none."""
    status: Status = Status.UNKNOWN
    code: str = ""
    """What kind of document: LOINC or TRE_A05."""
    code_system: str = ""
    title: str = ""
    created_at: Moment | None = None
    service_at: Moment | None = None
    """When what it tells of was done, the beginning."""
    confidentiality: str = ""
    language: str = ""
    patient: Traits | None = None
    authors: tuple[Professional, ...] = ()
    signer: Professional | None = None
    """legalAuthenticator."""
    custodian: Professional | None = None
    recipients: tuple[Professional, ...] = ()
    participants: tuple[Professional, ...] = ()
    facility: Professional | None = None
    """Where it was done: an organization, whose kind is the profession."""
    text: str = ""
    """Readable text, its tables laid out in columns; not yet made safe to show."""
    observations: tuple[Observation, ...] = ()
    renditions: tuple[Rendition, ...] = ()
    warnings: tuple[str, ...] = ()
    """Codes, each with a sentence: 'document.ins_key', 'document.hash_differs'..."""
