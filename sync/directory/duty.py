"""What the node does for the directory: answer what the screen asked, fetch what has changed.

On a line that is paid for by the octet, nothing is fetched that its budget does not let begin, and
on a lean line nothing that the person did not ask for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from store.db import link
from store.db.accounts import accounts
from store.db.directory.shelf import connect_listings
from store.db.open import Connection
from store.db.sources import answer, note_checked, note_part, sources, unanswered
from store.db.works import is_pause_wished, obey_pause
from store.errors import MailError, Permanent
from store.host import clock
from store.host.keys import DataKey
from store.host.log import event
from store.host.paths import Home
from store.model.directory_source import DirectorySource, SourceKind
from store.model.work import directory_of
from sync.directory.asking import find_live, note_seen
from sync.directory.download import Version, fetch
from sync.directory.going import PAUSED, Going
from sync.directory.load import Loaded, load
from sync.link.budget import Lane, Spent, held, limited
from sync.link.profile import profile_of
from sync.trust.server import Seen as SeenChains
from sync.trust.server import trust_for
from sync.watching import Seen, watching

log = logging.getLogger(__name__)
DAY, HOUR = 86_400, 3_600
USUAL_OCTETS = 21_000_000
"""Of the MSSanté extract, before it was fetched once (measured 2026-08)."""


async def answer_asked(db: Connection) -> float:
    """Answer every question; returns for how many seconds to wait, unless one comes."""
    for asked in unanswered(db):
        found = await find_live(db, asked.query)
        answer(db, asked.id, found.people, clock.now(), error=found.error)
    return HOUR


async def fetch_due(db: Connection, home: Home, key: DataKey) -> float:
    """Fetch what is due; returns for how many seconds nothing more is."""
    going = [s for s in sources(db, SourceKind.EXTRACT) if not obey_pause(db, directory_of(s.id))]
    for source in going:
        asked = source.asked_at > source.checked_at
        if is_due(source, clock.now()) and (asked or may_fetch(db, source)):
            await _refresh_or_note(db, home, key, source)
    ids = {each.id for each in going}
    left = [next_at(s) - clock.now() for s in sources(db, SourceKind.EXTRACT) if s.id in ids]
    return float(min(HOUR, max(60, min(left, default=HOUR))))


def next_at(source: DirectorySource) -> int:
    """When a source is to be asked again, Unix seconds: each day, an hour after a failure."""
    if source.asked_at > source.checked_at:
        return 0
    return source.checked_at + (HOUR if source.last_error else DAY)


def is_due(source: DirectorySource, now: int) -> bool:
    """Whether it is to be asked now."""
    return next_at(source) <= now


def may_fetch(db: Connection, source: DirectorySource) -> bool:
    """Whether the lines of all accounts let it begin unasked."""
    now = clock.local(clock.now())
    today = now.date().isoformat()
    for account in accounts(db):
        if profile_of(account).list_first:
            return False
        budget = link.budget(db, account.id)
        spent = Spent(
            today=link.spent(db, account.id, today).total,
            this_month=link.spent(db, account.id, today[:7]).total,
        )
        octets = source.size or USUAL_OCTETS
        if limited(budget) and held(Lane.DOCUMENT, octets, now, spent, budget) is not None:
            return False
    return True


async def _refresh_or_note(
    db: Connection, home: Home, key: DataKey, source: DirectorySource
) -> None:
    try:
        loaded = await refresh(db, home, key, source)
    except MailError as error:
        if error.code == PAUSED:
            obey_pause(db, directory_of(source.id))
            return  # it is still due, once it is resumed
        note_checked(db, source.id, clock.now(), error=error.code)
        event(log, logging.INFO, "directory.not_fetched", source=source.id, error=error)
        return
    if loaded is not None and loaded.differences is not None:
        event(log, logging.INFO, "directory.imported", listings=loaded.differences.listings)


async def refresh(
    db: Connection, home: Home, key: DataKey, source: DirectorySource, *, may_shrink: bool = False
) -> Loaded | None:
    """Fetch an extract if it has changed, and import it; None when it has not.

    Raises:
        MailError: of the line, of the file; what is held of the directory has not changed.
    """
    part = home.extract_part(source.id)
    before = part.stat().st_size if part.exists() else 0
    loop = asyncio.get_running_loop()
    begun: list[str] = []

    def begins(etag: str) -> None:
        begun.append(etag)
        asyncio.run_coroutine_threadsafe(_note_part(db, source.id, etag), loop).result()

    version: Version | None = None
    seen = SeenChains()
    trust = trust_for(db, source.ca, seen)
    try:
        async with _shown(db, source) as going:
            version = await asyncio.to_thread(
                fetch, source, part, begins=begins, trust=trust, going=going
            )
    finally:
        note_seen(db, source, seen)
        came = part.stat().st_size if part.exists() else 0
        _count(db, came if begun else max(0, came - before))
    if version is None:
        note_checked(db, source.id, clock.now())
        return None
    try:
        async with _shown(db, source) as going:
            loaded = await asyncio.to_thread(_load, home, key, source, may_shrink, going)
    except Permanent:
        part.unlink(missing_ok=True)  # the same octets would fail the same way for ever
        raise
    note_checked(db, source.id, clock.now(), version=version)
    part.unlink(missing_ok=True)
    return loaded


async def _note_part(db: Connection, source_id: int, etag: str) -> None:
    note_part(db, source_id, etag)


@asynccontextmanager
async def _shown(db: Connection, source: DirectorySource) -> AsyncIterator[Going]:
    """What a thread does inside is looked at, and stopped at its next piece once it is paused."""
    going, name = Going(), directory_of(source.id)

    def seen() -> list[Seen]:
        going.stop = is_pause_wished(db, name)
        return [Seen(name, None, going.done, going.whole)]

    async with watching(db, seen):
        yield going


def _load(
    home: Home, key: DataKey, source: DirectorySource, may_shrink: bool, going: Going
) -> Loaded:
    listings = connect_listings(home, key)
    try:
        part = home.extract_part(source.id)
        return load(listings, part, now=clock.now(), may_shrink=may_shrink, going=going)
    finally:
        listings.close()


def _count(db: Connection, octets: int) -> None:
    """Against the first budget there is: it is one line that brings everything."""
    if octets:
        metered = (a for a in accounts(db) if limited(link.budget(db, a.id)))
        if (account := next(metered, None)) is not None:
            today = clock.local(clock.now()).date().isoformat()
            link.spend(db, account.id, today, octets)
