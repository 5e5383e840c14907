"""Make letters readable: what they say, their parts, their thread, the text of their PDFs.

A second step, after the octets are safely stored, and one that can be run again at any time: a
letter that cannot be read is still there, whole. Of one that was signed or sealed and has been
opened (sync/opening/), what lay inside is read.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import NamedTuple

from store.db.deriving import count_to_derive, emails_to_derive, save_all_derived
from store.db.documents import file_octets
from store.db.emails import octets_of
from store.db.file_texts import WantedFile, file_texts_wanted, save_file_text
from store.db.open import Connection, write
from store.db.opened import note_claims, opened_digest, opened_octets, stopped_at
from store.db.outlines import Stage, header_octets, held_octets, stage_of
from store.db.part_ranges import compare_with_letter
from store.db.parts import WantedText, part_octets, save_text, texts_wanted
from store.db.works import reading_floor
from store.errors import MailError, Transient
from store.host import clock
from store.host.log import event
from store.model.email import DerivedEmail
from store.model.ids import BlobId, EmailId
from store.model.work import READING, Unit
from sync.documents.pdf_text import pdf_text
from sync.mime.header import end_of_header
from sync.mime.read import DERIVED_VERSION, derive
from sync.opening.claims import OTHER_FROM, claims, other_sender
from sync.submit.heard import NOTHING, Heard
from sync.submit.reported import heard_in, keep_heard
from sync.watching import Seen, watching

log = logging.getLogger(__name__)
BATCH = 100
"""Letters per transaction: small enough that a key press never waits 50 ms for it."""
LONG_BACKLOG = 500
"""So many letters to read are worth being told of."""


class Backlog:
    """Letters to read, and how many have been since somebody began to look."""

    def __init__(self, db: Connection) -> None:
        self._db, self._done, self._left = db, 0, 0

    def seen(self) -> list[Seen]:
        """Nothing when they are few, or a person paused it."""
        left = count_to_derive(self._db, DERIVED_VERSION)
        self._done += max(0, self._left - left)
        self._left = left
        whole = self._done + left
        if whole < LONG_BACKLOG or not left:
            return []
        return [Seen(READING, None, self._done, whole, Unit.LETTERS)]


async def derive_backlog(db: Connection) -> None:
    """Derive all there is, in sight of the person when that takes long, then the texts of PDFs."""
    if derive_emails(db, most=BATCH) == BATCH:
        async with watching(db, Backlog(db).seen):
            await derive_all(db)
    while await read_pdf_texts(db):
        await derive_all(db)


async def derive_all(db: Connection) -> int:
    """Derive every Email that needs it; other duties have their turn between two batches.

    A new `DERIVED_VERSION` has every letter read again: of 100,000, for more than a minute.
    """
    done = 0
    while now_done := derive_emails(db, most=BATCH):
        done += now_done
        await asyncio.sleep(0)
    return done


def derive_emails(db: Connection, *, most: int | None = None) -> int:
    """Derive the Emails that need it, at most so many, newest first. Returns how many.

    While a person paused it, only those that came since.
    """
    done, above = 0, reading_floor(db)
    while batch := emails_to_derive(db, DERIVED_VERSION, _next(done, most), above=above):
        derived = [_read(db, email_id) for email_id in batch]
        with write(db):
            # More of it may have come since it was read, or it was opened: then it is read again.
            # It may also be gone, by the hand of another process.
            current = [each for each in derived if each.stage and each.here == _here(db, each.id)]
            save_all_derived(db, [(each.id, each.found) for each in current], DERIVED_VERSION)
            note_claims(db, (each.id for each in current if each.claims), now=clock.now())
            for each in current:
                keep_heard(db, each.id, each.heard, each.found.sender.email, now=clock.now())
                if each.here == (Stage.WHOLE, None):
                    compare_with_letter(db, each.id, each.found.parts, now=clock.now())
        done += len(batch)
    return done


def _next(done: int, most: int | None) -> int:
    return BATCH if most is None else min(BATCH, most - done)


class Read(NamedTuple):
    """One letter as it was read, and from what."""

    id: EmailId
    here: tuple[Stage | None, BlobId | None]
    found: DerivedEmail
    claims: bool = False
    """It says that it is signed or sealed."""
    heard: Heard = NOTHING
    """What it says of letters of ours."""

    @property
    def stage(self) -> Stage | None:
        """None when there was nothing to read."""
        return self.here[0]


def _here(db: Connection, email_id: EmailId) -> tuple[Stage | None, BlobId | None]:
    return stage_of(db, email_id), opened_digest(db, email_id)


def _read(db: Connection, email_id: EmailId) -> Read:
    here = _here(db, email_id)
    try:
        if here[0] is not Stage.WHOLE:
            # A letter that is not whole always looks cut and ambiguous: that says nothing of it.
            beginning = _beginning(db, email_id)
            found = replace(derive(beginning), warnings=())
            return Read(
                email_id, here, found, heard=heard_in(email_id, beginning, found, is_whole=False)
            )
        octets, inside = octets_of(db, email_id), opened_octets(db, email_id)
        if inside is None:
            found = _with(derive(octets), stopped_at(db, email_id))
            heard = heard_in(email_id, octets, found, is_whole=True)
            return Read(email_id, here, found, claims(octets, found), heard)
        found = derive(inside)
        other = other_sender(octets, found.sender.email)
        if other is not None:
            found = replace(_with(found, OTHER_FROM), sender=other)
        heard = heard_in(email_id, inside, found, is_whole=True)
        return Read(email_id, here, _with(found, stopped_at(db, email_id)), heard=heard)
    except Exception as error:  # one letter, whatever is in it, must never stop the node
        event(log, logging.ERROR, "email.unreadable", email=email_id, error=error)
        code = error.code if isinstance(error, MailError) else "mime.unreadable"
        return Read(email_id, here, DerivedEmail(message_id="", warnings=(code,)))


def _with(found: DerivedEmail, *codes: str) -> DerivedEmail:
    return replace(found, warnings=(*found.warnings, *filter(None, codes)))


def _beginning(db: Connection, email_id: EmailId) -> bytes:
    """What is here of a letter that is not whole; half a header names not even its sender."""
    held = held_octets(db, email_id)
    _, body = end_of_header(held, 0, len(held))
    return held if body < len(held) else header_octets(db, email_id)


async def read_pdf_texts(db: Connection, *, most: int = 20) -> int:
    """Read the text of up to `most` PDFs, newest first. Returns how many were looked at."""
    if reading_floor(db):
        return 0
    wanted = texts_wanted(db, most)
    for each in wanted:
        try:
            text = await _text_of(db, each)
        except Transient:
            return 0  # this machine has no room for a process now; it stays wanted
        with write(db):
            save_text(db, each, text)
        await asyncio.sleep(0)
    return len(wanted) + await _read_inner_texts(db, most - len(wanted))


async def _read_inner_texts(db: Connection, most: int) -> int:
    """The same of PDFs inside packages and CDAs (sync/documents/duty.py took them out)."""
    wanted = file_texts_wanted(db, most)
    for each in wanted:
        octets = _kept(db, each)
        try:
            text = await _text(octets, each.email_id) if octets else None
        except Transient:
            return 0
        with write(db):
            save_file_text(db, each, octets, text)
        await asyncio.sleep(0)
    return len(wanted)


def _kept(db: Connection, wanted: WantedFile) -> bytes | None:
    try:
        return file_octets(db, wanted.document_id, wanted.position)
    except MailError as error:
        event(log, logging.INFO, "pdf.unreadable", email=wanted.email_id, error=error)
        return None


async def _text_of(db: Connection, wanted: WantedText) -> str | None:
    try:
        octets = part_octets(db, wanted.email_id, wanted.number)
    except MailError as error:
        event(log, logging.INFO, "pdf.unreadable", email=wanted.email_id, error=error)
        return None
    return await _text(octets, wanted.email_id)


async def _text(octets: bytes, email_id: EmailId) -> str | None:
    try:
        return await pdf_text(octets)
    except Transient:
        raise
    except MailError as error:
        event(log, logging.INFO, "pdf.unreadable", email=email_id, error=error)
        return None
