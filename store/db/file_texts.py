"""The text of PDFs that lie inside another file, a package or a CDA: for the index of words.

Of a PDF that is itself a part of its letter, store/db/parts.py keeps the text.
"""

from __future__ import annotations

from typing import NamedTuple

from store.db.deriving import index_words
from store.db.documents import file_octets
from store.db.open import Connection
from store.errors import Usage
from store.model.ids import DocumentId, EmailId


class WantedFile(NamedTuple):
    """One PDF, by its document and its place in it."""

    email_id: EmailId
    document_id: DocumentId
    position: int


def file_texts_wanted(db: Connection, limit: int) -> list[WantedFile]:
    """The newest whose text is wanted."""
    rows = db.execute(
        "SELECT d.email_id, f.document_id, f.position FROM document_file AS f"
        " JOIN health_document AS d ON d.id = f.document_id WHERE f.text_state = 'wanted'"
        " ORDER BY f.document_id DESC, f.position LIMIT ?",
        (limit,),
    )
    return [WantedFile(EmailId(row[0]), DocumentId(row[1]), row[2]) for row in rows]


def save_file_text(
    db: Connection, wanted: WantedFile, octets: bytes | None, text: str | None
) -> None:
    """Keep the text of a PDF, None when it cannot be read. Call inside `write`.

    Args:
        octets: what was read; where its letter was read anew meanwhile, it may be another one.
            None when what is kept of it is damaged.
    """
    try:
        if octets and file_octets(db, wanted.document_id, wanted.position) != octets:
            return
    except Usage:
        return
    db.execute(
        "UPDATE document_file SET text_state = ?, text = ? WHERE document_id = ? AND position = ?",
        (
            *("unreadable" if text is None else "ready", text or ""),
            *(wanted.document_id, wanted.position),
        ),
    )
    if text:
        index_words(db, wanted.email_id)
