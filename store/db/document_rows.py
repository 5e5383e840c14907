"""Lines of documents and of patients, as every list of them asks for: one query, one shape."""

from __future__ import annotations

from typing import Any

from store.model.document import Abnormality, Format, Sex, Status
from store.model.health import Certainty, DocumentRow, PatientRow, Superseding
from store.model.ids import DocumentId, EmailId, PatientId

DOCUMENT = (
    "d.id, d.email_id, d.part, d.format, d.title, d.status, d.day, d.author, d.worst,"
    " (SELECT count(*) FROM observation WHERE document_id = d.id), i.patient_id, i.certainty,"
    " d.superseded_by, d.superseded_how"
)
"""Of `health_document AS d LEFT JOIN identity AS i`."""
DOCUMENTS = f"SELECT {DOCUMENT} FROM health_document AS d LEFT JOIN identity AS i"
OF_IDENTITY = " ON i.id = d.identity_id"
PATIENT = "id, birth_name, used_name, given_name, birth_day, sex, ins, certainty, conflict"
ASIDE = ("drafts", "junk", "trash")


def shown(email_id: str = "d.email_id", *, aside: tuple[str, ...] = ASIDE) -> str:
    """The condition that a letter lies somewhere else than in mailboxes of these roles."""
    roles = ", ".join(f"'{role}'" for role in aside)
    return (
        "EXISTS (SELECT 1 FROM placement AS p JOIN mailbox AS m ON m.id = p.shown_mailbox_id"
        f" WHERE p.email_id = {email_id} AND p.deleted = 0 AND m.role NOT IN ({roles}))"
    )


SHOWN = shown()
"""A letter that is being written, was thrown away, or is junk, tells of no patient."""
NOT_RECEIVED = (*ASIDE, "sent")
"""Where a letter lies that nobody sent us, or nobody is to look at."""


def document_row(found: tuple[Any, ...]) -> DocumentRow:
    """Of the columns `DOCUMENT`."""
    (id_, email, part, form, title, status, day, author, worst, results, patient, sure, by, how) = (
        found
    )
    return DocumentRow(
        id=DocumentId(id_),
        email_id=EmailId(email),
        part=part,
        format=Format(form),
        title=title,
        status=Status(status),
        day=day,
        author=author,
        worst=Abnormality(worst),
        results=results,
        patient_id=None if patient is None else PatientId(patient),
        certainty=Certainty(sure) if sure else None,
        superseded_by=None if by is None else DocumentId(by),
        superseded_how=Superseding(how) if how else None,
    )


def patient_row(found: tuple[Any, ...]) -> PatientRow:
    """Of the columns `PATIENT`."""
    return PatientRow(
        id=PatientId(found[0]),
        birth_name=found[1],
        used_name=found[2],
        given_name=found[3],
        birth_day=found[4],
        sex=Sex(found[5]),
        ins=found[6],
        certainty=Certainty(found[7]),
        conflict=bool(found[8]),
    )
