"""Letters put off: out of their list until a time, then on top of it.

The time is a wish of this store, so it holds with the line cut and over a restart. The server is
told by a keyword, `$snoozed`, which comes off with the return: another client shows the letter
where it lies, with that keyword, and hides nothing (docs/reading.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from store.db.open import Connection, write
from store.model.email import SNOOZED, pack_keywords, unpack_keywords
from store.model.ids import PlacementId


class Waiting(NamedTuple):
    """Letters that are put off."""

    letters: int = 0
    first_at: int | None = None
    """When the first comes back, Unix seconds; None when there is none."""


def snooze(db: Connection, placement_ids: Iterable[PlacementId], until_at: int | None) -> int:
    """Put letters off until then, or with None have them back at once. Returns how many changed."""
    changed = 0
    with write(db):
        for placement_id in placement_ids:
            row = db.execute(
                "SELECT keywords FROM placement WHERE id = ? AND deleted = 0"
                " AND snoozed_until IS NOT ?",
                (placement_id, until_at),
            ).fetchone()
            if row is not None:
                db.execute(
                    "UPDATE placement SET snoozed_until = ?, keywords = ? WHERE id = ?",
                    (until_at, _keywords(row[0], put_off=until_at is not None), placement_id),
                )
                changed += 1
    return changed


def put_off_until(db: Connection, placement_ids: Sequence[PlacementId]) -> dict[PlacementId, int]:
    """Until when each of these is put off; the others are left out."""
    rows = db.execute(
        "SELECT id, snoozed_until FROM placement WHERE snoozed_until IS NOT NULL"
        " AND id IN (SELECT value FROM json_each(?))",
        (json.dumps(placement_ids),),
    )
    return {PlacementId(row[0]): int(row[1]) for row in rows}


def waiting(db: Connection) -> Waiting:
    """How many are put off, and when the first of them comes back."""
    row = db.execute(
        "SELECT count(*), min(snoozed_until) FROM placement WHERE snoozed_until IS NOT NULL"
    ).fetchone()
    return Waiting(*row)


def wake(db: Connection, now: int) -> int:
    """Have back those whose time has come, on top of their list. Returns how many.

    Writes nothing, and takes no lock, when there are none.
    """
    due = "SELECT id, keywords FROM placement WHERE snoozed_until <= ?"
    if db.execute(f"{due} LIMIT 1", (now,)).fetchone() is None:
        return 0
    with write(db):
        rows = db.execute(due, (now,)).fetchall()
        # A list is in the order of `received_at`: what was put off until eight has come at eight.
        db.executemany(
            "UPDATE placement SET received_at = max(received_at, snoozed_until),"
            " snoozed_until = NULL, keywords = ? WHERE id = ?",
            [(_keywords(packed, put_off=False), id_) for id_, packed in rows],
        )
    return len(rows)


def _keywords(packed: str, *, put_off: bool) -> str:
    keywords = unpack_keywords(packed)
    return pack_keywords(keywords | {SNOOZED} if put_off else keywords - {SNOOZED})
