"""The node's care for documents that leave, and for other programs' folders: look at what is being
composed, export what came, put there what waits, read what was answered."""

from __future__ import annotations

from store.db.authors import authors
from store.db.health_wishes import with_wish
from store.db.open import Connection
from store.host.clock import now
from sync.dispatch.answers import Seen, read_answers
from sync.dispatch.filings import answer_filings
from sync.dispatch.placing import place_open

LOOK_SECONDS = 15.0
REST_SECONDS = 3600.0
"""When nothing is awaited; what is written to the store ends the rest."""


class Handing:
    """The duty, with what it remembers of files that are no answers."""

    def __init__(self) -> None:
        self._seen: Seen = set()

    async def __call__(self, db: Connection) -> float:
        """Do what is due. Returns for how many seconds nothing is, if nothing is written."""
        return LOOK_SECONDS if await self.once(db) else REST_SECONDS

    async def once(self, db: Connection) -> int:
        """Do what is due. Returns how much is still waited for."""
        if with_wish(db):
            from sync.dispatch.composing import look_at_composed  # with the builders

            await look_at_composed(db, now=now())
        if authors(db):
            from sync.dispatch.exporting import export_received  # with the readers of documents

            await export_received(db)
        waiting = await place_open(db)
        waiting += await read_answers(db, self._seen)
        await answer_filings(db, now=now())
        return waiting
