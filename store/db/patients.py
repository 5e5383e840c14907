"""Patients that letters tell of: found by their words, and everything that is about one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from store.db.document_rows import DOCUMENT, PATIENT, SHOWN, document_row, patient_row
from store.db.fold import bare
from store.db.open import Connection
from store.db.packed_documents import unpack_traits
from store.db.together import gathered
from store.errors import Usage
from store.model.document import Sex, Traits
from store.model.health import Certainty, DocumentRow, PatientEntry, PatientRow
from store.model.ids import DocumentId, EmailId, PatientId

MOST_ENTRIES = 2_000
HAS_DOCUMENTS = (
    "EXISTS (SELECT 1 FROM identity AS i JOIN health_document AS d ON d.identity_id = i.id"
    f" WHERE i.patient_id = patient.id AND {SHOWN})"
)


def patient(db: Connection, patient_id: PatientId) -> PatientRow:
    """One patient.

    Raises:
        Usage: `document.patient_unknown`, what was told of them was grouped anew or is gone.
    """
    row = db.execute(f"SELECT {PATIENT} FROM patient WHERE id = ?", (patient_id,)).fetchone()
    if row is None:
        raise Usage("document.patient_unknown", id=patient_id)
    return patient_row(row)


def patient_of(db: Connection, document: DocumentRow) -> PatientRow | None:
    """Whom a document is about; None when it names nobody."""
    if document.patient_id is None:
        return None
    row = db.execute(
        f"SELECT {PATIENT} FROM patient WHERE id = ?", (document.patient_id,)
    ).fetchone()
    return None if row is None else patient_row(row)


def patients_of_email(db: Connection, email_id: EmailId) -> list[PatientRow]:
    """Everybody the documents of a letter are about: one, when it is as it should be."""
    columns = ", ".join(f"q.{each}" for each in PATIENT.split(", "))
    rows = db.execute(
        f"SELECT {columns} FROM health_document AS d JOIN identity AS i ON i.id = d.identity_id"
        " JOIN patient AS q ON q.id = i.patient_id WHERE d.email_id = ?"
        " GROUP BY q.id ORDER BY min(d.position)",
        (email_id,),
    )
    return [patient_row(row) for row in rows]


def patients_matching(db: Connection, words: str, limit: int = 50) -> list[PatientRow]:
    """Patients of whom each word begins a name, a day or the INS, by name; no word finds nobody.

    A day is found as it is written here or there: '28/03/1979', '1979-03-28', '1979'.
    """
    wanted = bare(words).split()
    if not wanted:
        return []
    holds = " AND ".join("instr(words, ?) > 0" for _ in wanted)
    rows = db.execute(
        f"SELECT {PATIENT} FROM patient WHERE {holds} AND {HAS_DOCUMENTS}"
        " ORDER BY coalesce(nullif(birth_name, ''), used_name), given_name, birth_day, id LIMIT ?",
        (*(f" {each}" for each in wanted), limit),
    )
    return [patient_row(row) for row in rows]


ENTRIES = f"""
SELECT {DOCUMENT}, found.certainty, found.reasons, e.subject, e.sender_name, e.sender_email,
       e.received_at, e.message_id, d.fingerprint
  FROM (SELECT id AS identity_id, certainty, '' AS reasons, 0 AS first FROM identity
         WHERE patient_id = ?1
        UNION ALL
        SELECT l.other, l.certainty, l.reasons, min(l.certainty <> 'conflict')
          FROM identity AS ours
          JOIN identity_likeness AS l ON l.one = ours.id
          JOIN identity AS theirs ON theirs.id = l.other
         WHERE ours.patient_id = ?1 AND theirs.patient_id IS NOT ?1
         GROUP BY l.other) AS found
  JOIN identity AS i ON i.id = found.identity_id
  JOIN health_document AS d ON d.identity_id = i.id
  JOIN email AS e ON e.id = d.email_id
 WHERE {SHOWN}
 ORDER BY d.day DESC, e.received_at DESC, d.id DESC LIMIT ?2
"""
"""Theirs; and those of somebody who may be the same, as such: a conflict is told first."""


def letters_and_documents_of(
    db: Connection, patient_id: PatientId, limit: int = MOST_ENTRIES
) -> list[PatientEntry]:
    """Everything about a patient, newest first; what may be about another one says so.

    What was superseded is there too, and says so. A document that one account sent and another
    received is one entry.
    """
    rows = db.execute(ENTRIES, (patient_id, limit)).fetchall()
    found = gathered(db, rows, _says, lambda row: EmailId(row[1]))
    return [replace(_entry(row[:-2]), places=places) for row, places in found]


def _says(row: tuple[Any, ...]) -> tuple[str, bytes] | None:
    """The name of its letter, and what its file holds."""
    return tuple(row[-2:]) if row[-2] else None


def _entry(row: tuple[Any, ...]) -> PatientEntry:
    document = document_row(row[:14])
    certainty, reasons, subject, name, email, received_at = row[14:]
    certain = Certainty(certainty or Certainty.POSSIBLE)
    # Of somebody else's group, however alike: were it sure, they would be one.
    other = bool(reasons) and certain is not Certainty.CONFLICT
    return PatientEntry(
        document=document,
        certainty=Certainty.POSSIBLE if other else certain,
        reasons=tuple(reasons.split()),
        email_id=document.email_id,
        subject=subject,
        sender_name=name,
        sender_email=email,
        received_at=received_at,
    )


def superseding(db: Connection, document_id: DocumentId) -> DocumentRow | None:
    """The document that took the place of another; None when none did, or it is gone."""
    row = db.execute(
        f"SELECT {DOCUMENT} FROM health_document AS old"
        " JOIN health_document AS d ON d.id = old.superseded_by"
        " LEFT JOIN identity AS i ON i.id = d.identity_id WHERE old.id = ?",
        (document_id,),
    ).fetchone()
    return None if row is None else document_row(row)


def traits_by_ins(db: Connection, ins: str, *, in_conflict: bool = False) -> list[Traits]:
    """Each way in which the patient with this matricule is told of; [] of a number that several
    people are told of under, unless `in_conflict`: then each of them."""
    rows = db.execute(
        "SELECT i.traits FROM identity AS i JOIN patient AS q ON q.id = i.patient_id"
        " WHERE q.ins = ? AND (q.conflict = 0 OR ?) ORDER BY i.id",
        (ins.upper(), in_conflict),
    )
    found = (unpack_traits(row[0]) for row in rows)
    return [each for each in found if each.ins.upper() == ins.upper()]


def fullest_traits(db: Connection, patient_id: PatientId) -> Traits | None:
    """A patient as the document that says most tells of them; None when there is nobody."""
    rows = db.execute("SELECT traits FROM identity WHERE patient_id = ? ORDER BY id", (patient_id,))
    return max((unpack_traits(row[0]) for row in rows), key=how_much, default=None)


def how_much(traits: Traits) -> int:
    """How much a description says: what identifies first."""
    said = (traits.ins_root, traits.birth_name, traits.used_name, traits.birth_day)
    told = sum(map(bool, (*said, traits.sex is not Sex.UNKNOWN)))
    return bool(traits.ins) * 100 + told * 10 + len(traits.given_names)
