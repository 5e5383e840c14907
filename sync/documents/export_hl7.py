"""MDM^T02 towards the practice's software, and its acknowledgement (CI-SIS 1.1^CISIS_CDA_HL7_LPS).

One document, one message, HL7 2.6 in UTF-8, segments ended by CR. A field the profile wants and
that nobody knows is named as missing; what is only wanted "if known" is left empty.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from store.model.document import HealthDocument, Identifier, Professional, Sex, Status, Traits
from store.model.email import EmailAddress
from sync.documents.build_cda import BuiltCda
from sync.documents.facts import (
    Fact,
    day_digits,
    given_name,
    patient_identifiers,
    replaces,
    require,
    utc,
)
from sync.documents.hl7_text import escaped, unescaped
from sync.documents.oids import LOINC
from sync.documents.xdm_metadata import cx

PROFILE = "1.1^CISIS_CDA_HL7_LPS"
CR = "\r"
FLAGS = (
    ("MASQUE_PS", "Masqué aux professionnels de Santé"),
    ("INVISIBLE_PATIENT", "Document Non Visible par le patient"),
    ("INVISIBLE_REP_LEGAUX", "Non visible par les représentants Légaux du patient"),
    ("MODIF_CONF_CODE", "Modification Confidentiality Code"),
)
MOST_ACKNOWLEDGEMENT = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """From which application to which (MSH-3 to MSH-6)."""

    sending_application: str
    sending_facility: str
    receiving_application: str
    receiving_facility: str
    processing: str = "P"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """The letter the document came in."""

    message_id: str
    subject: str
    body: str
    sender: EmailAddress
    recipients: tuple[EmailAddress, ...]
    reply_to: EmailAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """The four flags of the profile, in the order of `FLAGS`; the CDA does not say them."""

    hidden_from_professionals: bool
    hidden_from_patient: bool
    hidden_from_guardians: bool
    changes_confidentiality: bool


class Verdict(StrEnum):
    """MSA-1."""

    ACCEPTED = "accepted"
    ERROR = "error"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """What the practice's software answered."""

    verdict: Verdict
    control_id: str
    """MSH-10 of the message it answers."""
    errors: tuple[tuple[str, str], ...] = ()
    """(code, words) of each ERR segment."""


def build_mdm(
    cda: BuiltCda,
    *,
    route: Route,
    carrier: Carrier,
    visibility: Visibility,
    control_id: str,
    sent_at: int,
) -> bytes:
    """The message.

    Raises:
        Missing: `document.missing.partner`, MSH-3 to 6; `document.missing.mail`, the letter.
    """
    routed = (
        route.sending_application,
        route.sending_facility,
        route.receiving_application,
        route.receiving_facility,
    )
    known = all(each.strip() for each in (*routed, control_id)) and route.processing in "PTD"
    mailed = carrier.message_id and carrier.sender.email
    require([Fact.PARTNER if not known else "", Fact.MAIL if not mailed else ""])
    segments = (
        *_opening(cda.document, routed, route.processing, control_id, sent_at),
        *_document(cda),
        *_people(cda.document, carrier),
        *_letter(carrier),
        *_flags(visibility),
    )
    return "".join(each.rstrip("|") + CR for each in segments).encode()


def _opening(
    document: HealthDocument,
    routed: tuple[str, ...],
    processing: str,
    control_id: str,
    sent_at: int,
) -> Iterator[str]:
    assert document.patient
    at = utc(sent_at) + "+0000"
    ways = "|".join(map(escaped, routed))
    what = f"MDM^{_event(document)}^MDM_T02|{escaped(control_id)}|{processing}|2.6"
    yield rf"MSH|^~\&|{ways}|{at}||{what}|||||FRA|UNICODE UTF-8|||{PROFILE}"
    yield f"EVN||{at}"
    yield _patient(document.patient)
    yield "PV1|1|N"


def _event(document: HealthDocument) -> str:
    if document.status is Status.DELETED:
        return "T04"
    return "T10" if replaces(document) else "T02"


def _patient(patient: Traits) -> str:
    identifiers = "~".join(map(cx, patient_identifiers(patient)))
    given = escaped(" ".join(name for name in patient.given_names if name))
    first = escaped(given_name(patient))
    names = []
    if patient.birth_name:
        names.append(f"{escaped(patient.birth_name)}^{first}^{given}^^^^L")
    if patient.used_name:
        names.append(f"{escaped(patient.used_name)}^{first}^^^^^D")
    sex = "U" if patient.sex is Sex.UNDIFFERENTIATED else patient.sex.value
    return f"PID|||{identifiers}||{'~'.join(names)}||{day_digits(patient.birth_day)}|{sex}"


def _document(cda: BuiltCda) -> Iterator[str]:
    document = cda.document
    assert document.identifier
    system = "LN" if document.code_system == LOINC else "TRE_A05"
    kind = f"{escaped(document.code)}^{escaped(cda.context.type_name)}^{system}"
    order, status = {"T02": ("NW", "F"), "T10": ("RO", "C"), "T04": ("CA", "D")}[_event(document)]
    parent = _entity(replaces(document)[0]) if order == "RO" else ""
    yield f"ORC|{order}"
    yield f"OBR|1|||{kind}"
    txa = f"TXA|1|{escaped(document.code)}|TEXT"
    yield f"{txa}{'|' * 9}{_entity(document.identifier)}|{parent}||||AU"
    data = base64.b64encode(cda.octets).decode()
    yield f"OBX|1|ED|{kind}||^text^XML^Base64^{data}||||||{status}"


def _entity(identifier: Identifier) -> str:
    """TXA-12, by the note of the volet: the root alone where a CDA id has no extension."""
    if not identifier.extension:
        return escaped(identifier.root)
    return f"{escaped(identifier.extension)}^^{identifier.root}^ISO"


def _people(document: HealthDocument, carrier: Carrier) -> Iterator[str]:
    author = document.authors[0] if document.authors else None
    yield _participant("SB^Send by", carrier.sender.email, author)
    for recipient in carrier.recipients:
        yield _participant("RCT^Result Copies To", recipient.email)
    if carrier.reply_to:
        yield _participant("REPLY^Reply To", carrier.reply_to.email)


def _participant(role: str, email: str, person: Professional | None = None) -> str:
    who = ""
    if person and person.identifier:
        names = f"{escaped(person.family_name)}^{escaped(person.given_name)}"
        authority = f"&{person.identifier.root}&ISO"
        who = f"{escaped(person.identifier.extension)}^{names}^^^^^^{authority}^D^^^IDNPS"
    return f"PRT||UC||{role}^participation|{who}{'|' * 10}^^X.400^{escaped(email)}"


def _letter(carrier: Carrier) -> Iterator[str]:
    body = base64.b64encode(carrier.body.encode("utf-8", "replace")).decode()
    named = f"{escaped(carrier.message_id)}^{escaped(carrier.subject)}"
    yield f"OBX|2|ED|{named}||^text^^Base64^{body}||||||F"


def _flags(visibility: Visibility) -> Iterator[str]:
    said = (
        visibility.hidden_from_professionals,
        visibility.hidden_from_patient,
        visibility.hidden_from_guardians,
        visibility.changes_confidentiality,
    )
    for number, ((code, words), is_set) in enumerate(zip(FLAGS, said, strict=True), 3):
        value = f"{'Y' if is_set else 'N'}^^expandedYes-NoIndicator"
        yield f"OBX|{number}|CWE|{code}^{words}^MetaDMPMSS||{value}||||||F"


def read_acknowledgement(octets: bytes) -> Acknowledgement | None:
    """What an ACK says; None when it is none."""
    text = octets[:MOST_ACKNOWLEDGEMENT].decode("utf-8", "replace").strip("\x0b\x1c\ufeff\r\n ")
    segments = [line.split("|") for line in re.split(r"[\r\n]+", text)]
    msa = next((each for each in segments if each[0] == "MSA" and len(each) > 2), None)
    if segments[0][0] != "MSH" or msa is None:
        return None
    verdicts = {"A": Verdict.ACCEPTED, "E": Verdict.ERROR, "R": Verdict.REJECTED}
    verdict = verdicts.get(msa[1][1:2].upper()) if msa[1][:1].upper() in ("A", "C") else None
    if verdict is None:
        return None
    errors = (_error(each) for each in segments if each[0] == "ERR")
    return Acknowledgement(
        verdict=verdict, control_id=unescaped(msa[2]), errors=tuple(filter(None, errors))
    )


def _error(segment: list[str]) -> tuple[str, str] | None:
    """ERR-3, and ERR-8 or the words beside the code."""
    parts = (segment[3] if len(segment) > 3 else "").split("^")
    words = segment[8] if len(segment) > 8 and segment[8] else (parts[1:] or [""])[0]
    return (unescaped(parts[0]), unescaped(words)) if parts[0] or words else None
