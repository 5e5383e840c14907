"""Since when a claim is known here, and its end.

A keyword carries no time, so each store notes when it first saw one. What a killed process or a
closed machine left behind would keep everybody from a letter for ever: whoever sees a claim for a
day takes it away. Nothing is lost by it: an answer that is a draft is still one, and claims its
letter again when it is gone on with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from store.db.claims import CLAIM
from store.db.open import Connection, write
from store.db.placements import change_keywords
from store.model.email import unpack_keywords
from store.model.ids import PlacementId

LASTS_SECONDS = 86_400
CLAIMED = "instr(keywords, '$pli-claim-') > 0"
"""As the index `placement_claimed` has it."""

Claim = tuple[int, str]
"""Of which placement, by which keyword."""


def age_claims(db: Connection, now: int) -> int | None:
    """Note the claims that are new, end those of a day. When the next ends; None: there is none.

    Writes nothing, and takes no lock, when there is nothing to do.
    """
    if _there(db) != _known(db).keys():
        with write(db):
            there, known = _there(db), _known(db)
            db.executemany(
                "DELETE FROM claim_seen WHERE placement_id = ? AND keyword = ?",
                sorted(known.keys() - there),
            )
            db.executemany(
                "INSERT INTO claim_seen (placement_id, keyword, since_at) VALUES (?, ?, ?)",
                [(*each, now) for each in sorted(there - known.keys())],
            )
    ends = {each: since_at + LASTS_SECONDS for each, since_at in _known(db).items()}
    for (placement_id, keyword), end_at in ends.items():
        if end_at <= now:
            change_keywords(db, [PlacementId(placement_id)], remove=frozenset({keyword}))
    return min((end_at for end_at in ends.values() if end_at > now), default=None)


def seen_since(db: Connection, placement_ids: Iterable[PlacementId]) -> dict[str, int]:
    """Since when each claim on one of these is known, Unix seconds; of a new one nothing is yet."""
    rows = db.execute(
        "SELECT keyword, min(since_at) FROM claim_seen"
        " WHERE placement_id IN (SELECT value FROM json_each(?)) GROUP BY keyword",
        (json.dumps(list(placement_ids)),),
    )
    return dict(rows.fetchall())


def _there(db: Connection) -> set[Claim]:
    rows = db.execute(f"SELECT id, keywords FROM placement WHERE {CLAIMED}").fetchall()
    each = ((id_, keyword) for id_, packed in rows for keyword in unpack_keywords(packed))
    return {(id_, keyword) for id_, keyword in each if CLAIM.match(keyword)}


def _known(db: Connection) -> dict[Claim, int]:
    rows = db.execute("SELECT placement_id, keyword, since_at FROM claim_seen").fetchall()
    return {(placement_id, keyword): since_at for placement_id, keyword, since_at in rows}
