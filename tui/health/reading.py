"""What the screens of health documents ask the store, each in one look."""

from __future__ import annotations

from typing import NamedTuple

from store.db.documents import document, documents_of_email
from store.db.observations import abnormal_values, earlier_values
from store.db.open import Connection
from store.db.patients import (
    letters_and_documents_of,
    patient,
    patient_of,
    patients_of_email,
    superseding,
)
from store.errors import Usage
from store.model.health import (
    Certainty,
    DocumentRow,
    KeptDocument,
    PatientEntry,
    PatientRow,
    Value,
)
from store.model.ids import DocumentId, EmailId, PatientId


class Likeness(NamedTuple):
    """Somebody else, who may be this patient or is told of under the same number."""

    patient: PatientRow
    certainty: Certainty
    reasons: tuple[str, ...]


class LetterHealth(NamedTuple):
    """What a letter holds, for a line above its text."""

    documents: tuple[DocumentRow, ...]
    patients: tuple[PatientRow, ...]
    abnormal: int
    """Values out of their range, of all its documents that nothing took the place of."""


NO_HEALTH = LetterHealth((), (), 0)


class DocumentLook(NamedTuple):
    """One document, and what stands around it."""

    kept: KeptDocument
    patient: PatientRow | None
    others: tuple[Likeness, ...]
    replaced_by: DocumentRow | None
    replaces: tuple[DocumentRow, ...]
    siblings: tuple[DocumentId, ...]
    """The documents of its letter, this one among them."""


class PatientLook(NamedTuple):
    """A patient and everything about them, newest first."""

    patient: PatientRow
    entries: tuple[PatientEntry, ...]
    others: tuple[Likeness, ...]


class ValuesLook(NamedTuple):
    """Every value of one analyte of a patient, newest first."""

    patient: PatientRow
    analyte: str
    label: str
    unit_key: str
    """Of the value it was asked from: what the trend shows."""
    values: tuple[Value, ...]


def letter_health(db: Connection, email_id: EmailId) -> LetterHealth:
    """The documents of a letter, whom they are about, how much is out of range."""
    rows = tuple(documents_of_email(db, email_id))
    current = [row for row in rows if row.superseded_how is None]
    abnormal = sum(len(abnormal_values(db, row.id)) for row in current)
    return LetterHealth(rows, tuple(patients_of_email(db, email_id)) if rows else (), abnormal)


def document_look(db: Connection, document_id: DocumentId) -> DocumentLook:
    """One document whole.

    Raises:
        Usage: `document.unknown`.  Permanent: `blob.damaged`.
    """
    kept = document(db, document_id)
    who = patient_of(db, kept.row)
    return DocumentLook(
        kept=kept,
        patient=who,
        others=_others(db, letters_and_documents_of(db, who.id)) if who else (),
        replaced_by=superseding(db, document_id),
        replaces=tuple(document(db, each).row for each in kept.replaces),
        siblings=tuple(row.id for row in documents_of_email(db, kept.row.email_id)),
    )


def patient_look(db: Connection, patient_id: PatientId) -> PatientLook:
    """A patient.

    Raises:
        Usage: `document.patient_unknown`.
    """
    entries = tuple(letters_and_documents_of(db, patient_id))
    return PatientLook(patient(db, patient_id), entries, _others(db, entries))


def _others(
    db: Connection, entries: tuple[PatientEntry, ...] | list[PatientEntry]
) -> tuple[Likeness, ...]:
    """Who else is told of in these, each once, in their order."""
    found: dict[PatientId, PatientEntry] = {}
    for each in entries:
        if each.reasons and each.document.patient_id is not None:
            found.setdefault(each.document.patient_id, each)
    return tuple(
        Likeness(patient(db, who), each.certainty, each.reasons) for who, each in found.items()
    )


def values_look(db: Connection, kept: KeptDocument, result: int) -> ValuesLook:
    """Every value of what one result of a document measures.

    Raises:
        Usage: `document.names_nobody`, `document.no_analyte`.
    """
    who = patient_of(db, kept.row)
    if who is None:
        raise Usage("document.names_nobody")
    analyte, one = kept.analytes[result], kept.document.observations[result]
    values = tuple(earlier_values(db, who.id, analyte))
    here = [each for each in values if each.document_id == kept.row.id]
    same = [each for each in here if (each.value, each.unit) == (one.value, one.unit)]
    asked = next(iter([*same, *here, *values]), None)
    if asked is None:
        raise Usage("document.no_analyte")
    return ValuesLook(who, analyte, one.label, asked.unit_key, values)


def values_again(db: Connection, look: ValuesLook) -> ValuesLook:
    """The same, read again; as it was when their documents were grouped anew or are gone."""
    values = tuple(earlier_values(db, look.patient.id, look.analyte))
    return look._replace(values=values) if values else look
