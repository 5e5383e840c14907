"""What a CI-SIS message asks to be done with its document: to whom, hidden from whom, new or not.

Rules: CI-SIS "Transmission de documents CDA en HL7v2" 2.1 (ansforge,
IG-hl7v2-volet-transmission-document-cda-r2): the OBX of the table MetaDMPMSS, the PRT, and the
three combinations of its page "Règles de gestion MSSanté": "les cas non représentés génèrent un
message d'erreur". Here they generate a warning, and whoever would send decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from store.model.document import Professional, Status
from sync.documents import hl7_people, hl7_results
from sync.documents.charset import decode
from sync.documents.delimited import Segment
from sync.documents.hl7_message import Message

TABLE = "METADMPMSS"
FLAGS = {
    "MASQUE_PS": "hidden_from_professionals",
    "INVISIBLE_PATIENT": "hidden_from_patient",
    "INVISIBLE_REP_LEGAUX": "hidden_from_representatives",
    "INVISIBLE_REPRESENTANTS_LEGAUX": "hidden_from_representatives",
    "CONNEXION_SECRETE": "secret_connection",
    "MODIF_CONF_CODE": "confidentiality_changed",
    "MODIF_CONFIDENTIALITYCODE": "confidentiality_changed",
    "DESTDMP": "to_dmp",
    "DESTMSSANTEPS": "to_professionals",
    "DESTMSSANTEPAT": "to_patient",
    "ACK_RECEPTION": "receipt_wanted",
    "ACK_LECTURE_MSS": "reading_wanted",
    "ACK_LECTURE": "reading_wanted",
}
"""Names of version 2.1, and those of 1.2 that its samples show."""
BODIES = {"CORPSMAIL_PS": "for_professionals", "CORPSMAIL_PATIENT": "for_patient"}
LEGAL: tuple[dict[str, bool], ...] = (
    # To the professionals and the patient: hidden from nobody.
    {
        "hidden_from_professionals": False,
        "hidden_from_patient": False,
        "hidden_from_representatives": False,
        "secret_connection": False,
        "to_professionals": True,
        "to_patient": True,
    },
    # To the professionals alone: not to be seen by the patient.
    {
        "hidden_from_patient": True,
        "hidden_from_representatives": False,
        "secret_connection": False,
        "to_professionals": True,
        "to_patient": False,
    },
    # To the patient alone, not by way of the DMP.
    {
        "hidden_from_patient": False,
        "secret_connection": False,
        "to_dmp": False,
        "to_professionals": False,
        "to_patient": True,
    },
)
"""The three rows of the table: a flag that is not named may be either."""
EVENTS = {"T02": Status.FINAL, "T10": Status.CORRECTED, "T04": Status.DELETED}
CONTROLS = {"NW": Status.FINAL, "RO": Status.CORRECTED, "CA": Status.DELETED}
"""MSH-9 of an MDM and ORC-1: they say the same thing as OBX-11, or the message is refused."""

DONE = ("F", "C", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The wishes of who wrote the message. None where it does not say."""

    hidden_from_professionals: bool | None = None
    hidden_from_patient: bool | None = None
    hidden_from_representatives: bool | None = None
    secret_connection: bool | None = None
    confidentiality_changed: bool | None = None
    to_dmp: bool | None = None
    to_professionals: bool | None = None
    to_patient: bool | None = None
    receipt_wanted: bool | None = None
    reading_wanted: bool | None = None
    ends_conversation: bool = False
    """X-MSS-MES: FIN, the patient is not to answer."""
    for_professionals: str = ""
    """The words of the mail to them."""
    for_patient: str = ""
    sender: Professional | None = None
    recipients: tuple[Professional, ...] = ()
    """Professionals, structures and programs, each with its address."""
    patients: tuple[Professional, ...] = ()
    """The patient as a recipient."""
    reply_to: str = ""


def orders(message: Message) -> tuple[Orders | None, list[str]]:
    """The wishes, and what is wrong with them; None for a message that holds none."""
    flags: dict[str, bool] = {}
    bodies: dict[str, str] = {}
    for obx in message.named("OBX"):
        name = obx.part(3).upper()
        if name in FLAGS and (answer := obx.part(5).upper()) in ("Y", "N"):
            flags[FLAGS[name]] = answer == "Y"
        elif name in BODIES and (body := hl7_results.carried(obx)):
            bodies[BODIES[name]] = decode(body.octets).text
    people = _people(message)
    if not (flags or bodies or any(people.values())):
        return None, []
    found = Orders(
        ends_conversation=_ends(message),
        sender=next(iter(people["SB"]), None),
        recipients=tuple(people["RCT"]),
        patients=tuple(people["patient"]),
        reply_to=next((mail for who in people["REPLY"] for mail in who.emails), ""),
    )
    found = replace(found, **flags, **bodies)  # type: ignore[arg-type]  # names of FLAGS and BODIES
    return found, [*_problems(found), *_number_problems(found)]


def is_order(obx: Segment) -> bool:
    """Whether an OBX is a wish, and no result."""
    name = obx.part(3).upper()
    return name in FLAGS or name in BODIES or obx.part(3, 3).upper() == TABLE


def _people(message: Message) -> dict[str, dict[Professional, None]]:
    """The people of each role, each once: an ORU may repeat them below each form of a document."""
    people: dict[str, dict[Professional, None]] = {
        role: {} for role in ("SB", "RCT", "REPLY", "patient")
    }
    for prt in message.named("PRT"):
        role = prt.part(4).upper()
        if role == "RCT" and hl7_people.is_patient(prt):
            role = "patient"
        if role in people:
            people[role][hl7_people.participant(prt)] = None
    return people


def _ends(message: Message) -> bool:
    """NTE-4 below the OBX that names the patient."""
    below = ""
    for each in message.body:
        if each.name == "OBX":
            below = each.part(3).upper()
        elif each.name == "NTE" and below == "DESTMSSANTEPAT" and each.part(4).upper() == "FIN":
            return True
    return False


def _problems(found: Orders) -> Iterator[str]:
    if found.to_professionals or found.to_patient:
        if not any(_agrees(found, row) for row in LEGAL):
            yield "hl7.destinations"
        if found.to_professionals and not any(who.emails for who in found.recipients):
            yield "hl7.no_recipient"
        if found.to_patient and not any(who.emails for who in found.patients):
            yield "hl7.no_recipient"
    elif False in (found.to_professionals, found.to_patient) and (
        found.recipients or found.patients
    ):
        # Addresses, and a flag that says not to use them: sending would be a guess.
        yield "hl7.destinations"


def _agrees(found: Orders, row: dict[str, bool]) -> bool:
    return all(getattr(found, name) is wanted for name, wanted in row.items())


def _number_problems(found: Orders) -> Iterator[str]:
    for who in (found.sender, *found.recipients):
        if who and (problem := hl7_people.number_problem(who)):
            yield problem


def action(message: Message) -> tuple[Status, list[str]]:
    """Whether a document is new, replaces one or takes one back; the gravest where they differ."""
    kind, event = message.kind
    said_so = {
        CONTROLS[orc.part(1).upper()]
        for orc in message.named("ORC")
        if orc.part(1).upper() in CONTROLS
    }
    if kind == "MDM" and event in EVENTS:
        said_so.add(EVENTS[event])
    for obx in message.named("OBX"):
        state = obx.part(11).upper()
        if obx.part(2).upper() == "ED" and not is_order(obx) and state in DONE:
            said_so.add(Status(state))
    for gravest in (Status.DELETED, Status.CORRECTED, Status.FINAL):
        if gravest in said_so:
            return gravest, ["hl7.action_differs"] if len(said_so) > 1 else []
    return Status.UNKNOWN, []
