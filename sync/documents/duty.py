"""The node's care for health documents: read each letter's once, off the line, and keep them.

The documents of a letter, the patients they are about and what they supersede are kept in one
transaction: a node that is killed has read all of a letter or nothing of it. One letter, whatever
is in it, never stops the others: it is marked as read, and stays as it was received.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from store.db.document_keeping import (
    emails_to_read,
    keep_documents,
    letter_facts,
    tell_of_letter,
    what_is_read,
)
from store.db.documents import documents_of_email
from store.db.emails import octets_of
from store.db.identities import identities_to_check
from store.db.open import Connection, write
from store.db.opened import opened_octets
from store.db.parts import parts_of
from store.db.superseding import letters_of, release
from store.errors import MailError, Transient
from store.host.clock import now
from store.host.log import event
from store.model.email import Part
from store.model.health import ReadDocument
from store.model.ids import BlobId, DocumentId, EmailId
from store.model.transfer import decode
from sync.documents.recognise import LEFT_BEHIND
from sync.documents.regrouping import regroup, settle

if TYPE_CHECKING:
    from sync.documents.reading import Letter

log = logging.getLogger(__name__)
BATCH = 10
BATCH_OCTETS = 8 << 20
"""Letters kept in one transaction: few enough that a key press never waits for it."""
MOST_HERE_OCTETS = 4 << 20
"""Of a letter and of all that unpacks from it: more would stop the other duties for a while."""
LOOK_SECONDS = 3600


class Read(NamedTuple):
    """The documents of one letter, and what they were read from."""

    id: EmailId
    source: tuple[int, BlobId | None, BlobId | None]
    found: Sequence[ReadDocument]


async def read_documents(db: Connection, *, most: int | None = None) -> float:
    """Read what waits, newest first. Returns for how many seconds nothing does, if nothing changes.

    most: no more letters than so many, near enough; the node reads the others.
    """
    left = sys.maxsize if most is None else most
    from sync.documents.reading import READER_VERSION  # with the readers, when there is work

    while left > 0 and (batch := emails_to_read(db, READER_VERSION, BATCH)):
        await _read_batch(db, batch, READER_VERSION)
        left -= len(batch)
    if identities_to_check(db):
        # Letters went, by whatever hand; who is told of in no other goes with them.
        with write(db):
            settle(db, [], regroup(db))
    return LOOK_SECONDS


async def _read_batch(db: Connection, batch: Sequence[EmailId], version: int) -> None:
    read: list[Read] = []
    octets = 0
    for email_id in batch:
        source = what_is_read(db, email_id)
        found, size = await _read(db, email_id)
        read.append(Read(email_id, source, found))
        octets += size
        if octets >= BATCH_OCTETS:
            break
    _keep_each(db, read, version)
    await asyncio.sleep(0)


def _keep_each(db: Connection, read: Sequence[Read], version: int) -> None:
    """All in one transaction; should one not let itself be kept, each in its own."""
    try:
        with write(db):
            _keep(db, sorted(read, key=lambda each: each.id), version)
    except Transient:
        raise
    except Exception as error:
        if len(read) > 1:
            for each in read:
                _keep_each(db, [each], version)
            return
        event(log, logging.ERROR, "email.documents_unread", email=read[0].id, error=error)
        if not read[0].found:
            raise
        _keep_each(db, [read[0]._replace(found=())], version)


def _keep(db: Connection, read: Sequence[Read], version: int) -> None:
    """Call inside `write`."""
    touched: list[DocumentId] = []
    letters: list[EmailId] = []
    for each in read:
        # It was opened, derived anew or let go meanwhile: then it is read again, or is no more.
        if not each.source[0] or what_is_read(db, each.id) != each.source:
            continue
        before = [row.id for row in documents_of_email(db, each.id)]
        released = release(db, before)
        touched += [*before, *released]
        letters += letters_of(db, released)
        touched += keep_documents(db, each.id, each.found, version=version, now=now())
        letters.append(each.id)
    settle(db, touched, regroup(db))
    for email_id in letters:
        tell_of_letter(db, email_id)


async def _read(db: Connection, email_id: EmailId) -> tuple[Sequence[ReadDocument], int]:
    from sync.documents.reading import Letter, LetterFile

    try:
        inside = opened_octets(db, email_id)
        octets = octets_of(db, email_id) if inside is None else inside
        files = tuple(
            LetterFile(
                part=part.number,
                name=part.name,
                media_type=part.media_type,
                octets=decode(
                    octets[part.offset : part.offset + part.length], part.transfer_encoding
                ),
            )
            for part in parts_of(db, email_id)
            if _may_hold(part)
        )
        subject, sender, sent_at = letter_facts(db, email_id)
        letter = Letter(files=files, subject=subject, sender=sender, sent_at=sent_at)
        return await _read_beside(letter), len(octets)
    except Transient:
        raise
    except Exception as error:  # one letter, whatever is in it, must never stop the node
        if not isinstance(error, MailError) or error.code != "email.unknown":
            event(log, logging.ERROR, "email.documents_unread", email=email_id, error=error)
        return (), 0


async def _read_beside(letter: Letter) -> Sequence[ReadDocument]:
    """In a thread, and accounts go on meanwhile; a heavy one in a process that may die of it."""
    from sync.documents.reading import Heavy, read_letter

    try:
        return await asyncio.to_thread(read_letter, letter, MOST_HERE_OCTETS)
    except Heavy:
        from sync.documents.apart import read_apart

        return await read_apart(letter)


def _may_hold(part: Part) -> bool:
    """Results stand in plain text too; what a system leaves behind holds nothing."""
    return not LEFT_BEHIND.fullmatch(part.name) and not (
        part.is_body and part.media_type != "text/plain"
    )
