"""The versions of drafts that lie on the server: which is to be put there, and which is whose.

A version is a letter like any other, in the mailbox for drafts: the sync engine uploads it once and
removes it by its UID. What is decided here is which letter stands for which draft.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from store.db.accounts import account
from store.db.arriving import file_copy
from store.db.drafts import draft
from store.db.emails import add_email
from store.db.mailboxes import mailbox_by_role
from store.db.notes import add_note
from store.db.open import Connection, write
from store.model.draft import Draft, may_be_kept_there
from store.model.email import DRAFT, SEEN
from store.model.ids import AccountId, DraftId, MailboxId, PlacementId
from store.model.mailbox import Role

TWICE = "merge.draft_twice"
"""The code noted where two versions of one draft are kept."""
KEYWORDS = frozenset({DRAFT, SEEN})
SEALED = (
    "(coalesce(json_extract(content, '$.seal'), 0)"
    " OR coalesce(json_extract(content, '$.was_sealed'), 0))"
)
"""What `may_be_kept_there` says of a draft, of many drafts at once."""


class Kept(StrEnum):
    """Where a draft is kept."""

    THERE = "there"
    """On the server, as it is here."""
    WAITING = "waiting"
    """Here; it goes to the server with the next pass after the person has left it."""
    GONE = "gone"
    """Here; the server had it and no longer does: sent, changed or thrown away elsewhere."""
    REFUSED = "refused"
    """Here; it cannot be a letter as it is."""
    OLDER = "older"
    """Here; what must not lie there was added after a version of it had been put there."""
    HERE = "here"
    """Here, and nowhere else: the account says so, or what it holds must not lie there."""


class DueDraft(NamedTuple):
    """A draft whose latest revision is not on the server and is to be."""

    id: DraftId
    revision: int
    draft: Draft
    names: tuple[str, ...]
    """Message-IDs of the versions before it, oldest first."""
    is_alone: bool
    """The version it was made from is no longer there: somebody else changed or removed it."""


def drafts_due(db: Connection, account_id: AccountId, now: int) -> list[DueDraft]:
    """Drafts to put on the server, those that may lie there; the one left first is first."""
    if _drafts_mailbox(db, account_id) is None:
        return []
    kept = account(db, account_id).drafts
    rows = db.execute(
        "SELECT id, revision FROM draft AS d WHERE account_id = ? AND copy_at <= ?"
        " AND refused = '' AND id NOT IN (SELECT draft_id FROM draft_to_send)"
        " AND revision > coalesce((SELECT max(revision) FROM draft_copy WHERE draft_id = d.id), 0)"
        " ORDER BY copy_at, id",
        (account_id, now),
    ).fetchall()
    due = [_due(db, DraftId(id_), revision) for id_, revision in rows]
    return [each for each in due if may_be_kept_there(each.draft, kept)]


def _due(db: Connection, draft_id: DraftId, revision: int) -> DueDraft:
    copies = db.execute(
        "SELECT names, placement_id IS NULL FROM draft_copy WHERE draft_id = ? ORDER BY revision",
        (draft_id,),
    ).fetchall()
    names = tuple(copies[-1][0].split()) if copies else ()
    is_alone = any(gone for _, gone in copies)
    return DueDraft(draft_id, revision, draft(db, draft_id)[1], names, is_alone)


def last_left(db: Connection, account_id: AccountId, now: int) -> int:
    """When the person last left a draft that may go to the server, Unix seconds; 0 for never."""
    row = db.execute(
        "SELECT max(copy_at) FROM draft JOIN account ON account.id = account_id"
        f" WHERE account_id = ? AND copy_at <= ? AND account.drafts = 'server' AND NOT {SEALED}",
        (account_id, now),
    ).fetchone()
    return int(row[0] or 0)


def file_version(
    db: Connection,
    account_id: AccountId,
    due: DueDraft,
    octets: bytes,
    *,
    message_id: str,
    now: int,
) -> bool:
    """Put this version among the letters to upload, once: False when the draft is another by now.

    A version that never left gives way to it at once: of many changes, one is uploaded. One whose
    upload is in doubt is settled as any letter, and goes once this one is there.
    """
    with write(db):
        row = db.execute(
            "SELECT revision FROM draft WHERE id = ? AND account_id = ?"
            " AND id NOT IN (SELECT draft_id FROM draft_to_send)",
            (due.id, account_id),
        ).fetchone()
        mailbox_id = _drafts_mailbox(db, account_id)
        if row != (due.revision,) or mailbox_id is None:
            return False
        email_id = add_email(db, account_id, octets, now)
        filed = file_copy(db, account_id, email_id, mailbox_id, KEYWORDS, message_id=message_id)
        if due.is_alone:
            add_note(db, email_id, TWICE, now=now)
        db.execute(
            "DELETE FROM placement WHERE uid IS NULL AND moving IS NULL AND unlinked = 0"
            " AND lost = 0 AND id IN (SELECT placement_id FROM draft_copy WHERE draft_id = ?)",
            (due.id,),
        )
        db.execute("DELETE FROM draft_copy WHERE draft_id = ? AND placement_id IS NULL", (due.id,))
        _note_copy(db, due.id, filed, due.revision, [*due.names, message_id])
    return True


def refuse_version(db: Connection, due: DueDraft, code: str) -> None:
    """This revision cannot be put on the server; the next one is tried."""
    with write(db):
        db.execute(
            "UPDATE draft SET refused = ? WHERE id = ? AND revision = ?",
            (code, due.id, due.revision),
        )


def take_up(db: Connection, draft_id: DraftId, placement_id: PlacementId) -> None:
    """A draft begun from a letter in the mailbox for drafts replaces it. Call inside `write`.

    Of a letter that is gone by now only that is noted.
    """
    row = db.execute(
        "SELECT supersedes, message_id FROM placement AS p JOIN email ON email.id = email_id"
        " WHERE p.id = ? AND p.deleted = 0 AND NOT EXISTS"
        " (SELECT 1 FROM draft_copy WHERE placement_id = p.id)",
        (placement_id,),
    ).fetchone()
    names = [] if row is None else [*row[0].split(), row[1]]
    _note_copy(db, draft_id, None if row is None else placement_id, 0, names)


def withdraw_copies(db: Connection, draft_id: DraftId) -> None:
    """Take the versions that lie on the server away: it is to be sealed. Call inside `write`.

    What was kept there in clear before the person said so must not stay.
    """
    db.execute(
        "UPDATE placement SET deleted = 1 WHERE id IN"
        " (SELECT placement_id FROM draft_copy WHERE draft_id = ?)",
        (draft_id,),
    )
    db.execute("DELETE FROM draft_copy WHERE draft_id = ?", (draft_id,))


def _note_copy(
    db: Connection,
    draft_id: DraftId,
    placement_id: PlacementId | None,
    revision: int,
    names: Iterable[str],
) -> None:
    db.execute(
        "INSERT INTO draft_copy (draft_id, placement_id, revision, names) VALUES (?, ?, ?, ?)",
        (draft_id, placement_id, revision, " ".join(name for name in names if name)),
    )


def draft_at(db: Connection, placement_id: PlacementId) -> DraftId | None:
    """The draft here that a letter is a version of; None when it was written elsewhere."""
    row = db.execute(
        "SELECT draft_id FROM draft_copy WHERE placement_id = ?", (placement_id,)
    ).fetchone()
    return None if row is None else DraftId(row[0])


def where_kept(db: Connection, draft_id: DraftId) -> Kept:
    """Where this revision of a draft is kept, besides here."""
    row = db.execute(
        "SELECT max(c.revision = d.revision AND p.uid IS NOT NULL AND p.lost = 0),"
        " count(c.id) > 0 AND count(p.id) = 0, count(p.uid) > 0, d.refused <> '',"
        f" a.drafts = 'local' OR {SEALED} FROM draft AS d JOIN account AS a ON a.id = d.account_id"
        " LEFT JOIN draft_copy AS c ON c.draft_id = d.id"
        " LEFT JOIN placement AS p ON p.id = c.placement_id WHERE d.id = ?",
        (draft_id,),
    ).fetchone()
    there, gone, older, refused, local = row
    if there:
        return Kept.THERE
    if gone:
        return Kept.GONE
    if refused:
        return Kept.REFUSED
    if local:
        return Kept.OLDER if older else Kept.HERE
    return Kept.WAITING


def _drafts_mailbox(db: Connection, account_id: AccountId) -> MailboxId | None:
    found = mailbox_by_role(db, account_id, Role.DRAFTS)
    return found.id if found is not None and found.created else None
