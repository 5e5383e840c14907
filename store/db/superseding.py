"""Documents that may have taken the place of one another; sync/documents/ says which did."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from store.db.fold import bare
from store.db.open import Connection
from store.model.document import Identifier, Status
from store.model.health import Superseding, Versioned
from store.model.ids import DocumentId, EmailId, IdentityId, PatientId

RELATED = """
SELECT other.id FROM health_document AS mine JOIN health_document AS other
       ON other.identifier = mine.identifier AND other.identifier_root = mine.identifier_root
 WHERE mine.id = ?1 AND mine.identifier <> '' AND mine.identifier_root <> ''
UNION SELECT other.id FROM health_document AS mine JOIN health_document AS other
       ON other.set_identifier = mine.set_identifier AND other.set_root = mine.set_root
 WHERE mine.id = ?1 AND mine.set_identifier <> ''
UNION SELECT other.id FROM document_replaces AS r JOIN health_document AS other
       ON other.identifier = r.extension AND other.identifier_root = r.root
 WHERE r.document_id = ?1 AND r.extension <> '' AND r.root <> ''
UNION SELECT r.document_id FROM health_document AS mine JOIN document_replaces AS r
       ON r.extension = mine.identifier AND r.root = mine.identifier_root
 WHERE mine.id = ?1 AND mine.identifier <> '' AND mine.identifier_root <> ''
UNION SELECT other.id FROM health_document AS mine
  JOIN identity AS mi ON mi.id = mine.identity_id
  JOIN identity AS oi ON oi.patient_id = mi.patient_id
  JOIN health_document AS other ON other.identity_id = oi.id
 WHERE mine.id = ?1 AND (mine.corrects = 1 OR other.corrects = 1
    OR mine.identifier <> '' AND other.identifier = mine.identifier
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
        " d.made_at, i.patient_id, e.sender_email, e.subject FROM health_document AS d"
        " JOIN email AS e ON e.id = d.email_id LEFT JOIN identity AS i ON i.id = d.identity_id"
        " WHERE d.id IN (SELECT value FROM json_each(?))",
        (wanted,),
    )
    return {
        DocumentId(row[0]): Versioned(
            id=DocumentId(row[0]),
            email_id=EmailId(row[1]),
            fingerprint=bytes(row[2]),
            identifier=Identifier(root=row[3], extension=row[4]) if row[3] or row[4] else None,
            set_identifier=Identifier(root=row[5], extension=row[6]) if row[5] or row[6] else None,
            version=row[7],
            replaces=frozenset(named.get(row[0], ())),
            status=Status(row[8]),
            corrects=bool(row[9]),
            kind=(row[10], bare(row[11])),
            service=row[12],
            made_at=row[13],
            patient_id=None if row[14] is None else PatientId(row[14]),
            sender_email=row[15].lower(),
            subject=row[16],
        )
        for row in rows
    }


def save_superseded(
    db: Connection, document_id: DocumentId, by: DocumentId | None, how: Superseding | None
) -> bool:
    """Say what took the place of a document, or that nothing did. Call inside `write`.

    Returns whether that is new.
    """
    changed = db.execute(
        "UPDATE health_document SET superseded_by = ?1, superseded_how = ?2 WHERE id = ?3"
        " AND (superseded_by IS NOT ?1 OR superseded_how <> ?2)",
        (by, how.value if how else "", document_id),
    )
    return bool(changed.rowcount)


def corrections_about(db: Connection, identities: Iterable[IdentityId]) -> list[DocumentId]:
    """The documents about these that take the place of others which they do not name."""
    rows = db.execute(
        "SELECT id FROM health_document WHERE corrects = 1"
        " AND identity_id IN (SELECT value FROM json_each(?)) ORDER BY id",
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
