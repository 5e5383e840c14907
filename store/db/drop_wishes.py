"""What a person decides of a held document: that it leaves, to whom, or never.

The decision is a wish in the row; the node does it at its next look, and asks the guard again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from store.db.drop_ledger import Became
from store.db.drops import ITEM_COLUMNS, NEEDS_A_PERSON, as_item
from store.db.open import Connection, write
from store.errors import Usage
from store.model.drop import (
    DISMISSED,
    DOUBTFUL_PATIENT,
    REJECTED,
    UNDECIDED,
    DropItem,
    ItemState,
    Wish,
)
from store.model.ids import DropItemId, DropRuleId

SAME_CONTENT = "drop.same_content"
NOTHING_TO = "[]"


def item(db: Connection, item_id: DropItemId) -> DropItem:
    """One document.

    Raises:
        Usage: `drop.unknown_document`.
    """
    row = db.execute(f"SELECT {ITEM_COLUMNS} FROM drop_item WHERE id = ?", (item_id,)).fetchone()
    if row is None:
        raise Usage("drop.unknown_document", id=item_id)
    return as_item(row)


def release(
    db: Connection, item_id: DropItemId, *, to: Iterable[str] = (), despite: bool = False
) -> None:
    """Wish that a held document leaves, to the recipients found or to these.

    Args:
        despite: somebody has looked, though its sources do not name the same patient.

    Raises:
        Usage: `drop.unknown_document`, `drop.not_held`; `drop.sent_already`, the same content is
            on its way or gone; `drop.look_first`, whose patient is in doubt.
    """
    with write(db):
        held = _held(db, item_id)
        if held.reason == SAME_CONTENT:
            raise Usage("drop.sent_already", id=item_id)
        if held.reason in DOUBTFUL_PATIENT and not despite:
            raise Usage("drop.look_first", id=item_id)
        wish = Wish.DESPITE if despite else Wish.RELEASE
        db.execute(
            "UPDATE drop_item SET wish = ?, wish_to = ? WHERE id = ?",
            (wish.value, json.dumps(list(dict.fromkeys(to))), item_id),
        )


def reject(db: Connection, item_id: DropItemId, *, now: int) -> None:
    """A held document never leaves; its file stays in failed/, and says so.

    Raises:
        Usage: `drop.unknown_document`, `drop.not_held`.
    """
    with write(db):
        _held(db, item_id)
        db.execute(
            "UPDATE drop_item SET state = 'failed', reason = ?, wish = '', put_away = 0,"
            " updated_at = ? WHERE id = ?",
            (REJECTED, now, item_id),
        )


def undecide(db: Connection, item_id: DropItemId, *, now: int) -> bool:
    """Take back a release that the node has not done yet, or a rejection: it waits for a person
    again. False when there is nothing to take back, or no more.

    Raises:
        Usage: `drop.unknown_document`.
    """
    with write(db):
        found = item(db, item_id)
        if found.state is ItemState.HELD and found.wish is not Wish.NOTHING:
            db.execute(
                "UPDATE drop_item SET wish = '', wish_to = ?, updated_at = ? WHERE id = ?",
                (NOTHING_TO, now, item_id),
            )
            return True
        if found.state is ItemState.FAILED and found.reason == REJECTED:
            db.execute(
                "UPDATE drop_item SET state = 'held', reason = ?, put_away = 0, updated_at = ?"
                " WHERE id = ?",
                (UNDECIDED, now, item_id),
            )
            return True
    return False


def _held(db: Connection, item_id: DropItemId) -> DropItem:
    found = item(db, item_id)
    if found.state is not ItemState.HELD or not found.needs_a_person:
        raise Usage("drop.not_held", id=item_id)
    return found


def wished(db: Connection, rule_id: DropRuleId, *, limit: int) -> list[DropItem]:
    """Held documents that somebody has released and whose files lie in failed/, oldest first."""
    rows = db.execute(
        f"SELECT {ITEM_COLUMNS} FROM drop_item WHERE rule_id = ? AND wish <> ''"
        " AND state = 'held' AND put_away = 1 ORDER BY id LIMIT ?",
        (rule_id, limit),
    )
    return [as_item(row) for row in rows]


def is_wished_within(db: Connection, held: DropItem) -> bool:
    """Whether a wish still stands as it was read. Call inside `write`."""
    return item(db, held.id) == held


def released_within(
    db: Connection,
    held: DropItem,
    *,
    became: Became,
    recipients: tuple[str, ...],
    found_in: str,
    corrects: DropItemId | None,
    now: int,
) -> None:
    """A held document is queued. Call inside `write`, with its outbox rows: the index
    `drop_item_once` allows no second one of its content."""
    db.execute(
        "UPDATE drop_item SET state = 'queued', reason = '', lacks = '[]', wish = '', wish_to = ?,"
        " submission_id = ?, patient_submission_id = ?, dispatch_id = ?, recipients = ?,"
        " found_in = ?, corrects = ?, updated_at = ? WHERE id = ?",
        (
            *(NOTHING_TO, became.letter, became.patient_letter, became.dispatch),
            *(json.dumps(recipients), found_in, corrects, now, held.id),
        ),
    )


def held_again_within(
    db: Connection, held: DropItem, reason: str, *, now: int, lacks: tuple[str, ...] = ()
) -> None:
    """A release that could not be: it stays held, and its file says why. Call inside `write`."""
    db.execute(
        "UPDATE drop_item SET reason = ?, lacks = ?, wish = '', wish_to = ?, put_away = 0,"
        " updated_at = ? WHERE id = ?",
        (reason, json.dumps(lacks), NOTHING_TO, now, held.id),
    )


def dismiss(db: Connection, item_ids: Iterable[DropItemId], *, now: int) -> int:
    """Note that a person has settled these held or refused documents; all of them or none.

    Nothing is sent and no file is touched. Returns how many had waited for it.

    Raises:
        Usage: `drop.unknown_document`; `drop.nothing_to_dismiss`, it is neither held nor refused.
    """
    done = 0
    with write(db):
        for item_id in item_ids:
            done += db.execute(
                "UPDATE drop_item SET reason = ?, updated_at = ?"
                f" WHERE id = ? AND {NEEDS_A_PERSON}",
                (DISMISSED, now, item_id),
            ).rowcount
            row = db.execute("SELECT state FROM drop_item WHERE id = ?", (item_id,)).fetchone()
            if row is None:
                raise Usage("drop.unknown_document", id=item_id)
            if row[0] not in (ItemState.HELD, ItemState.FAILED):
                raise Usage("drop.nothing_to_dismiss", id=item_id)
    return done
