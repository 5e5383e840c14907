"""The facts that a document is built from, and the names of those that are missing.

HealthDocument says what a document says. What is beside it in a CDA header or in XDS metadata, and
that no HPRIM file knows, is in `Context`: a rule of the drop folder or a person gives it. Nothing
here has a default that is a medical or an administrative statement: what is not known is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from store.errors import NeedsUser
from store.model.document import HealthDocument, Identifier, Moment, Professional, Sex, Traits
from sync.documents.oids import IDNPS as IDNPS
from sync.documents.oids import IDNST as IDNST
from sync.documents.oids import INS_DEMO as INS_DEMO
from sync.documents.oids import INS_ROOTS as INS_ROOTS
from sync.documents.oids import INS_TEST as INS_TEST
from sync.documents.oids import LOINC as LOINC
from sync.documents.oids import TRE_A05 as TRE_A05

OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
INS = re.compile(r"[0-9]{5}(?:[0-9]{2}|2[ABab])[0-9]{8}")
HL7_TIME = re.compile(r"([0-9]{4,14})(?:\.[0-9]{1,4})?(?:[+-][0-9]{4})?")
DAY = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")


class Fact(StrEnum):
    """What can be missing, by the code of its sentence."""

    PATIENT = "document.missing.patient"
    PATIENT_IDENTIFIER = "document.missing.patient_identifier"
    PATIENT_NAME = "document.missing.patient_name"
    GIVEN_NAME = "document.missing.given_name"
    BIRTH_DAY = "document.missing.birth_day"
    SEX = "document.missing.sex"
    IDENTIFIER = "document.missing.identifier"
    SET_IDENTIFIER = "document.missing.set_identifier"
    VERSION = "document.missing.version"
    REPLACED = "document.missing.replaced"
    TYPE = "document.missing.type"
    TYPE_NAME = "document.missing.type_name"
    TITLE = "document.missing.title"
    CREATED_AT = "document.missing.created_at"
    SERVICE_AT = "document.missing.service_at"
    CONFIDENTIALITY = "document.missing.confidentiality"
    AUTHOR = "document.missing.author"
    AUTHOR_IDENTIFIER = "document.missing.author_identifier"
    AUTHOR_NAME = "document.missing.author_name"
    AUTHOR_ORGANIZATION = "document.missing.author_organization"
    AUTHOR_AT = "document.missing.author_at"
    CUSTODIAN = "document.missing.custodian"
    SIGNER = "document.missing.signer"
    SIGNER_IDENTIFIER = "document.missing.signer_identifier"
    SIGNER_NAME = "document.missing.signer_name"
    SIGNED_AT = "document.missing.signed_at"
    PERFORMER = "document.missing.performer"
    PERFORMER_IDENTIFIER = "document.missing.performer_identifier"
    FACILITY = "document.missing.facility"
    PRACTICE = "document.missing.practice"
    CONTENT = "document.missing.content"
    PDF = "document.missing.pdf"
    CLASS_CODE = "document.missing.class_code"
    CONTENT_TYPE = "document.missing.content_type"
    SUBMISSION_IDENTIFIER = "document.missing.submission_identifier"
    SOURCE = "document.missing.source"
    ENTRY = "document.missing.entry"
    REPLACED_ENTRY = "document.missing.replaced_entry"
    SENDER_NAME = "document.missing.sender_name"
    ANSWER_ADDRESS = "document.missing.answer_address"
    RECIPIENT = "document.missing.recipient"
    MAIL = "document.missing.mail"
    PARTNER = "document.missing.partner"
    VISIBILITY = "document.missing.visibility"
    NIL = "document.missing.nil"


class Missing(NeedsUser):
    """Something that must be said is not known. `facts` are all of them, the first one is told."""

    def __init__(self, facts: tuple[Fact, ...]) -> None:
        super().__init__(facts[0].value)
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A code, the OID of its list, and its words."""

    code: str
    system: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a CDA header wants beside the document itself."""

    type_name: str = ""
    """Words of the document's code: "CR d'examens biologiques"."""
    facility: Coded | None = None
    """Where the patient was received (JDV_J61): SA07, SA25..."""
    facility_name: str = ""
    practice: Coded | None = None
    """In which setting (1.2.250.1.213.1.1.4.9): AMBULATOIRE..."""
    act: Coded | None = None
    """The main act documented; of a CR-BIO, its LOINC chapter."""
    act_ended_at: Moment | None = None
    performer: Professional | None = None
    encounter_at: Moment | None = None
    """When the patient was received; a null flavour when nobody said."""
    order: Identifier | None = None
    prescriber: Professional | None = None
    language: str = "fr-FR"


def require(missing: Iterable[Fact | str]) -> None:
    """Raise what is named in `missing`; '' names nothing."""
    facts = tuple(Fact(each) for each in missing if each)
    if facts:
        raise Missing(facts)


def missing_in_patient(patient: Traits | None) -> Iterator[Fact]:
    """What identifies nobody without it."""
    if patient is None:
        yield Fact.PATIENT
        return
    if not patient_identifiers(patient):
        yield Fact.PATIENT_IDENTIFIER
    if not (patient.birth_name or patient.used_name).strip():
        yield Fact.PATIENT_NAME
    if not given_name(patient):
        yield Fact.GIVEN_NAME
    if not day_digits(patient.birth_day):
        yield Fact.BIRTH_DAY
    if patient.sex is Sex.UNKNOWN:
        yield Fact.SEX


def patient_identifiers(patient: Traits) -> tuple[Identifier, ...]:
    """Those whose authority is known, the INS first."""
    ins: tuple[Identifier, ...] = ()
    if patient.ins and patient.ins_root in INS_ROOTS:
        ins = (Identifier(root=patient.ins_root, extension=patient.ins),)
    others = (each for each in patient.identifiers if is_identifier(each) and each.extension)
    return (*ins, *others)


def given_name(patient: Traits) -> str:
    """The first birth given name, '' when none is known."""
    return next((name.strip() for name in patient.given_names if name.strip()), "")


def family_name(patient: Traits) -> str:
    """The birth name; the used one where that is all that is known."""
    return patient.birth_name.strip() or patient.used_name.strip()


def is_identifier(identifier: Identifier | None) -> bool:
    """Whether it says whose it is, as XML and ebRIM want that."""
    return identifier is not None and OID.fullmatch(identifier.root) is not None


def ins_is_complete(patient: Traits) -> bool:
    """Whether a matricule, its authority and the four traits are all said (X-MSS-INS)."""
    return bool(
        INS.fullmatch(patient.ins)
        and patient.ins_root in INS_ROOTS
        and patient.birth_name.strip()
        and given_name(patient)
        and len(day_digits(patient.birth_day)) == 8
        and patient.sex in (Sex.FEMALE, Sex.MALE)
    )


def replaces(document: HealthDocument) -> tuple[Identifier, ...]:
    """The earlier documents that this one replaces, as far as they can be named."""
    return tuple(each for each in document.replaces if is_identifier(each))


def day_digits(day: str) -> str:
    """'19790328' of '1979-03-28'; '' when it is no day."""
    return day.replace("-", "") if DAY.fullmatch(day) else ""


def timestamp(moment: Moment | None) -> str:
    """A time as HL7 TS, as precise as it was said, and as it was said where that is a TS."""
    if moment is None:
        return ""
    digits = day_digits(moment.day)
    said = HL7_TIME.fullmatch(moment.said)
    if said and digits and said[1].startswith(digits) and len(said[1]) % 2 == 0:
        return moment.said
    return utc(moment.at) + "+0000" if moment.at is not None else digits


def utc_timestamp(moment: Moment | None) -> str:
    """A time as XDS DTM: in UTC, or the day alone where no zone was said."""
    if moment is None:
        return ""
    return utc(moment.at) if moment.at is not None else day_digits(moment.day)


def utc(at: int) -> str:
    """Unix seconds as YYYYMMDDHHMMSS."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y%m%d%H%M%S")
