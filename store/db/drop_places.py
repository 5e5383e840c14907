"""Which directory each rule last saw under its path: two paths can lead to one of them."""

from __future__ import annotations

from store.db.open import Connection, write
from store.model.ids import DropRuleId

Place = tuple[int, int]
"""Device and inode."""


def note_directory(db: Connection, rule_id: DropRuleId, place: Place | None) -> None:
    """Note what a look saw, None when it saw nothing. Writes only what is news."""
    said = "" if place is None else f"{place[0]}:{place[1]}"
    row = db.execute("SELECT directory FROM drop_rule WHERE id = ?", (rule_id,)).fetchone()
    if row is not None and row[0] != said:
        with write(db):
            db.execute("UPDATE drop_rule SET directory = ? WHERE id = ?", (said, rule_id))


def watched_by_others(db: Connection, rule_id: DropRuleId) -> frozenset[Place]:
    """The directories that other rules watch."""
    rows = db.execute(
        "SELECT directory FROM drop_rule WHERE id <> ? AND directory <> '' AND source <> 'retired'",
        (rule_id,),
    )
    places = (str(row[0]).partition(":") for row in rows)
    return frozenset((int(device), int(inode)) for device, _, inode in places)
