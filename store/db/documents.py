"""Read the health documents of letters: lines, one whole, its files."""

from __future__ import annotations

from store.db.blobs import decoded
from store.db.document_rows import DOCUMENTS, OF_IDENTITY, document_row
from store.db.open import Connection
from store.db.packed_documents import unpack
from store.db.parts import part_octets
from store.errors import Usage
from store.model.health import DocumentFile, DocumentRow, KeptDocument
from store.model.ids import DocumentId, EmailId


def documents_of_email(db: Connection, email_id: EmailId) -> list[DocumentRow]:
    """The documents a letter holds, in their order in it; none before they are read."""
    rows = db.execute(
        f"{DOCUMENTS}{OF_IDENTITY} WHERE d.email_id = ? ORDER BY d.position", (email_id,)
    )
    return [document_row(row) for row in rows]


def are_read(db: Connection, email_id: EmailId) -> bool:
    """Whether the documents of a letter were looked for; True when it can hold none."""
    row = db.execute(
        "SELECT 1 FROM email WHERE id = ? AND (documents_version = 0 OR digest IS NULL)",
        (email_id,),
    ).fetchone()
    return row is None


def document(db: Connection, document_id: DocumentId) -> KeptDocument:
    """One document, whole but for the octets of its files.

    Raises:
        Usage: `document.unknown`, its letter is gone or was read anew.  Permanent: `blob.damaged`.
    """
    row = db.execute(f"{DOCUMENTS}{OF_IDENTITY} WHERE d.id = ?", (document_id,)).fetchone()
    if row is None:
        raise Usage("document.unknown", id=document_id)
    coding, facts = db.execute(
        "SELECT coding, facts FROM health_document WHERE id = ?", (document_id,)
    ).fetchone()
    whole = unpack(coding, facts)
    found = db.execute(
        "SELECT analyte FROM observation WHERE document_id = ? ORDER BY position", (document_id,)
    )
    analytes = [str(each) for (each,) in found]
    analytes += [""] * (len(whole.observations) - len(analytes))
    replaced = db.execute(
        "SELECT id FROM health_document WHERE superseded_by = ? ORDER BY day DESC, id DESC",
        (document_id,),
    )
    return KeptDocument(
        row=document_row(row),
        document=whole,
        analytes=tuple(analytes),
        files=_files(db, document_id),
        replaces=tuple(DocumentId(each) for (each,) in replaced),
    )


def _files(db: Connection, document_id: DocumentId) -> tuple[DocumentFile, ...]:
    rows = db.execute(
        "SELECT position, media_type, name, size, part FROM document_file"
        " WHERE document_id = ? ORDER BY position",
        (document_id,),
    )
    return tuple(
        DocumentFile(position=row[0], media_type=row[1], name=row[2], size=row[3], part=row[4])
        for row in rows
    )


def file_octets(db: Connection, document_id: DocumentId, position: int) -> bytes:
    """The octets of one file of a document.

    Raises:
        Usage: `document.unknown`, `part.unknown`.  Permanent: `blob.damaged`.
    """
    row = db.execute(
        "SELECT f.part, f.coding, f.octets, d.email_id FROM document_file AS f"
        " JOIN health_document AS d ON d.id = f.document_id"
        " WHERE f.document_id = ? AND f.position = ?",
        (document_id, position),
    ).fetchone()
    if row is None:
        raise Usage("document.unknown", id=document_id)
    part, coding, octets, email_id = row
    return part_octets(db, EmailId(email_id), part) if part else decoded(coding, octets)
