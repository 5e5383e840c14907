"""Which of some letters are still there, and have a keyword: asked before they are changed."""

from __future__ import annotations

import json
from collections.abc import Sequence

from store.db.open import Connection
from store.errors import Usage
from store.model.ids import PlacementId

HAVE = "instr(' ' || keywords || ' ', ' ' || ?2 || ' ') > 0"


def having(db: Connection, letters: Sequence[PlacementId], keyword: str) -> list[PlacementId]:
    """Those that have it."""
    return _those(db, letters, keyword, HAVE)


def lacking(db: Connection, letters: Sequence[PlacementId], keyword: str) -> list[PlacementId]:
    """Those that have it not."""
    return _those(db, letters, keyword, f"NOT ({HAVE})")


def _those(
    db: Connection, letters: Sequence[PlacementId], keyword: str, condition: str
) -> list[PlacementId]:
    rows = db.execute(
        f"SELECT id FROM placement WHERE id IN (SELECT value FROM json_each(?1)) AND {condition}"
        " ORDER BY id",
        (json.dumps(letters), keyword),
    )
    return [PlacementId(row[0]) for row in rows]


def present(db: Connection, letters: Sequence[PlacementId]) -> list[PlacementId]:
    """Those that are still shown somewhere, in their order.

    Raises:
        Usage: `placement.unknown`, none of them is.
    """
    shown = set(_those(db, letters, "", "deleted = 0 AND ?2 = ''"))
    if not shown:
        raise Usage("placement.unknown", id=letters[0] if letters else 0)
    return [letter for letter in letters if letter in shown]
