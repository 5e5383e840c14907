"""Where a health document goes beside its recipients: to the patient, to the DMP. Pure.

Its own files may ask for it (a sidecar, a HL7 message of CI-SIS), or forbid it; the rule allows it
or not. What asks for more than the rule does is held, and what says no is obeyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.model.drop_options import Further, RuleOptions
from sync.documents.hl7_message import Message
from sync.documents.hl7_orders import Orders
from sync.documents.hl7_people import traits
from sync.documents.sidecar import Sidecar

FLAGS = ("professionals", "patient", "dmp")
VALIDATED = "VALI"
"""PID-32 of an identity that was checked; with an INS it is a qualified one (IHE PAM France)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one file, or all of a dispatch, says; None where it does not say."""

    professionals: bool | None = None
    patient: bool | None = None
    dmp: bool | None = None
    patient_emails: tuple[str, ...] = ()
    masked: bool = False
    """Somebody is not to see it in the DMP."""
    qualified: bool = False
    """The sender's own system has checked the patient's identity."""
    closes: bool = False
    reading: bool = False
    """The laboratory wants to know that it was read (ACK_LECTURE_MSS)."""
    body: str = ""
    patient_body: str = ""


NOTHING_ASKED = Asked()


def of_sidecar(said: Sidecar) -> Asked:
    """A sidecar that does not ask says nothing of it."""
    number = bool(said.patient and said.patient.ins)
    return Asked(
        patient=said.to_patient or None,
        dmp=said.to_dmp or None,
        qualified=said.ins_is_qualified and number,
        closes=said.closes,
        body=said.body,
        patient_body=said.patient_body,
    )


def of_message(message: Message, orders: Orders | None) -> Asked:
    """One HL7 message."""
    pid = next(message.named("PID"), None)
    qualified = False
    if pid is not None and traits(pid)[0].ins:
        states = {pid.component(each, 1).upper() for each in pid.repetitions(32)}
        qualified = VALIDATED in states
    if orders is None:
        return Asked(qualified=qualified)
    hidden = (
        *(orders.hidden_from_professionals, orders.hidden_from_patient),
        *(orders.hidden_from_representatives, orders.secret_connection),
    )
    return Asked(
        professionals=orders.to_professionals,
        patient=orders.to_patient,
        dmp=orders.to_dmp,
        patient_emails=tuple(mail for who in orders.patients for mail in who.emails),
        masked=any(hidden),
        qualified=qualified,
        closes=orders.ends_conversation,
        reading=bool(orders.reading_wanted),
        body=orders.for_professionals,
        patient_body=orders.for_patient,
    )


def together(asked: Iterable[Asked]) -> Asked | None:
    """What all files say; None when two say the contrary of each other."""
    every = list(asked)
    flags = [_agreed([getattr(each, name) for each in every]) for name in FLAGS]
    if any(len(values) > 1 for values in flags):
        return None
    professionals, patient, dmp = (next(iter(values), None) for values in flags)
    return Asked(
        professionals=professionals,
        patient=patient,
        dmp=dmp,
        patient_emails=tuple(dict.fromkeys(mail for one in every for mail in one.patient_emails)),
        masked=any(each.masked for each in every),
        qualified=any(each.qualified for each in every),
        closes=any(each.closes for each in every),
        reading=any(each.reading for each in every),
        body=next((each.body for each in every if each.body), ""),
        patient_body=next((each.patient_body for each in every if each.patient_body), ""),
    )


def _agreed(said: Sequence[bool | None]) -> set[bool]:
    return {each for each in said if each is not None}


def is_allowed(asked: Asked, options: RuleOptions) -> bool:
    """Whether a rule does all that is asked of it."""
    wishes = ((asked.patient, options.to_patient), (asked.dmp, options.to_dmp))
    return not any(wish and may is Further.NEVER for wish, may in wishes)


def goes(wish: bool | None, may: Further) -> bool:
    """Whether a document goes there; what is asked and not allowed does not."""
    if may is Further.NEVER:
        return False
    return wish if wish is not None else may is Further.ALWAYS
