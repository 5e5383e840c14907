"""What the screens show of health documents: by letter, by patient, by analyte, and what is urgent.

All of it is derived from letters (store/model/document.py). Every `str` that is no code is words
from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntFlag, StrEnum

from store.model.document import (
    Abnormality,
    Format,
    HealthDocument,
    Identifier,
    Sex,
    Status,
    Traits,
)
from store.model.ids import DocumentId, EmailId, IdentityId, PatientId
from store.model.mailbox import Lies


class Health(IntFlag):
    """Of a letter, for its line in the list: of all its documents together."""

    NONE = 0
    DOCUMENT = 1
    """It holds one."""
    RESULT = 2
    """Values, and not only words."""
    ABNORMAL = 4
    """Some value is out of its range, as its laboratory judged it, and nothing took its place."""
    ALERT = 8
    """Some value is to be seen now (AA, HH, LL), and nothing took its place."""
    SUPERSEDED = 16
    """Another document took the place of every one in it."""
    CORRECTION = 32
    """One of them took the place of another."""


class Certainty(StrEnum):
    """How sure it is that two are one patient; of a patient, how surely they are known."""

    CERTAIN = "certain"
    """The same INS, its key right, and all strict traits; of a patient, they are all known."""
    PROBABLE = "probable"
    """All strict traits without the INS, or a number of the same house with most of them."""
    POSSIBLE = "possible"
    """Only what is said: a name and a day, a number alone."""
    CONFLICT = "conflict"
    """The same number, and traits that contradict each other: shown, never merged."""


class Superseding(StrEnum):
    """How it is known that a document took the place of another."""

    REPLACED = "replaced"
    """It names it: CDA or XDS RPLC, HL7 TXA-13."""
    VERSION = "version"
    """A higher version of the same set."""
    CORRECTED = "corrected"
    """HL7 C, of the same sender, patient, kind and day."""
    DELETED = "deleted"
    """HL7 D."""
    ANNOUNCED = "announced"
    """'[Annule et remplace]' in the subject, of the same sender, patient, kind and day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRow:
    """Somebody documents are about."""

    id: PatientId
    birth_name: str
    used_name: str
    given_name: str
    birth_day: str
    sex: Sex
    ins: str
    """Only one whose key holds."""
    certainty: Certainty
    conflict: bool
    """Somebody else is told of under the same number: somebody must look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """One document, for a line."""

    id: DocumentId
    email_id: EmailId
    part: str
    """Number of the part it came in."""
    format: Format
    title: str
    status: Status
    day: str
    """'2026-11-24': of what it tells, else of its letter."""
    author: str
    worst: Abnormality
    results: int
    """How many values it holds."""
    patient_id: PatientId | None
    """None when it names nobody."""
    certainty: Certainty | None
    """How sure it is that it is about that patient."""
    superseded_by: DocumentId | None
    """None also when what took its place is gone: `superseded_how` says that something did."""
    superseded_how: Superseding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFile:
    """A file that a document carries, or is."""

    position: int
    media_type: str
    name: str
    size: int
    """Octets."""
    part: str
    """Number of the part that is this file; '' when it lies inside another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDocument:
    """One document, whole."""

    row: DocumentRow
    document: HealthDocument
    """Without its renditions: `files` lists them, and `file_octets` gives each."""
    analytes: tuple[str, ...]
    """What each of its observations measures, in their order; '' where nobody can say."""
    files: tuple[DocumentFile, ...]
    replaces: tuple[DocumentId, ...]
    """Documents that are here, whose place it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientEntry:
    """A document of a patient and its letter, one line of their view."""

    document: DocumentRow
    certainty: Certainty
    """How sure it is that it is about this patient, and not about somebody like them."""
    reasons: tuple[str, ...]
    """Codes, each with a sentence, where that is less than sure."""
    email_id: EmailId
    subject: str
    sender_name: str
    sender_email: str
    received_at: int
    """Unix seconds."""
    places: tuple[Lies, ...] = ()
    """Where its letter lies, when it is one that another account holds too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of an analyte, for the table and the trend."""

    document_id: DocumentId
    email_id: EmailId
    label: str
    value: str
    """As written."""
    number: Decimal | None
    comparator: str
    unit: str
    """As written."""
    unit_key: str
    """The same for two spellings of one unit. Values of different ones stand on no common scale."""
    low: str
    high: str
    abnormality: Abnormality
    status: Status
    day: str
    at: int | None
    """Unix seconds; None when only a day was said."""
    superseded: bool
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A document somebody must see: open until a person acknowledges it."""

    fingerprint: bytes
    document: DocumentRow
    patient: PatientRow | None
    results: tuple[Value, ...]
    """Its abnormal values, as they stand in it."""
    first_at: int
    """When it was first read here, Unix seconds."""
    alerted_at: int
    """When a screen told it, Unix seconds; 0 not yet."""
    seen_at: int
    """Unix seconds; 0 not yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """What stands open, for one line: how many, the first of them, which were never told."""

    grave: int = 0
    """With a value to be seen now (AA, HH, LL)."""
    others: int = 0
    first: Alert | None = None
    untold_grave: tuple[bytes, ...] = ()
    untold_others: tuple[bytes, ...] = ()
    """Fingerprints, as are those above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFacts:
    """What a document says of its patient, ready to be compared."""

    fingerprint: bytes
    """SHA-256 of what tells people apart."""
    traits: Traits
    keys: tuple[str, ...]
    """What another description of the same person could have in common with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One patient, as the identities told of them are grouped."""

    members: tuple[IdentityId, ...]
    certainties: tuple[Certainty, ...]
    """Of each member, in their order."""
    reference: IdentityId
    """The one that says most: what the patient is called."""
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Analyte:
    """What an observation measures, and in what."""

    key: str
    unit_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """A document that was read from a letter, ready to be kept."""

    part: str
    fingerprint: bytes
    document: HealthDocument
    file_parts: tuple[str, ...]
    """Of each rendition, the number of the part that is this file, or ''."""
    analytes: tuple[Analyte, ...]
    """Of the first observations; of those beyond, no earlier value is looked for."""
    identity: IdentityFacts | None
    """None when it names nobody."""
    corrects: bool
    """It takes the place of an earlier one that it does not name."""
    made_at: int
    """When it says that it was made, else its letter, Unix seconds."""
    day: str
    """'2026-11-24': of what it tells, else of its letter."""
    author: str
    packed: tuple[str, bytes] = ("", b"")
    """The document as it is kept (store/db/packed_documents.py), made before a transaction waits
    for it; ('', b'') when it is not yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versioned:
    """What tells whether one document took the place of another."""

    id: DocumentId
    email_id: EmailId
    fingerprint: bytes
    identifier: Identifier | None
    set_identifier: Identifier | None
    version: int | None
    replaces: frozenset[Identifier]
    entry: str = ""
    """The UUID of its XDS entry; ''."""
    status: Status
    corrects: bool
    kind: tuple[str, str]
    """Its code, and its title in bare letters; of HPRIM Médecin, which has none, its number."""
    service: str
    """When what it tells of was done, as said."""
    made_at: int
    patient_id: PatientId | None
    sender_email: str
    """Lower case."""
    subject: str
