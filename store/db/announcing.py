"""Letters a lean line announces: an Email with an outline and its placement, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from store.db.open import Connection, write
from store.db.outlines import add_outline
from store.db.replica import any_unlinked, save_placement, unlinked_named
from store.model.email import Keywords, Outline, Placement, pack_keywords
from store.model.ids import AccountId, MailboxId


class Announced(NamedTuple):
    """An Email as the server announced it."""

    uid: int
    keywords: Keywords
    outline: Outline


def announce(
    db: Connection,
    account_id: AccountId,
    mailbox_id: MailboxId,
    announced: Iterable[Announced],
    *,
    relink: Callable[[Placement, int, Keywords], Placement],
    message_id_of: Callable[[bytes], str],
) -> int:
    """Know of letters that come later. Returns how many are new here.

    One whose placement had lost its UID takes that placement back, by its Message-ID, wishes and
    octets included: nothing of it is brought twice.
    """
    new = 0
    with write(db):
        searching = any_unlinked(db, mailbox_id)
        for each in announced:
            if _is_held(db, mailbox_id, each.uid):
                continue
            name = message_id_of(each.outline.header) if searching else ""
            lost = unlinked_named(db, mailbox_id, name) if name else None
            if lost is not None:
                save_placement(db, relink(lost, each.uid, each.keywords))
                continue
            email_id = add_outline(db, account_id, each.outline)
            keywords = pack_keywords(each.keywords)
            db.execute(
                "INSERT INTO placement (email_id, mailbox_id, received_at, uid, base, keywords)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (email_id, mailbox_id, each.outline.received_at, each.uid, keywords, keywords),
            )
            new += 1
    return new


def _is_held(db: Connection, mailbox_id: MailboxId, uid: int) -> bool:
    row = db.execute(
        "SELECT 1 FROM placement WHERE mailbox_id = ? AND uid = ?", (mailbox_id, uid)
    ).fetchone()
    return row is not None
