"""What is under way, counted without reading a letter: asked after every commit."""

from __future__ import annotations

from store.db.open import Connection


def under_way(db: Connection) -> dict[str, int]:
    """Submissions that have not ended, by state, and 'writing' for drafts told to leave."""
    found: dict[str, int] = dict(
        db.execute(
            "SELECT state, count(*) FROM email_submission WHERE state IN"
            " ('queued', 'sending', 'uncertain', 'refused', 'deferred') GROUP BY state"
        )
    )
    if writing := db.execute("SELECT count(*) FROM draft_to_send").fetchone()[0]:
        found["writing"] = writing
    return found
