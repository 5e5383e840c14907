"""Whether one document took the place of another, and which did, whatever came first. Pure.

Only the house that sent a document can take it back: its own address, or its own domain where the
document is named and that domain is no provider's, which thousands share. Nothing is ever hidden by
this; the one that was replaced says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from store.model.document import ENTRY, Identifier, Status
from store.model.health import Superseding, Versioned
from store.routing.domains import domain_of, is_shared
from sync.documents.traits import plain_name

ANNOUNCED = re.compile(r"\[\s*annule\s+et\s+remplace\s*\]", re.IGNORECASE)
BY_STATUS = {Status.CORRECTED: Superseding.CORRECTED, Status.DELETED: Superseding.DELETED}


def announces(subject: str) -> bool:
    """Whether a subject says that its letter replaces an earlier one (AMBU.MSS/va1.02)."""
    return ANNOUNCED.search(subject) is not None


def superseder(old: Versioned, others: Iterable[Versioned]) -> tuple[Versioned, Superseding] | None:
    """The last document that took the place of `old`, and how that is known."""
    found = [
        (each.version or 0, each.made_at, each.fingerprint, each.id, each, how)
        for each in others
        if (how := supersedes(each, old)) is not None
    ]
    if not found:
        return None
    best = max(found, key=lambda each: each[:4])
    return best[4], best[5]


def supersedes(new: Versioned, old: Versioned) -> Superseding | None:
    """How it is known that `new` took the place of `old`; None when it did not."""
    if new.id == old.id or not _of_one_house(new, old):
        return None
    same = new.identifier == old.identifier and _is_known_by(old.identifier, old, new)
    if not same and _names(new, old) and not (_names(old, new) and _last(new) < _last(old)):
        return Superseding.REPLACED
    if same and new.status is Status.DELETED and old.status is not Status.DELETED:
        return Superseding.DELETED
    versions = _versions(new, old)
    if versions is not None:
        return Superseding.VERSION if versions[0] > versions[1] else None
    return _corrected(new, old) if new.corrects else None


def _of_one_house(new: Versioned, old: Versioned) -> bool:
    """A letter that names no sender is of no house, not even of that of another such letter."""
    if new.sender_email == old.sender_email:
        return bool(new.sender_email)
    domain = domain_of(new.sender_email)
    return bool(domain) and domain == domain_of(old.sender_email) and not is_shared(domain)


def _names(new: Versioned, old: Versioned) -> bool:
    if old.identifier in new.replaces and _is_known_by(old.identifier, old, new):
        return True
    # An entry of a registry: some programs write the same for every patient.
    entry = Identifier(root=ENTRY, extension=old.entry) if old.entry else None
    return entry in new.replaces and _same_patient(old, new)


def _last(document: Versioned) -> tuple[object, ...]:
    """Of two that each name the other, the one made later is the last word."""
    return document.version or 0, document.made_at, document.fingerprint, document.id


def _versions(new: Versioned, old: Versioned) -> tuple[int, int] | None:
    """Of two of one set; None when they are not, or do not say which."""
    if new.set_identifier != old.set_identifier or new.version is None or old.version is None:
        return None
    known = _is_known_by(new.set_identifier, old, new)
    return (new.version, old.version) if known else None


def _is_known_by(number: Identifier | None, old: Versioned, new: Versioned) -> bool:
    """A number that says whose it is names one document, or one set; any other, one of a patient.

    So does a root alone: it is a whole name (HL7 II), unless somebody forgot its extension.
    """
    if number is None:
        return False
    return bool(number.root and number.extension) or _same_patient(old, new)


def _same_patient(old: Versioned, new: Versioned) -> bool:
    return old.patient_id is not None and old.patient_id == new.patient_id


def _corrected(new: Versioned, old: Versioned) -> Superseding | None:
    """Of a correction that does not name what it corrects: the same house, patient, kind, day."""
    if new.sender_email != old.sender_email or new.patient_id != old.patient_id:
        return None
    if new.email_id == old.email_id or new.kind != old.kind or new.service != old.service:
        return None
    if new.made_at < old.made_at or (old.corrects and new.made_at == old.made_at):
        return None
    if (not new.service or new.patient_id is None) and not _same_subject(new, old):
        return None
    return BY_STATUS.get(new.status, Superseding.ANNOUNCED)


def _same_subject(new: Versioned, old: Versioned) -> bool:
    """But for the mark; one that holds no number, as a day of birth, is of many letters."""
    ours, theirs = (plain_name(ANNOUNCED.sub(" ", each.subject)) for each in (new, old))
    return ours == theirs and any(each.isdigit() for each in ours)
