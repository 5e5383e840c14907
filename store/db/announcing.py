"""Letters a lean line announces: an Email with an outline and its placement, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from store.db.open import Connection, write
from store.db.outlines import add_outline, keep_ranges
from store.model.email import Came, Keywords, Outline, pack_keywords
from store.model.ids import AccountId, EmailId, MailboxId


class Announced(NamedTuple):
    """An Email as the server announced it."""

    uid: int
    keywords: Keywords
    outline: Outline
    beginning: bytes = b""
    """Its first octets, where they came along."""
    ends: bool = False
    """Whether they are all of it."""


def announce(
    db: Connection, account_id: AccountId, mailbox_id: MailboxId, announced: Iterable[Announced]
) -> tuple[int, int]:
    """Know of letters that come later. Returns how many are new here, how many of these whole."""
    new = whole = 0
    with write(db):
        for each in announced:
            if _is_held(db, mailbox_id, each.uid):
                continue
            email_id = add_outline(db, account_id, each.outline)
            _insert(db, mailbox_id, email_id, each)
            new += 1
            if each.beginning:
                came = Came(email_id, 0, each.beginning, each.ends)
                whole += keep_ranges(db, [came])
    return new, whole


def _insert(db: Connection, mailbox_id: MailboxId, email_id: EmailId, each: Announced) -> None:
    keywords = pack_keywords(each.keywords)
    db.execute(
        "INSERT INTO placement (email_id, mailbox_id, received_at, uid, base, keywords)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (email_id, mailbox_id, each.outline.received_at, each.uid, keywords, keywords),
    )


def _is_held(db: Connection, mailbox_id: MailboxId, uid: int) -> bool:
    row = db.execute(
        "SELECT 1 FROM placement WHERE mailbox_id = ? AND uid = ?", (mailbox_id, uid)
    ).fetchone()
    return row is not None
