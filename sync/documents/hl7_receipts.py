"""The answers to an HL7 v2 message: ACK, and the receipts ZAM^Z01 to Z03 of CI-SIS.

Rules: HL7 v2.5 chapter 2 for MSA and ERR; CI-SIS "Transmission de documents CDA en HL7v2"
2.1, "Accusés métier": OBX-3 says which receipt, OBX-4 the message it answers, OBX-5 Y or N, ERR-5
why not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sync.documents.delimited import Segment
from sync.documents.hl7_message import Message


class Step(StrEnum):
    """What a receipt is of."""

    TAKEN = "taken"
    """The message itself, by the system it was handed to (ACK)."""
    DMP = "dmp"
    """The document, by the DMP (Z01)."""
    DELIVERED = "delivered"
    """The mail, by the server of a recipient (Z02)."""
    READ = "read"
    """The mail, by its recipient or their program (Z03)."""


STEPS = {
    "ACK_RECEPTION_DMP": Step.DMP,
    "ACK_RECEPTION_MSS": Step.DELIVERED,
    "ACK_LECTURE_MSS": Step.READ,
}
EVENTS = {"Z01": Step.DMP, "Z02": Step.DELIVERED, "Z03": Step.READ}
WHO = ("DESTINATAIRE_MSS", "LECTEUR_MSS")
ANSWERS = {"Y": True, "N": False}
TAKEN = {"AA": True, "CA": True, "AE": False, "AR": False, "CE": False, "CR": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why not: one ERR."""

    code: str
    """ERR-5, what the application says, else ERR-3."""
    words: str = ""
    table: str = ""
    """'SMTPERRORCODE', 'DMPERRORCODE', 'messageErrorCondition'..."""
    severity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One answer to one message."""

    step: Step
    of_message: str
    """MSH-10 of the message that is answered."""
    succeeded: bool | None
    """None when the answer says neither."""
    address: str = ""
    """Of the recipient or the reader."""
    number: str = ""
    """Their identifier, where it is said."""
    faults: tuple[Fault, ...] = ()


def receipt(message: Message) -> Receipt | None:
    """The receipt that a message is; None when it is none."""
    kind, event = message.kind
    if kind == "ACK":
        return _taken(message)
    return _business(message, event) if kind == "ZAM" else None


def _taken(message: Message) -> Receipt | None:
    for msa in message.named("MSA"):
        return Receipt(
            step=Step.TAKEN,
            of_message=msa.part(2),
            succeeded=TAKEN.get(msa.part(1).upper()),
            faults=tuple(_faults(message)),
        )
    return None


def _business(message: Message, event: str) -> Receipt | None:
    step = EVENTS.get(event)
    of_message = address = number = ""
    succeeded: bool | None = None
    for obx in message.named("OBX"):
        name = obx.part(3).upper()
        if name in STEPS:
            # Of the event and the OBX the OBX is believed: it is what holds the answer.
            step, of_message = STEPS[name], obx.part(4)
            succeeded = ANSWERS.get(obx.part(5).upper())
        elif name in WHO:
            number, address = obx.part(4), obx.part(5, 4)
    if step is None:
        return None
    return Receipt(
        step=step,
        of_message=of_message,
        succeeded=succeeded,
        address=address,
        number=number,
        faults=tuple(_faults(message)),
    )


def _faults(message: Message) -> Iterator[Fault]:
    for err in message.named("ERR"):
        field = 5 if err.part(5) else 3
        if err.part(field) or err.part(field, 2):
            yield _fault(err, field)


def _fault(err: Segment, field: int) -> Fault:
    return Fault(
        code=err.part(field),
        words=err.part(field, 2),
        table=err.part(field, 3),
        severity=err.part(4),
    )
