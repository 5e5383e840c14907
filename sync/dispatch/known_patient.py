"""A patient that received documents tell of, by their matricule, so that nobody types it again."""

from __future__ import annotations

from itertools import combinations

from store.db.open import Connection
from store.db.patients import how_much, traits_by_ins
from store.errors import NeedsUser
from store.model.document import Traits
from sync.dispatch.describing import disagree


def patient_by_ins(db: Connection, ins: str) -> Traits:
    """The patient, as the document that says most tells of them.

    Raises:
        NeedsUser: `dispatch.no_such_patient`; `dispatch.other_patient`, documents disagree.
    """
    found = traits_by_ins(db, ins.replace(" ", ""))
    if not found:
        raise NeedsUser("dispatch.no_such_patient", ins=ins[:20])
    if any(disagree(one, other) for one, other in combinations(found, 2)):
        raise NeedsUser("dispatch.other_patient")
    return max(found, key=how_much)


def check_known(db: Connection, patient: Traits) -> None:
    """Whether received documents tell of nobody else under this patient's number.

    Raises:
        NeedsUser: `dispatch.patient_doubtful`.
    """
    told = traits_by_ins(db, patient.ins, in_conflict=True) if patient.ins else []
    if any(disagree(patient, each) for each in told):
        raise NeedsUser("dispatch.patient_doubtful")
