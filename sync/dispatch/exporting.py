"""Received documents, made files for the practice's own software: each letter is looked at once.

What came of a letter and the note that it was looked at are one transaction, so that a crash
exports nothing twice. What cannot be made is a row too, held, with what lacks: it is never passed
over in silence.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from store.db.authors import authors
from store.db.emails import email
from store.db.exports import letters_to_export, note_exported_within
from store.db.handovers import add_handover_within
from store.db.open import Connection, write
from store.db.parts import part_octets, parts_of
from store.errors import MailError
from store.host.clock import now
from store.host.log import event
from store.model.email import Email
from store.model.handover import HandoverKind
from store.model.ids import AccountId, EmailId
from sync.dispatch.received import (
    Files,
    Received,
    files_for,
    paired_files,
    raw_pair,
    received_documents,
)
from sync.documents.author_file import Author, Export, Software, read_author

log = logging.getLogger(__name__)
BATCH = 20
MOST_OCTETS = 64 * 1024 * 1024
"""Of the documents of one letter."""
Token = Callable[[int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of one document: files, or the code of why there are none."""

    files: Files = field(default_factory=partial(Files, files=()))
    reason: str = ""


async def export_received(db: Connection, *, token: Token = secrets.token_hex) -> int:
    """Make the files of all letters that have not been looked at. Returns of how many documents."""
    done = 0
    for account_id, content in authors(db):
        try:
            author = read_author(content.encode())
        except MailError as error:  # written by a Pli that knew other keys
            event(log, logging.WARNING, "author.unreadable", account=account_id, error=error)
            continue
        if author.software is None:
            continue
        while batch := letters_to_export(db, account_id, BATCH):
            for email_id in batch:
                done += await _export(db, account_id, author, author.software, email_id, token)
    return done


async def _export(
    db: Connection,
    account_id: AccountId,
    author: Author,
    software: Software,
    email_id: EmailId,
    token: Token,
) -> int:
    letter, at = email(db, email_id), now()
    attachments = _attachments(db, email_id)
    made = [Made(reason="handover.too_large")]
    if attachments is not None:
        made = await asyncio.to_thread(_made, author, software, letter, attachments, token, at)
    with write(db):
        if not note_exported_within(db, email_id, now=at):
            return 0
        for number, each in enumerate(made, 1):
            add_handover_within(
                db,
                account_id,
                HandoverKind(software.export.value),
                folder=software.folder,
                answers=software.answers if each.files.control_id else "",
                control_id=each.files.control_id,
                files=each.files.files,
                email_id=email_id,
                number=number,
                reason=each.reason,
                now=at,
            )
    if made:
        event(log, logging.INFO, "export.made", email=email_id, documents=len(made))
    return len(made)


def _attachments(db: Connection, email_id: EmailId) -> list[tuple[str, bytes]] | None:
    """The files of a letter; None when they are too large to be held together."""
    parts = [part for part in parts_of(db, email_id) if not part.is_body]
    if sum(part.length for part in parts) > MOST_OCTETS:
        return None
    return [(part.name, part_octets(db, email_id, part.number)) for part in parts]


def _made(
    author: Author,
    software: Software,
    letter: Email,
    attachments: list[tuple[str, bytes]],
    token: Token,
    at: int,
) -> list[Made]:
    try:
        found = received_documents(attachments)
    except MailError as error:
        # A row keeps a code alone: one whose sentence wants more says it in other words.
        return [Made(reason="handover.unreadable" if error.params else error.code)]
    raw = raw_pair(attachments) if not found and software.export is Export.HPRIM else None
    if raw is not None:
        return [Made(files=Files(files=paired_files(f"pli_{token(8)}", *raw)))]
    return [_of(author, software, letter, each, token(8), at) for each in found]


def _of(
    author: Author, software: Software, letter: Email, received: Received, token: str, at: int
) -> Made:
    person = author.person
    name = f"{person.prefix} {person.given_name} {person.family_name}"
    practice = " ".join(name.split()) or person.organization
    try:
        files = files_for(software, received, letter, token=token, at=at, practice=practice)
    except MailError as error:
        return Made(reason=error.code)
    return Made(files=files)
