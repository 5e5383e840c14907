"""A patient that received documents tell of, by their matricule, so that nobody types it again."""

from __future__ import annotations

from itertools import combinations

from store.db.open import Connection
from store.db.patients import traits_by_ins
from store.errors import NeedsUser
from store.model.document import Sex, Traits
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
    return max(found, key=_says)


def _says(traits: Traits) -> int:
    said = (traits.ins_root, traits.birth_name, traits.used_name, traits.birth_day)
    return sum(map(bool, (*said, traits.sex is not Sex.UNKNOWN))) * 10 + len(traits.given_names)
