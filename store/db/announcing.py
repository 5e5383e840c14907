"""Letters a lean line announces: an Email with an outline and its placement, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from store.db.arriving import place
from store.db.listing import held_among
from store.db.open import Connection, write
from store.db.outlines import add_outline, keep_ranges, unmarked
from store.model.email import Came, Keywords, Outline
from store.model.ids import AccountId, EmailId, MailboxId
from store.model.structure import Marks


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
    db: Connection,
    account_id: AccountId,
    mailbox_id: MailboxId,
    announced: Iterable[Announced],
    *,
    message_id_of: Callable[[bytes], str],
    marks_of: Callable[[bytes], Marks] = unmarked,
) -> tuple[int, int]:
    """Know of letters that come later. Returns how many are new here, how many of these whole.

    One that is held whole already, as when somebody moved it, is that one: it has the same
    Message-ID, size and INTERNALDATE, which MOVE and COPY keep (RFC 3501 §6.4.7).
    """
    by_uid: dict[int, Announced] = {}
    for each in announced:
        by_uid.setdefault(each.uid, each)
    whole = 0
    with write(db):
        for uid in held_among(db, mailbox_id, by_uid):
            del by_uid[uid]
        for each in by_uid.values():
            known = _held_whole(db, account_id, each.outline, message_id_of(each.outline.header))
            email_id = known or add_outline(db, account_id, each.outline)
            place(db, mailbox_id, email_id, each.uid, each.outline.received_at, each.keywords)
            if known is None and each.beginning:
                came = Came(email_id, 0, each.beginning, each.ends)
                whole += keep_ranges(db, [came], marks_of=marks_of)
    return len(by_uid), whole


def _held_whole(
    db: Connection, account_id: AccountId, outline: Outline, message_id: str
) -> EmailId | None:
    rows = db.execute(
        "SELECT id FROM email WHERE account_id = ? AND message_id = ? AND message_id <> ''"
        " AND size = ? AND received_at = ? AND digest IS NOT NULL LIMIT 2",
        (account_id, message_id, outline.size, outline.received_at),
    ).fetchall()
    return EmailId(rows[0][0]) if len(rows) == 1 else None
