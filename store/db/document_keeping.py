"""Keep the documents that were read from a letter: all or none, in place of those before."""

from __future__ import annotations

from collections.abc import Sequence

from store.db.blobs import coded
from store.db.deriving import index_words, is_pdf
from store.db.identities import keep_identity
from store.db.open import Connection
from store.db.packed_documents import pack
from store.errors import Usage
from store.model.document import Abnormality, Format, HealthDocument, Status
from store.model.health import Health, ReadDocument
from store.model.ids import BlobId, DocumentId, EmailId, IdentityId

GRAVEST = tuple(Abnormality)
"""From what says nothing to what must be seen now."""
LATE_AFTER_SECONDS = 30 * 86_400
KEEP = """
INSERT INTO health_document (email_id, position, part, fingerprint, format, identifier_root,
       identifier, set_root, set_identifier, version, status, corrects, title, code, code_system,
       made_at, service, day, author, worst, identity_id, coding, facts, entry)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (email_id, position) DO UPDATE SET part = excluded.part,
       fingerprint = excluded.fingerprint, format = excluded.format,
       identifier_root = excluded.identifier_root, identifier = excluded.identifier,
       set_root = excluded.set_root, set_identifier = excluded.set_identifier,
       version = excluded.version, status = excluded.status, corrects = excluded.corrects,
       title = excluded.title, code = excluded.code, code_system = excluded.code_system,
       made_at = excluded.made_at, service = excluded.service, day = excluded.day,
       author = excluded.author, worst = excluded.worst, identity_id = excluded.identity_id,
       coding = excluded.coding, facts = excluded.facts, entry = excluded.entry
RETURNING id
"""


def emails_to_read(db: Connection, version: int, limit: int) -> list[EmailId]:
    """The newest whole Emails that may hold documents and were not read by `version`."""
    rows = db.execute(
        "SELECT id FROM email INDEXED BY email_documents WHERE documents_version IS NOT NULL"
        " AND documents_version < ? AND digest IS NOT NULL AND derived_version > 0"
        " ORDER BY id DESC LIMIT ?",
        (version, limit),
    )
    return [EmailId(row[0]) for row in rows]


def what_is_read(db: Connection, email_id: EmailId) -> tuple[int, BlobId | None, BlobId | None]:
    """What the documents of a letter are read from; when it differs, they are to be read again."""
    row = db.execute(
        "SELECT derived_version, e.digest, o.digest FROM email AS e"
        " LEFT JOIN email_opened AS o ON o.email_id = e.id WHERE e.id = ?",
        (email_id,),
    ).fetchone()
    return (0, None, None) if row is None else (row[0], row[1], row[2])


def letter_facts(db: Connection, email_id: EmailId) -> tuple[str, str, int]:
    """(Subject, sender's name or address, when it was sent or else received in Unix seconds).

    Raises:
        Usage: `email.unknown`.
    """
    row = db.execute(
        "SELECT subject, coalesce(nullif(sender_name, ''), sender_email),"
        " coalesce(sent_at, received_at) FROM email WHERE id = ?",
        (email_id,),
    ).fetchone()
    if row is None:
        raise Usage("email.unknown", id=email_id)
    return str(row[0]), str(row[1]), int(row[2])


def keep_documents(
    db: Connection, email_id: EmailId, found: Sequence[ReadDocument], *, version: int, now: int
) -> list[DocumentId]:
    """Keep what was read of a letter, in place of what was. Call inside `write`.

    Their patients are grouped, and what they supersede is found, by who calls this.
    """
    had = db.execute("SELECT 1 FROM health_document WHERE email_id = ?", (email_id,)).fetchone()
    db.execute(
        "DELETE FROM health_document WHERE email_id = ? AND position >= ?", (email_id, len(found))
    )
    kept = []
    for position, each in enumerate(found):
        who = None if each.identity is None else keep_identity(db, each.identity)
        id_ = _keep(db, email_id, position, each, who)
        _keep_parts(db, id_, each, who)
        abnormal = worst(each.document) not in (Abnormality.UNKNOWN, Abnormality.NORMAL)
        if abnormal and not _is_only_written(db, email_id):
            late = now - _received_at(db, email_id) > LATE_AFTER_SECONDS or _was_seen(db, email_id)
            db.execute(
                "INSERT INTO alert (fingerprint, first_at, late) VALUES (?, ?, ?)"
                # A copy that nobody has read calls, though another one was read.
                " ON CONFLICT DO UPDATE SET late = min(late, excluded.late)",
                (each.fingerprint, now, late),
            )
        kept.append(id_)
    db.execute("UPDATE email SET documents_version = ? WHERE id = ?", (version, email_id))
    if had or any(each.document.format is not Format.PDF for each in found):
        index_words(db, email_id)  # of a PDF alone, the name is there already
    return kept


def _keep(
    db: Connection,
    email_id: EmailId,
    position: int,
    each: ReadDocument,
    identity_id: IdentityId | None,
) -> DocumentId:
    document = each.document
    coding, facts = pack(document)
    own, every = document.identifier, document.set_identifier
    row = db.execute(
        KEEP,
        (
            *(email_id, position, each.part, each.fingerprint, document.format.value),
            *(own.root if own else "", own.extension if own else ""),
            *(every.root if every else "", every.extension if every else "", document.version),
            *(document.status.value, each.corrects, document.title),
            *(document.code, document.code_system, each.made_at),
            *(document.service_at.said if document.service_at else "", each.day),
            *(each.author, worst(document).value, identity_id, coding, facts),
            document.entry,
        ),
    ).fetchone()
    return DocumentId(row[0])


def _keep_parts(
    db: Connection, id_: DocumentId, each: ReadDocument, identity_id: IdentityId | None
) -> None:
    for table in ("document_replaces", "document_file", "observation"):
        db.execute(f"DELETE FROM {table} WHERE document_id = ?", (id_,))
    db.executemany(
        "INSERT INTO document_replaces (document_id, root, extension) VALUES (?, ?, ?)",
        {(id_, replaced.root, replaced.extension) for replaced in each.document.replaces},
    )
    for position, (file, part) in enumerate(
        zip(each.document.renditions, each.file_parts, strict=True)
    ):
        coding, octets = ("raw", b"") if part else coded(file.octets)
        db.execute(
            "INSERT INTO document_file (document_id, position, media_type, name, size, part,"
            " coding, octets, text_state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(id_, position, file.media_type, file.name, len(file.octets), part, coding),
                *(octets, "none" if part or not is_pdf(file.name, file.media_type) else "wanted"),
            ),
        )
    db.executemany(
        "INSERT INTO observation (document_id, position, identity_id, analyte, label, value,"
        " number, comparator, unit, unit_key, low, high, abnormality, status, day, moment)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(id_, position, identity_id, analyte.key, o.label, o.value),
                *(None if o.number is None else float(o.number), o.comparator, o.unit),
                *(analyte.unit_key, o.low, o.high, o.abnormality.value, o.status.value),
                *((o.observed_at.day if o.observed_at else "") or each.day,),
                o.observed_at.at if o.observed_at else None,
            )
            for position, (o, analyte) in enumerate(
                zip(each.document.observations, each.analytes, strict=False)
            )
        ],
    )


def worst(document: HealthDocument) -> Abnormality:
    """The gravest of its results; one that was taken back calls nobody."""
    stands = (each for each in document.observations if each.status is not Status.DELETED)
    each = (observation.abnormality for observation in stands)
    return max(each, key=GRAVEST.index, default=Abnormality.UNKNOWN)


def _received_at(db: Connection, email_id: EmailId) -> int:
    row = db.execute("SELECT received_at FROM email WHERE id = ?", (email_id,)).fetchone()
    return int(row[0])


def _was_seen(db: Connection, email_id: EmailId) -> bool:
    """Whether somebody read the letter, wherever, before its documents were read here."""
    row = db.execute(
        "SELECT count(*), coalesce(sum(unread), 0) FROM placement WHERE email_id = ?", (email_id,)
    ).fetchone()
    return bool(row[0]) and not row[1]


def _is_only_written(db: Connection, email_id: EmailId) -> bool:
    """Whether it lies in Sent and Drafts alone. A copy is read from the start; by that, whoever
    receives the same file here must not miss it."""
    row = db.execute(
        "SELECT count(*), coalesce(sum(m.role IN ('sent', 'drafts')), 0) FROM placement AS p"
        " JOIN mailbox AS m ON m.id = p.shown_mailbox_id WHERE p.email_id = ?",
        (email_id,),
    ).fetchone()
    return bool(row[0]) and row[0] == row[1]


def tell_of_letter(db: Connection, email_id: EmailId) -> None:
    """Have the line of a letter say what its documents are. Call inside `write`."""
    rows = db.execute(
        "SELECT worst, superseded_how, EXISTS (SELECT 1 FROM observation WHERE document_id = d.id),"
        " EXISTS (SELECT 1 FROM health_document WHERE superseded_by = d.id)"
        " FROM health_document AS d WHERE email_id = ?",
        (email_id,),
    ).fetchall()
    health = Health.DOCUMENT if rows else Health.NONE
    if rows and all(how for _, how, _, _ in rows):
        health |= Health.SUPERSEDED
    for gravest, how, results, corrects in rows:
        health |= Health.RESULT if results else Health.NONE
        health |= Health.CORRECTION if corrects else Health.NONE
        judged = Abnormality(gravest)
        if not how and judged not in (Abnormality.UNKNOWN, Abnormality.NORMAL):
            health |= Health.ALERT | Health.ABNORMAL if judged.is_alert else Health.ABNORMAL
    db.execute(
        "UPDATE email SET health = ?1 WHERE id = ?2 AND health <> ?1", (int(health), email_id)
    )
