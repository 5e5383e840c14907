"""Import one file: read, compare with what is held, keep the differences, say what was odd."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from store.db.directory.importing import (
    Differences,
    Extract,
    is_held,
    note_taken,
    replace_listings,
)
from store.db.open import Connection
from store.model.directory import Source
from sync.directory.extract import Odd, listings
from sync.directory.files import digest_of, open_extract
from sync.directory.going import Going


class Loaded(NamedTuple):
    """What an import did."""

    source: Source
    taken_at: int
    """Unix seconds."""
    differences: Differences | None
    """None when that very file was imported before."""
    odd: Odd


def load(
    db: Connection,
    path: Path,
    *,
    now: int,
    may_shrink: bool = False,
    going: Going | None = None,
) -> Loaded:
    """Import the extract at `path` into the directory `db`; `going` is told, and may stop it.

    Raises:
        NeedsUser: `directory.unreadable`, `directory.shrinks`.
        Permanent: `directory.not_an_extract`, `directory.no_lines`, `directory.damaged`,
            `directory.too_large`.
        Transient: `store.busy`; `work.paused_midway`, and nothing has changed.
    """
    digest, odd = digest_of(path), Odd()
    with open_extract(path) as opened:
        source = opened.shape.source
        extract = Extract(source, digest, opened.taken_at)
        if is_held(db, extract):
            note_taken(db, extract, now)
            return Loaded(source, opened.taken_at, None, odd)
        lines = (going or Going()).through(opened.lines, opened.octets)
        differences = replace_listings(
            db,
            extract,
            listings(opened.shape, lines, odd),
            now=now,
            odd=odd.total,
            may_shrink=may_shrink,
        )
    return Loaded(source, opened.taken_at, differences, odd)
