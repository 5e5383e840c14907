"""A built dispatch into the store: its letters, told to leave, and its files, in one transaction.

Before it nothing happened; after it all of it will, whoever dies: the node freezes what waits and
puts the files in their folder. The same document to the same people is seen, and asked about.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass, replace

from store.db import blobs
from store.db.dispatches import (
    add_dispatch_within,
    destinations_before,
    forget_dispatch_within,
)
from store.db.drafts import (
    discard_draft_within,
    draft,
    save_draft_within,
    send_draft_within,
)
from store.db.handovers import add_handover_within
from store.db.open import Connection, write
from store.db.submissions import draft_frozen
from store.errors import NeedsUser, Transient
from store.model.account import Account
from store.model.document import Identifier
from store.model.draft import Attachment, Draft
from store.model.handover import HandoverKind
from store.model.ids import AccountId, DispatchId, DraftId, HandoverId
from sync.dispatch.facts import Built, DispatchFacts, Marks, Named
from sync.documents.mss_letter import MssLetter

GRACE_SECONDS = 60
"""For which whoever asked freezes the letters itself, and says what becomes of them; after that the
node does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """The letter, written on a screen, that a dispatch takes the place of."""

    draft_id: DraftId
    written: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What was said to the store."""

    dispatch: DispatchId
    drafts: tuple[DraftId, ...]
    handover: HandoverId | None


def new_marks() -> Marks:
    """Names that nothing else has."""
    entry, *sets = (uuid.UUID(bytes=secrets.token_bytes(16), version=4) for _ in range(4))
    first, second, third = (each.int for each in sets)
    return Marks(
        document=secrets.token_hex(16),
        set=secrets.token_hex(16),
        entry=str(entry),
        submissions=(first, second, third),
    )


def digest_of(facts: DispatchFacts) -> bytes:
    """The same for the same document about the same patient, whoever is to have it, and when."""
    sidecar = facts.sidecar
    said = hashlib.sha256(repr((sidecar.patient, sidecar.document)).encode())
    for octets in (facts.pdf, repr(facts.results).encode(), *([facts.cda] if facts.cda else [])):
        said.update(hashlib.sha256(octets).digest())
    return said.digest()


def destinations(built: Built) -> tuple[str, ...]:
    """Where all of it goes."""
    letters = (each for each in (built.letter, built.patient_letter) if each)
    people = [to.email.casefold() for letter in letters for to in letter.to]
    return (*people, *(["dmp"] if built.dmp else []))


def draft_of(letter: MssLetter, files: tuple[Attachment, ...], *, sign: bool, seal: bool) -> Draft:
    """A letter as the outbox freezes it."""
    return Draft(
        sender=letter.sender,
        to=letter.to,
        subject=letter.subject,
        body=letter.body,
        attachments=files,
        patient=letter.patient,
        fields=letter.fields,
        sign=sign,
        seal=seal,
    )


def unfiled(letter: MssLetter, *, seal: bool) -> Draft:
    """The same for the guard alone, which never looks into its files."""
    return draft_of(letter, named_files(letter), sign=False, seal=seal)


def enter(
    db: Connection,
    account: Account,
    facts: DispatchFacts,
    built: Built,
    *,
    again: bool = False,
    sign: bool = False,
    seal: bool = False,
    composed: Composed | None = None,
) -> Entered:
    """Say that all of it is to happen.

    Args:
        again: it was sent before, and a person wants that.
        composed: the draft that this is; it ends in the same transaction, where its wish to leave
            still stands and nothing of it has changed.

    Raises:
        NeedsUser: `dispatch.already`.
        Transient: `store.busy`; `draft.changed`.
    """
    now = facts.at
    with write(db):
        check_first_time(db, account, facts, built, again=again)
        if composed is not None:
            _end_within(db, account, composed, now)
        drafts = []
        for letter in (built.letter, built.patient_letter):
            if letter is None:
                continue
            for each in letter.files:
                blobs.put(db, each.octets)
            written = draft_of(letter, named_files(letter), sign=sign, seal=seal)
            if composed is not None:
                written = _carried(composed.written, written, to_patient=letter is not built.letter)
            drafts.append(save_draft_within(db, account.id, written, now=now))
            send_draft_within(db, drafts[-1], now + (0 if composed else GRACE_SECONDS))
        dispatch_id, handover = note_within(db, account.id, facts, built)
    return Entered(dispatch=dispatch_id, drafts=tuple(drafts), handover=handover)


def check_first_time(
    db: Connection, account: Account, facts: DispatchFacts, built: Built, *, again: bool
) -> None:
    """Whether the same document went to none of them yet, unless a person wants it again.

    Raises:
        NeedsUser: `dispatch.already`.
    """
    before = destinations_before(db, account.id, digest_of(facts))
    twice = [each for each in destinations(built) if each in before]
    if twice and not again:
        raise NeedsUser("dispatch.already", who=", ".join(twice))


def _end_within(db: Connection, account: Account, composed: Composed, now: int) -> None:
    """Raises Transient `draft.changed` or Usage `draft.unknown` where it is not what was built."""
    is_it = draft(db, composed.draft_id) == (account.id, composed.written)
    if not is_it or not draft_frozen(db, composed.draft_id, due_at=now):
        raise Transient("draft.changed")


def _carried(written: Draft, made: Draft, *, to_patient: bool) -> Draft:
    """A letter of a dispatch, with what the person said of theirs; that it answers a colleague's
    letter, and until when an answer is waited for, is no business of the patient's."""
    made = replace(made, was_sealed=written.was_sealed)
    if to_patient:
        return made
    return replace(
        made,
        to=written.to,
        cc=written.cc,
        in_reply_to=written.in_reply_to,
        references=written.references,
        answer_by=written.answer_by,
        tell=written.tell,
    )


def note_within(
    db: Connection, account_id: AccountId, facts: DispatchFacts, built: Built
) -> tuple[DispatchId, HandoverId | None]:
    """That a document is sent, how it is named, and its set for the DMP. Call inside `write`, with
    its letters."""
    dispatch_id = add_dispatch_within(
        db,
        account_id,
        digest=digest_of(facts),
        document=packed(built.named),
        to=destinations(built),
        now=facts.at,
    )
    if not built.dmp:
        return dispatch_id, None
    folder = f"IHE_XDM_{facts.marks.submissions[2]:032x}"
    handover = add_handover_within(
        db,
        account_id,
        HandoverKind.DMP,
        folder=facts.author.dmp_folder,
        files=[(f"{folder}/{path}", octets) for path, octets in built.dmp.items()],
        dispatch_id=dispatch_id,
        now=facts.at,
    )
    return dispatch_id, handover


def undo(db: Connection, entered: Entered) -> None:
    """None of its letters can be frozen: none of it is to happen, where nothing of it has."""
    with write(db):
        for each in entered.drafts:
            discard_draft_within(db, each)
        forget_dispatch_within(db, entered.dispatch)


def named_files(letter: MssLetter) -> tuple[Attachment, ...]:
    """Its files as a draft names them."""
    return tuple(
        Attachment(
            name=each.name,
            media_type=each.media_type,
            blob_id=blobs.blob_id(each.octets),
            size=len(each.octets),
        )
        for each in letter.files
    )


def packed(named: Named) -> str:
    """What a correction must repeat under `replaces`, as JSON."""

    def identifier(one: Identifier) -> dict[str, str]:
        return {"oid": one.root, "value": one.extension}

    return json.dumps(
        {
            "identifier": identifier(named.identifier),
            "set": identifier(named.set_identifier),
            "version": named.version,
            "entry": named.entry_uuid,
        }
    )
