"""Have what is kept of patients and of versions agree with the documents that are here.

The shell around two planners (grouping.py, superseding.py): it fetches what they need to see and
keeps what they decide. Everything is called inside `write`, in the transaction of the documents.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from store.db import identities as kept
from store.db.document_keeping import tell_of_letter
from store.db.open import Connection
from store.db.superseding import (
    depending_on_patient,
    letters_of,
    related,
    save_superseded,
    versioned,
)
from store.model.health import Group
from store.model.ids import DocumentId, IdentityId, PatientId
from sync.documents.grouping import groups
from sync.documents.identity import certainty_of
from sync.documents.superseding import superseder
from sync.documents.traits import compare


def regroup(db: Connection) -> set[IdentityId]:
    """Group what is new, and what is left where something went. Returns who changed patient."""
    near: set[IdentityId] = set()
    conflicts: set[PatientId] = set()
    waiting = kept.identities_to_check(db)
    left: set[PatientId | None] = set(kept.patients_told_of(db, waiting).values())
    for each in waiting:
        near.update(kept.alike_enough(db, each))
        if kept.is_told_of(db, each):
            near.add(each)
            _compare(db, each)
        else:
            conflicts |= kept.conflicting_with(db, [each])
            kept.forget_identity(db, each)
    changed: set[IdentityId] = set()
    for component in _components(db, near - (set(waiting) - set(kept.traits_of(db, waiting)))):
        changed |= _group(db, component)
        conflicts |= kept.conflicting_with(db, component)
        left |= set(kept.patients_told_of(db, component).values())
    patients = {each for each in left if each is not None}
    kept.forget_patients_nobody_tells_of(db, patients)
    kept.mark_conflicts(db, patients | conflicts)
    kept.forget_checks(db)
    return changed


def _compare(db: Connection, identity_id: IdentityId) -> None:
    others = kept.sharing_a_key(db, identity_id)
    traits = kept.traits_of(db, [identity_id, *others])
    for other in others:
        likeness = compare(traits[identity_id], traits[other])
        certainty = certainty_of(likeness)
        if certainty is not None:
            kept.save_likeness(db, identity_id, other, certainty, likeness.reasons)


def _components(db: Connection, near: Iterable[IdentityId]) -> list[set[IdentityId]]:
    """All that these may be one with, and those, and so on."""
    found: list[set[IdentityId]] = []
    for each in sorted(near):
        if any(each in component for component in found):
            continue
        component, edge = {each}, [each]
        while edge:
            more = set(kept.alike_enough(db, edge.pop())) - component
            component |= more
            edge += more
        found.append(component)
    return found


def _group(db: Connection, component: Collection[IdentityId]) -> set[IdentityId]:
    """Keep how they are grouped. A group keeps the number its patient had, where it can."""
    before = kept.patients_told_of(db, component)
    traits = kept.traits_of(db, component)
    taken: set[PatientId] = set()
    changed: set[IdentityId] = set()
    gone = {each for each in before.values() if each is not None}
    for group in groups(traits):
        had = _numbers(group, before) - taken
        patient_id = kept.save_group(db, group, traits[group.reference], min(had, default=None))
        taken.add(patient_id)
        changed |= {each for each in group.members if before[each] != patient_id}
    kept.forget_patients_nobody_tells_of(db, gone)
    return changed


def _numbers(group: Group, before: dict[IdentityId, PatientId | None]) -> set[PatientId]:
    return {number for each in group.members if (number := before[each]) is not None}


def settle(db: Connection, touched: Sequence[DocumentId], changed: Collection[IdentityId]) -> None:
    """Find what took the place of these documents, and of what they may have taken it."""
    about = set(touched) | set(depending_on_patient(db, changed))
    for each in list(about):
        about |= related(db, each)
    new = set()
    for each in sorted(about):
        others = related(db, each) - {each}
        facts = versioned(db, [each, *others])
        if each not in facts:
            continue  # it was in an earlier reading of its letter
        best = superseder(facts[each], [facts[other] for other in others if other in facts])
        by, how = (None, None) if best is None else (best[0].id, best[1])
        if save_superseded(db, each, by, how):
            new |= {each} if by is None else {each, by}
    for email_id in letters_of(db, new):
        tell_of_letter(db, email_id)
