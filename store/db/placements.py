"""What the person wants of the Emails they see: keywords, moves, deletions. Wishes only.

A wish is keyed by the placement's own id, never by a UID: it survives a move, a restart, and a
server that renumbers everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from store.db.asked import note_read
from store.db.open import Connection, write
from store.model.email import NO_KEYWORDS, SEEN, Keywords, pack_keywords, unpack_keywords
from store.model.ids import AccountId, EmailId, MailboxId, PlacementId


def change_keywords(
    db: Connection,
    placement_ids: Iterable[PlacementId],
    *,
    add: Keywords = NO_KEYWORDS,
    remove: Keywords = NO_KEYWORDS,
) -> int:
    """Add and remove keywords. Returns how many placements changed."""
    changed = 0
    with write(db):
        for placement_id in placement_ids:
            row = db.execute(
                "SELECT keywords FROM placement WHERE id = ?", (placement_id,)
            ).fetchone()
            if row is None:
                continue
            wanted = pack_keywords((unpack_keywords(row[0]) | add) - remove)
            if wanted != row[0]:
                db.execute("UPDATE placement SET keywords = ? WHERE id = ?", (wanted, placement_id))
                changed += 1
                if SEEN in add:
                    note_read(db, placement_id)
    return changed


def move(db: Connection, placement_ids: Sequence[PlacementId], mailbox_id: MailboxId) -> int:
    """Wish these placements into another mailbox of the same account. Returns how many moved.

    Moving one back to where it still is withdraws the wish.
    """
    with write(db):
        return sum(
            db.execute(
                "UPDATE placement SET wish_mailbox_id = nullif(:target, mailbox_id)"
                " WHERE id = :id AND shown_mailbox_id <> :target AND deleted = 0"
                " AND (SELECT account_id FROM mailbox WHERE id = placement.mailbox_id)"
                "   = (SELECT account_id FROM mailbox WHERE id = :target)",
                {"id": placement_id, "target": mailbox_id},
            ).rowcount
            for placement_id in placement_ids
        )


def delete(db: Connection, placement_ids: Sequence[PlacementId]) -> int:
    """Wish these placements away from the server. Returns how many were there."""
    return _set_deleted(db, placement_ids, deleted=True)


def undelete(db: Connection, placement_ids: Sequence[PlacementId]) -> int:
    """Take a deletion back, where the node has not carried it out. Returns how many it was."""
    return _set_deleted(db, placement_ids, deleted=False)


def _set_deleted(db: Connection, placement_ids: Sequence[PlacementId], *, deleted: bool) -> int:
    with write(db):
        return sum(
            db.execute(
                "UPDATE placement SET deleted = :deleted WHERE id = :id AND deleted <> :deleted",
                {"id": placement_id, "deleted": deleted},
            ).rowcount
            for placement_id in placement_ids
        )


def newest(
    db: Connection, mailbox_id: MailboxId, *, unseen: bool = False, limit: int = -1
) -> list[PlacementId]:
    """The newest placements shown in a mailbox, newest first; -1 for all of them."""
    rows = db.execute(
        "SELECT id FROM placement WHERE shown_mailbox_id = ? AND deleted = 0"
        " AND snoozed_until IS NULL AND unread >= ?"
        " ORDER BY received_at DESC, id DESC LIMIT ?",
        (mailbox_id, unseen, limit),
    )
    return [PlacementId(row[0]) for row in rows]


def placements_of(db: Connection, email_id: EmailId) -> list[tuple[PlacementId, AccountId]]:
    """Where one Email is shown: its placements, each with the account it belongs to."""
    rows = db.execute(
        "SELECT p.id, m.account_id FROM placement AS p JOIN mailbox AS m ON m.id = p.mailbox_id"
        " WHERE p.email_id = ? AND p.deleted = 0 ORDER BY p.id",
        (email_id,),
    )
    return [(PlacementId(row[0]), AccountId(row[1])) for row in rows]
