"""What the sync engine writes of placements: facts, and wishes only by merging.

`change` is the one door: it reads each placement as it is now, lets a pure function
(sync/replica/merge.py) say what it becomes, and writes that, all in one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from store.db.emails import octets_of
from store.db.mailboxes import names_wished
from store.db.notes import add_note
from store.db.open import Connection, write
from store.model.email import Placement, pack_keywords, unpack_keywords
from store.model.ids import AccountId, EmailId, MailboxId, PlacementId

COLUMNS = (
    "id, email_id, mailbox_id, uid, keywords, base, sent, deleted, wish_mailbox_id, moving,"
    " moving_to, unlinked, refused, lost, kept, unseen"
)
PENDING = (
    "(keywords <> base OR deleted = 1 OR wish_mailbox_id IS NOT NULL"
    " OR uid IS NULL OR sent IS NOT NULL OR moving IS NOT NULL)"
)
"""Word for word the condition of the index placement_pending, so that SQLite uses it."""
MUCH_WISHES = 20
"""The server confirms each with a line of 60 to 90 octets, alike but for two numbers."""


_keywords = lru_cache(maxsize=4096)(unpack_keywords)


def read_placement(row: Sequence[Any]) -> Placement:
    """A row of `COLUMNS`."""
    (id_, email, mailbox, uid, keywords, base, sent, deleted, wish, moving, to) = row[:11]
    (unlinked, refused, lost, kept, unseen) = row[11:]
    return Placement(
        id=id_,
        email_id=email,
        mailbox_id=mailbox,
        uid=uid,
        keywords=_keywords(keywords),
        base=_keywords(base),
        sent=None if sent is None else _keywords(sent),
        deleted=deleted == 1,
        wish_mailbox_id=wish,
        moving=moving,
        moving_to=to,
        unlinked=unlinked == 1,
        refused=refused,
        lost=lost == 1,
        kept=kept == 1,
        unseen=unseen == 1,
    )


def placements(db: Connection, mailbox_id: MailboxId) -> Iterator[Placement]:
    """Every placement of a mailbox."""
    rows = db.execute(f"SELECT {COLUMNS} FROM placement WHERE mailbox_id = ?", (mailbox_id,))
    return map(read_placement, rows)


def placements_among(db: Connection, mailbox_id: MailboxId, uids: Iterable[int]) -> list[Placement]:
    """The placements with these UIDs, and every one that carries a wish or is unsettled."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM placement WHERE mailbox_id = ?1 AND {PENDING}"
        f" UNION SELECT {COLUMNS} FROM placement"
        " WHERE mailbox_id = ?1 AND uid IN (SELECT value FROM json_each(?2))",
        (mailbox_id, json.dumps(list(uids))),
    )
    return [read_placement(row) for row in rows]


def change(
    db: Connection,
    ids: Sequence[PlacementId],
    how: Callable[[Placement], Placement | None],
    *,
    choice: Callable[[Placement, Placement | None], str],
    now_is: int,
) -> list[Placement]:
    """Make of each placement what `how` makes of it as it is now; None removes it.

    `choice(now, then)` is the code of what was chosen for the person, '' when nothing was; it is
    noted on the Email, as of `now_is`.

    Returns what they became, also where that is what they were: saying again after a death what
    was said before it is saying. Not among them are those that `how` hands back as the same
    object, those that no longer exist, and those that would take a UID already held.
    """
    changed: list[Placement] = []
    with write(db):
        for now in placements_now(db, ids):
            then = how(now)
            if code := choice(now, then):
                add_note(db, now.email_id, code, now=now_is)
            if then is None:
                db.execute("DELETE FROM placement WHERE id = ?", (now.id,))
            elif then is not now and not _uid_taken(db, then):
                if then != now:
                    save(db, then)
                changed.append(then)
    return changed


def placements_now(db: Connection, ids: Iterable[PlacementId]) -> list[Placement]:
    """These placements as they are now, without those that are no more."""
    return [found for id_ in ids if (found := _one(db, id_)) is not None]


def _one(db: Connection, placement_id: PlacementId) -> Placement | None:
    row = db.execute(f"SELECT {COLUMNS} FROM placement WHERE id = ?", (placement_id,)).fetchone()
    return None if row is None else read_placement(row)


def _uid_taken(db: Connection, placement: Placement) -> bool:
    """A server that gives one UID to two letters must not make us forget either."""
    row = db.execute(
        "SELECT 1 FROM placement WHERE mailbox_id = ? AND uid = ? AND id <> ?",
        (placement.mailbox_id, placement.uid, placement.id),
    ).fetchone()
    return row is not None


def save(db: Connection, then: Placement) -> None:
    """Write a placement that exists. Call inside `write`."""
    db.execute(
        "UPDATE placement SET email_id = ?, mailbox_id = ?, uid = ?, keywords = ?, base = ?,"
        " sent = ?, deleted = ?, wish_mailbox_id = ?, moving = ?, moving_to = ?, unlinked = ?,"
        " refused = ?, lost = ?, kept = ?, unseen = ? WHERE id = ?",
        (
            *(then.email_id, then.mailbox_id, then.uid),
            *(pack_keywords(then.keywords), pack_keywords(then.base)),
            None if then.sent is None else pack_keywords(then.sent),
            *(then.deleted, then.wish_mailbox_id, then.moving, then.moving_to),
            *(then.unlinked, then.refused, then.lost, then.kept, then.unseen, then.id),
        ),
    )


def has_pending(db: Connection, account_id: AccountId) -> bool:
    """Whether a pass would have something to tell the server that it did not already refuse."""
    return bool(wished_mailboxes(db, account_id)) or names_wished(db, account_id)


def has_much_to_tell(db: Connection, account_id: AccountId) -> bool:
    """Whether a pass would tell the server so much that deflating it is worth being asked for."""
    [count] = db.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM placement WHERE {PENDING} AND lost = 0"
        " AND mailbox_id IN (SELECT id FROM mailbox WHERE account_id = ?) LIMIT ?)",
        (account_id, MUCH_WISHES),
    ).fetchone()
    return int(count) == MUCH_WISHES


def pending_mailboxes(db: Connection, account_id: AccountId) -> set[MailboxId]:
    """The mailboxes still listed with anything to tell, to settle or to find."""
    return _mailboxes_where(db, account_id, PENDING)


def wished_mailboxes(db: Connection, account_id: AccountId) -> set[MailboxId]:
    """Those of them with something that asking again may change.

    A wish the server refused waits for a pass that comes for another reason, and a lost letter
    for its mailbox to be read whole: a node that asked again at once would never end.
    """
    return _mailboxes_where(db, account_id, f"{PENDING} AND refused = '' AND unlinked = 0")


def _mailboxes_where(db: Connection, account_id: AccountId, condition: str) -> set[MailboxId]:
    rows = db.execute(
        f"SELECT DISTINCT mailbox_id FROM placement WHERE {condition} AND lost = 0"
        " AND mailbox_id IN"
        " (SELECT id FROM mailbox WHERE account_id = ? AND missing_at IS NULL AND created = 1)",
        (account_id,),
    )
    return {MailboxId(row[0]) for row in rows}


def moves_in_flight(db: Connection, account_id: AccountId) -> list[Placement]:
    """The placements for which a MOVE was said and never heard."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM placement WHERE {PENDING} AND moving_to IS NOT NULL"
        " AND mailbox_id IN (SELECT id FROM mailbox WHERE account_id = ?) ORDER BY id",
        (account_id,),
    )
    return [read_placement(row) for row in rows]


def unsettled_from(db: Connection, mailbox_id: MailboxId) -> int | None:
    """The lowest UID of a mailbox that may be a letter of ours whose answer was lost."""
    row = db.execute(
        f"SELECT min(moving) FROM placement WHERE {PENDING} AND moving IS NOT NULL"
        " AND coalesce(moving_to, mailbox_id) = ?",
        (mailbox_id,),
    ).fetchone()
    return None if row[0] is None else int(row[0])


def letter(db: Connection, email_id: EmailId) -> tuple[bytes, int]:
    """An Email's octets and when it was received, Unix seconds.

    Raises:
        Usage: `email.unknown`.  Permanent: `blob.damaged`.
    """
    octets = octets_of(db, email_id)
    row = db.execute("SELECT received_at FROM email WHERE id = ?", (email_id,)).fetchone()
    return octets, int(row[0])
