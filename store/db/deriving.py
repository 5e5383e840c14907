"""What is derived from an Email's octets: kept, replaced, and put into the index of words."""

from __future__ import annotations

import json
from collections.abc import Iterable

from store.db.emails import unpack_people
from store.db.fold import FACT, indexed
from store.db.open import Connection
from store.db.packed_documents import document_words
from store.db.threads import thread_of
from store.model.email import DerivedEmail, EmailAddress, Part
from store.model.ids import AccountId, EmailId

NEVER_DOCUMENTS = (
    *("image/", "audio/", "video/", "text/calendar", "text/html", "text/vcard"),
    *("application/pgp-", "application/pkcs7-", "application/x-pkcs7-", "message/"),
)
DOCUMENT_MARK = "****"
"""Results written into the body of a letter end by a mark of it (HPRIM Médecin)."""


def emails_to_derive(
    db: Connection, version: int, limit: int, *, above: EmailId = EmailId(0)
) -> list[EmailId]:
    """The newest Emails whose derived facts are older than `version`; of those `above` another."""
    rows = db.execute(
        # Most often few wait: in the order of their ids all the others would be looked at first.
        "SELECT id FROM email INDEXED BY email_to_derive WHERE derived_version < ?"
        " AND id > ? ORDER BY id DESC LIMIT ?",
        (version, above, limit),
    )
    return [EmailId(row[0]) for row in rows]


def count_to_derive(db: Connection, version: int) -> int:
    """How many Emails there are of which these are."""
    row = db.execute(
        "SELECT count(*) FROM email INDEXED BY email_to_derive WHERE derived_version < ?",
        (version,),
    ).fetchone()
    return int(row[0])


def save_derived(db: Connection, email_id: EmailId, derived: DerivedEmail, version: int) -> None:
    """Replace what is derived from an Email's octets. Call inside `write`."""
    save_all_derived(db, [(email_id, derived)], version)


def save_all_derived(
    db: Connection, derived: Iterable[tuple[EmailId, DerivedEmail]], version: int
) -> None:
    """The same for many. Call inside `write`.

    Words last, by ascending row: FTS5 holds them in memory until a row that is not above the last
    one, or a statement that could be undone alone. Else each letter is a segment of its own, and
    they are merged again and again.
    """
    saved = []
    for email_id, found in derived:
        _save(db, email_id, found, version)
        saved.append(email_id)
    for (email_id,) in db.execute(
        "SELECT id FROM email WHERE id IN (SELECT value FROM json_each(?)) ORDER BY words_id",
        (json.dumps(saved),),
    ).fetchall():
        index_words(db, email_id)


def _save(db: Connection, email_id: EmailId, derived: DerivedEmail, version: int) -> None:
    row = db.execute("SELECT account_id, digest FROM email WHERE id = ?", (email_id,)).fetchone()
    account_id, is_whole = AccountId(row[0]), row[1] is not None
    attachments = [part for part in derived.parts if not part.is_body]
    db.execute(
        "UPDATE email SET derived_version = ?, message_id = ?, thread_id = ?, subject = ?,"
        " sender_name = ?, sender_email = ?, people = ?, reference_ids = ?, sent_at = ?,"
        " preview = ?, attachments = ?, warnings = ?, in_reply_to = ?, supersedes = ?,"
        " documents_version = ? WHERE id = ?",
        (
            *(version, derived.message_id, thread_of(db, account_id, derived), derived.subject),
            *(derived.sender.name, derived.sender.email, _pack_people(derived)),
            *(" ".join(derived.references), derived.sent_at, derived.preview),
            *(len(attachments), " ".join(derived.warnings)),
            *(derived.in_reply_to, " ".join(derived.supersedes)),
            *(0 if may_hold_documents(derived) else None, email_id),
        ),
    )
    db.execute(
        "INSERT INTO email_body (email_id, body, from_html) VALUES (?, ?, ?) ON CONFLICT (email_id)"
        " DO UPDATE SET body = excluded.body, from_html = excluded.from_html",
        (email_id, derived.body, derived.body_from_html),
    )
    _save_parts(db, email_id, derived.parts, is_whole=is_whole)


def _save_parts(
    db: Connection, email_id: EmailId, parts: Iterable[Part], *, is_whole: bool
) -> None:
    db.execute("DELETE FROM part WHERE email_id = ?", (email_id,))
    db.executemany(
        "INSERT INTO part (email_id, number, position, media_type, charset, name, disposition,"
        " content_id, transfer_encoding, offset, length, size, is_body, text_state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(email_id, part.number, position, part.media_type, part.charset, part.name),
                *(part.disposition, part.content_id, part.transfer_encoding.value),
                *(part.offset, part.length, part.size, part.is_body),
                "wanted" if is_whole and is_pdf(part.name, part.media_type) else "none",
            )
            for position, part in enumerate(parts)
        ],
    )


def may_hold_documents(derived: DerivedEmail) -> bool:
    """Whether somebody must look; else its documents cost nothing, now and ever."""
    return DOCUMENT_MARK in derived.body or any(
        not part.is_body and not part.media_type.startswith(NEVER_DOCUMENTS)
        for part in derived.parts
    )


def is_pdf(name: str, media_type: str) -> bool:
    """Whether a document says it is a PDF."""
    return media_type == "application/pdf" or name.lower().endswith(".pdf")


def index_words(db: Connection, email_id: EmailId) -> None:
    """Put an Email's words into the index anew. Call inside `write`."""
    row = db.execute(
        "SELECT words_id, size, subject, sender_name, sender_email, people, body"
        " FROM email JOIN email_body ON email_id = id WHERE id = ?",
        (email_id,),
    ).fetchone()
    words_id, size, subject, sender_name, sender_email, people, body = row
    to, cc, reply_to, bcc = unpack_people(people)
    sender = EmailAddress(name=sender_name, email=sender_email)
    parts = db.execute(
        "SELECT name, text, media_type, is_body FROM part WHERE email_id = ?", (email_id,)
    ).fetchall()
    attached = [(name, media_type) for name, _, media_type, is_body in parts if not is_body]
    texts = [(name, text) for name, text, _, _ in parts] + document_words(db, email_id)
    db.execute("DELETE FROM email_words WHERE rowid = ?", (words_id,))
    db.execute(
        "INSERT INTO email_words (rowid, subject, sender, recipients, copies, body, files, facts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            words_id,
            indexed(subject),
            # Whoever an answer goes to is as good as the sender.
            *(_people_words(people) for people in ((sender, *reply_to), to, (*cc, *bcc))),
            indexed(body),
            indexed(" ".join(f"{name} {text}" for name, text in texts)),
            " ".join(facts_words(size, attached)),
        ),
    )


def facts_words(size: int, attached: Iterable[tuple[str, str]]) -> list[str]:
    """What a letter holds, as words that nobody can type or write: `FACT` begins them.

    Args:
        attached: name and media type of each document.
    """
    facts = {f"size{size.bit_length()}"}
    for name, media_type in attached:
        facts.add("any")
        if is_pdf(name, media_type):
            facts.add("pdf")
        elif media_type.startswith("image/"):
            facts.add("image")
    return sorted(f"{FACT}{fact}" for fact in facts)


def _people_words(people: Iterable[EmailAddress]) -> str:
    return indexed(" ".join(f"{p.name} {p.email}" for p in people))


def _pack_people(derived: DerivedEmail) -> str:
    kinds = {"to": derived.to, "cc": derived.cc, "reply_to": derived.reply_to, "bcc": derived.bcc}
    return json.dumps(
        {kind: [[p.name, p.email] for p in people] for kind, people in kinds.items() if people},
        ensure_ascii=False,
    )
