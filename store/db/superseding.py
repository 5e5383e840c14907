"""Documents that may have taken the place of one another; sync/documents/ says which did."""

from __future__ import annotations

import json
from collections.abc import Collection

from store.db.fold import bare
from store.db.open import Connection
from store.model.document import ENTRY, Format, Identifier, Status
from store.model.health import Superseding, Versioned
from store.model.ids import DocumentId, EmailId, IdentityId, PatientId

RELATED = f"""
SELECT other.id FROM health_document AS mine JOIN health_document AS other
       ON other.identifier_root = mine.identifier_root AND other.identifier = mine.identifier
 WHERE mine.id = ?1 AND mine.identifier <> '' AND other.identifier_root <> ''
UNION SELECT other.id FROM health_document AS mine JOIN health_document AS other
       ON other.set_root = mine.set_root AND other.set_identifier = mine.set_identifier
 WHERE mine.id = ?1 AND mine.set_identifier <> '' AND other.set_root <> ''
UNION SELECT other.id FROM document_replaces AS r JOIN health_document AS other
       ON other.identifier_root = r.root AND other.identifier = r.extension
 WHERE r.document_id = ?1 AND r.extension <> '' AND other.identifier_root <> ''
UNION SELECT r.document_id FROM health_document AS mine JOIN document_replaces AS r
       ON r.root = mine.identifier_root AND r.extension = mine.identifier
 WHERE mine.id = ?1 AND mine.identifier <> '' AND mine.identifier_root <> ''
UNION SELECT other.id FROM document_replaces AS r JOIN health_document AS other
       ON other.entry = r.extension
 WHERE r.document_id = ?1 AND r.root = '{ENTRY}' AND other.entry <> ''
UNION SELECT r.document_id FROM health_document AS mine JOIN document_replaces AS r
       ON r.root = '{ENTRY}' AND r.extension = mine.entry
 WHERE mine.id = ?1 AND mine.entry <> ''
UNION SELECT id FROM health_document WHERE superseded_by = ?1
UNION SELECT other.id FROM health_document AS mine
  JOIN identity AS mi ON mi.id = mine.identity_id
  JOIN identity AS oi ON oi.patient_id = mi.patient_id
  JOIN health_document AS other ON other.identity_id = oi.id
 WHERE mine.id = ?1 AND (mine.corrects = 1 OR other.corrects = 1
    OR mine.identifier <> '' AND other.identifier = mine.identifier
    OR mine.set_identifier <> '' AND other.set_identifier = mine.set_identifier
    OR mine.identifier = '' AND mine.identifier_root <> ''
        AND other.identifier = '' AND other.identifier_root = mine.identifier_root
    OR mine.set_identifier = '' AND mine.set_root <> ''
        AND other.set_identifier = '' AND other.set_root = mine.set_root
    OR EXISTS (SELECT 1 FROM document_replaces AS r WHERE (r.root = '' OR r.extension = '')
        AND (r.document_id = mine.id
             AND r.extension = other.identifier AND r.root IN ('', other.identifier_root)
          OR r.document_id = other.id
             AND r.extension = mine.identifier AND r.root IN ('', mine.identifier_root))))
UNION SELECT other.id FROM health_document AS mine
  JOIN email AS me ON me.id = mine.email_id
  JOIN email AS oe ON oe.account_id = me.account_id AND oe.sender_domain = me.sender_domain
  JOIN health_document AS other ON other.email_id = oe.id
 WHERE mine.id = ?1 AND mine.identity_id IS NULL AND mine.corrects = 1
   AND other.identity_id IS NULL
UNION SELECT other.id FROM health_document AS mine
  JOIN email AS me ON me.id = mine.email_id
  JOIN health_document AS other ON other.corrects = 1 AND other.identity_id IS NULL
  JOIN email AS oe ON oe.id = other.email_id AND oe.sender_email = me.sender_email
 WHERE mine.id = ?1 AND mine.identity_id IS NULL
"""


# A number that does not say whose it is, '1' or the number of a message, is of one patient only:
# by it alone, every document of every laboratory would be looked at. So is a root alone, which is
# a whole name (HL7 II) unless somebody forgot its extension.


def related(db: Connection, document_id: DocumentId) -> set[DocumentId]:
    """The documents that may have taken the place of this one, or it of them; itself perhaps."""
    return {DocumentId(row[0]) for row in db.execute(RELATED, (document_id,))}


def versioned(db: Connection, ids: Collection[DocumentId]) -> dict[DocumentId, Versioned]:
    """What tells which took the place of which."""
    wanted = json.dumps(list(ids))
    named: dict[int, set[Identifier]] = {}
    for id_, root, extension in db.execute(
        "SELECT document_id, root, extension FROM document_replaces"
        " WHERE document_id IN (SELECT value FROM json_each(?))",
        (wanted,),
    ):
        named.setdefault(id_, set()).add(Identifier(root=root, extension=extension))
    rows = db.execute(
        "SELECT d.id, d.email_id, d.fingerprint, d.identifier_root, d.identifier, d.set_root,"
        " d.set_identifier, d.version, d.status, d.corrects, d.code, d.title, d.service,"
        " d.made_at, i.patient_id, e.sender_email, e.subject, d.entry, d.format"
        " FROM health_document AS d"
        " JOIN email AS e ON e.id = d.email_id LEFT JOIN identity AS i ON i.id = d.identity_id"
        " WHERE d.id IN (SELECT value FROM json_each(?))",
        (wanted,),
    )
    return {
        DocumentId(row[0]): Versioned(
            id=DocumentId(row[0]),
            email_id=EmailId(row[1]),
            fingerprint=bytes(row[2]),
            identifier=_number(row[3], row[4]),
            set_identifier=_number(row[5], row[6]),
            version=row[7],
            replaces=frozenset(named.get(row[0], ())),
            status=Status(row[8]),
            corrects=bool(row[9]),
            kind=_kind(row[18], row[10], row[11], row[4]),
            service=row[12],
            made_at=row[13],
            patient_id=None if row[14] is None else PatientId(row[14]),
            sender_email=row[15].lower(),
            subject=row[16],
            entry=row[17],
        )
        for row in rows
    }


def _number(root: str, extension: str) -> Identifier | None:
    return Identifier(root=root, extension=extension) if root or extension else None


def _kind(form: str, code: str, title: str, number: str) -> tuple[str, str]:
    """Two files of one day under two numbers are two: one corrects the other only by its number."""
    return code, bare(title) or (number if form == Format.HPRIM_MEDECIN else "")


def save_superseded(
    db: Connection, document_id: DocumentId, by: DocumentId | None, how: Superseding | None
) -> bool:
    """Say what took the place of a document, or that nothing did. Call inside `write`.

    Returns whether that is new. What was superseded by a document that is gone stays so: nobody
    can ask it any more, and the old one did not become true again.
    """
    changed = db.execute(
        "UPDATE health_document SET superseded_by = ?1, superseded_how = ?2 WHERE id = ?3"
        " AND (superseded_by IS NOT ?1 OR ?1 IS NOT NULL AND superseded_how <> ?2)",
        (by, how.value if how else "", document_id),
    )
    return bool(changed.rowcount)


def release(db: Connection, ids: Collection[DocumentId]) -> list[DocumentId]:
    """Forget what these took the place of: they are about to be read anew. Call inside `write`.

    Returns the documents that nothing supersedes now, until somebody looks again.
    """
    rows = db.execute(
        "UPDATE health_document SET superseded_by = NULL, superseded_how = ''"
        " WHERE superseded_by IN (SELECT value FROM json_each(?)) RETURNING id",
        (json.dumps(list(ids)),),
    )
    return [DocumentId(row[0]) for row in rows.fetchall()]


def depending_on_patient(db: Connection, identities: Collection[IdentityId]) -> list[DocumentId]:
    """What may have taken a place, or lost it, now that these are of another patient: theirs that
    were superseded, and all of their patients that speak of what has no number of its own."""
    rows = db.execute(
        "SELECT id FROM health_document WHERE superseded_by IS NOT NULL"
        " AND identity_id IN (SELECT value FROM json_each(?1))"
        " UNION SELECT d.id FROM identity AS changed"
        " JOIN identity AS i ON i.id = changed.id OR i.patient_id = changed.patient_id"
        " JOIN health_document AS d ON d.identity_id = i.id"
        " WHERE changed.id IN (SELECT value FROM json_each(?1)) AND (d.corrects = 1"
        "  OR (d.set_root = '') <> (d.set_identifier = '') OR EXISTS (SELECT 1"
        "  FROM document_replaces WHERE document_id = d.id"
        f"  AND (extension = '' OR root IN ('', '{ENTRY}'))))"
        " ORDER BY 1",
        (json.dumps(list(identities)),),
    )
    return [DocumentId(row[0]) for row in rows]


def letters_of(db: Connection, ids: Collection[DocumentId]) -> list[EmailId]:
    """The letters these documents came in."""
    rows = db.execute(
        "SELECT DISTINCT email_id FROM health_document"
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY 1",
        (json.dumps(list(ids)),),
    )
    return [EmailId(row[0]) for row in rows]
