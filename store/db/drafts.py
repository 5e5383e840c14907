"""Drafts: letters being written, and those told to leave that the node has not frozen yet."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from store.db import blobs
from store.db.health_wishes import pack_wish, unpack_wish
from store.db.open import Connection, write
from store.errors import Usage
from store.model.draft import Attachment, Draft
from store.model.email import EmailAddress
from store.model.ids import AccountId, BlobId, DraftId, PlacementId

IDLE_SECONDS = 300
"""A draft nobody touched for so long goes to the server, though it was not left."""
DRAFT_COPIED = "draft.copied"
"""Why a draft of a store that proved to be a copy does not leave by itself."""

OF_THE_WAY = (
    *("seal", "sign", "was_sealed", "patient", "receipt", "answer_by", "tell", "non_medical"),
)
"""What a draft says of how it may leave; kept where it says something."""


def attach(db: Connection, name: str, media_type: str, octets: bytes) -> Attachment:
    """Keep a document's octets in the store, to be named by a draft."""
    with write(db):
        blob_id = blobs.put(db, octets)
    return Attachment(name=name, media_type=media_type, blob_id=blob_id, size=len(octets))


def save_draft(
    db: Connection,
    account_id: AccountId,
    draft: Draft,
    *,
    now: int,
    draft_id: DraftId | None = None,
    instead_of: PlacementId | None = None,
    revision: int | None = None,
) -> DraftId:
    """Keep a draft, over `draft_id` when given.

    instead_of: the letter among the drafts of a server that a new one was begun from.
    revision: which one it goes on from; None to write over any.

    Raises:
        Usage: `draft.unknown`, it has been sent, thrown away or gone on with meanwhile.
    """
    with write(db):
        return save_draft_within(
            db,
            account_id,
            draft,
            now=now,
            draft_id=draft_id,
            instead_of=instead_of,
            revision=revision,
        )


def save_draft_within(
    db: Connection,
    account_id: AccountId,
    draft: Draft,
    *,
    now: int,
    draft_id: DraftId | None = None,
    instead_of: PlacementId | None = None,
    revision: int | None = None,
) -> DraftId:
    """The same. Call inside `write`, with whatever must not exist without it."""
    from store.db.draft_copies import take_up, withdraw_copies

    copy_at = now + IDLE_SECONDS
    if draft_id is None:
        row = db.execute(
            "INSERT INTO draft (account_id, content, created_at, updated_at, copy_at)"
            " VALUES (?, ?, ?, ?, ?) RETURNING id",
            (account_id, _pack(draft), now, now, copy_at),
        ).fetchone()
        draft_id = DraftId(row[0])
        if instead_of is not None:
            take_up(db, draft_id, instead_of)
    elif not db.execute(
        "UPDATE draft SET account_id = ?1, content = ?2, updated_at = ?3, copy_at = ?4,"
        " revision = revision + 1, refused = ''"
        " WHERE id = ?5 AND revision = coalesce(?6, revision)",
        (account_id, _pack(draft), now, copy_at, draft_id, revision),
    ).rowcount:
        raise Usage("draft.unknown", id=draft_id)
    if draft.seal or draft.was_sealed:
        withdraw_copies(db, draft_id)
    db.execute("DELETE FROM draft_attachment WHERE draft_id = ?", (draft_id,))
    db.executemany(
        "INSERT INTO draft_attachment (draft_id, position, name, media_type, digest, size)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (draft_id, n, a.name, a.media_type, a.blob_id, a.size)
            for n, a in enumerate(draft.attachments)
        ],
    )
    return draft_id


def leave_draft(db: Connection, draft_id: DraftId, now: int) -> None:
    """The person has left it: it may go to the server at once."""
    with write(db):
        db.execute("UPDATE draft SET copy_at = min(copy_at, ?) WHERE id = ?", (now, draft_id))


def draft(db: Connection, draft_id: DraftId) -> tuple[AccountId, Draft]:
    """A draft and the account it would leave from.

    Raises:
        Usage: `draft.unknown`.
    """
    row = db.execute("SELECT account_id, content FROM draft WHERE id = ?", (draft_id,)).fetchone()
    if row is None:
        raise Usage("draft.unknown", id=draft_id)
    attachments = db.execute(
        "SELECT name, media_type, digest, size FROM draft_attachment WHERE draft_id = ?"
        " ORDER BY position",
        (draft_id,),
    )
    kept = tuple(
        Attachment(name=a[0], media_type=a[1], blob_id=BlobId(a[2]), size=a[3]) for a in attachments
    )
    return AccountId(row[0]), replace(_unpack(row[1]), attachments=kept)


def revision_of(db: Connection, draft_id: DraftId) -> int | None:
    """How often a draft was written; None when it is gone."""
    row = db.execute("SELECT revision FROM draft WHERE id = ?", (draft_id,)).fetchone()
    return None if row is None else int(row[0])


def drafts(db: Connection) -> list[DraftId]:
    """Drafts not told to leave, the last written first."""
    rows = db.execute(
        "SELECT id FROM draft WHERE id NOT IN (SELECT draft_id FROM draft_to_send)"
        " ORDER BY updated_at DESC, id DESC"
    )
    return [DraftId(row[0]) for row in rows]


def discard_draft(db: Connection, draft_id: DraftId) -> None:
    """Throw a draft away."""
    with write(db):
        discard_draft_within(db, draft_id)


def discard_draft_within(db: Connection, draft_id: DraftId) -> None:
    """The same. Call inside `write`."""
    db.execute("DELETE FROM draft WHERE id = ?", (draft_id,))


def send_draft(db: Connection, draft_id: DraftId, send_at: int) -> None:
    """Wish that a draft leaves, not before `send_at`: the undo window ends there."""
    with write(db):
        send_draft_within(db, draft_id, send_at)


def send_draft_within(db: Connection, draft_id: DraftId, send_at: int) -> None:
    """The same. Call inside `write`."""
    db.execute(
        "INSERT INTO draft_to_send (draft_id, send_at) VALUES (?, ?)"
        " ON CONFLICT (draft_id) DO UPDATE SET send_at = excluded.send_at, last_error = '',"
        " moved_seconds = 0",
        (draft_id, send_at),
    )


def draft_copied_within(db: Connection, draft_id: DraftId | None = None) -> int:
    """A draft that was told to leave, or each of them, waits for its author: another store may have
    sent it. How many. Call inside `write`."""
    return db.execute(
        "UPDATE draft_to_send SET last_error = ? WHERE last_error = ''"
        " AND draft_id = coalesce(?, draft_id)",
        (DRAFT_COPIED, draft_id),
    ).rowcount


def unsend_draft(db: Connection, draft_id: DraftId) -> bool:
    """Take the wish back. False when the node has already frozen it: then cancel the submission."""
    with write(db):
        done = db.execute("DELETE FROM draft_to_send WHERE draft_id = ?", (draft_id,))
        return bool(done.rowcount)


def drafts_to_send(db: Connection, account_id: AccountId, now: int) -> list[DraftId]:
    """Drafts whose time has come and that nothing is known against, oldest wish first."""
    rows = db.execute(
        "SELECT draft_id FROM draft_to_send JOIN draft ON draft.id = draft_id"
        " WHERE account_id = ? AND send_at <= ? AND last_error = '' ORDER BY send_at, draft_id",
        (account_id, now),
    )
    return [DraftId(row[0]) for row in rows]


def drafts_waiting(db: Connection) -> list[tuple[DraftId, int, str]]:
    """(draft, send_at, last_error) of every draft told to leave, for the outbox screen."""
    rows = db.execute("SELECT draft_id, send_at, last_error FROM draft_to_send ORDER BY send_at")
    return [(DraftId(row[0]), row[1], row[2]) for row in rows]


def told_to_leave(db: Connection) -> dict[str, int]:
    """How many drafts are to leave: `writing`; or cannot, until the person does something:
    `held_back`."""
    rows = db.execute(
        "SELECT iif(last_error = '', 'writing', 'held_back'), count(*) FROM draft_to_send"
        " GROUP BY last_error = ''"
    )
    return dict(rows.fetchall())


def draft_refused(
    db: Connection, draft_id: DraftId, code: str, *, revision: int | None = None
) -> None:
    """Note why a draft cannot be frozen; it waits for the person.

    revision: of which one that is true: they may have mended it and told it to leave meanwhile.
    """
    with write(db):
        db.execute(
            "UPDATE draft_to_send SET last_error = ?1 WHERE draft_id = ?2 AND EXISTS"
            " (SELECT 1 FROM draft WHERE id = ?2 AND revision = coalesce(?3, revision))",
            (code, draft_id, revision),
        )


def _fields(draft: Draft) -> list[list[object]]:
    return [[name, v if isinstance(v, str) else _people(v)] for name, v in draft.fields]


def _people(addresses: Iterable[EmailAddress]) -> list[list[str]]:
    return [[a.name, a.email] for a in addresses]


def _pack(draft: Draft) -> str:
    return json.dumps(
        {
            "sender": [draft.sender.name, draft.sender.email],
            "to": _people(draft.to),
            "cc": _people(draft.cc),
            "bcc": _people(draft.bcc),
            "subject": draft.subject,
            "body": draft.body,
            "in_reply_to": draft.in_reply_to,
            "references": draft.references,
            **({"fields": _fields(draft)} if draft.fields else {}),
            **({"health": pack_wish(draft.health)} if draft.health else {}),
            **{name: getattr(draft, name) for name in OF_THE_WAY if getattr(draft, name)},
        },
        ensure_ascii=False,
    )


def _unpack(content: str) -> Draft:
    kept = json.loads(content)

    def people(kind: str) -> tuple[EmailAddress, ...]:
        return _addresses(kept[kind])

    return Draft(
        sender=EmailAddress(name=kept["sender"][0], email=kept["sender"][1]),
        to=people("to"),
        cc=people("cc"),
        bcc=people("bcc"),
        subject=kept["subject"],
        body=kept["body"],
        in_reply_to=kept["in_reply_to"],
        references=tuple(kept["references"]),
        health=unpack_wish(kept["health"]) if "health" in kept else None,
        fields=tuple(
            (name, v if isinstance(v, str) else _addresses(v)) for name, v in kept.get("fields", ())
        ),
        **{name: kept[name] for name in OF_THE_WAY if name in kept},
    )


def _addresses(kept: Iterable[tuple[str, str]]) -> tuple[EmailAddress, ...]:
    return tuple(EmailAddress(name=name, email=email) for name, email in kept)
