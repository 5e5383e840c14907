"""A person who pauses what takes long, and lets it go on, in the world of the simulation."""

from __future__ import annotations

from store.db.work_wishes import pause, resume, works
from store.model.ids import AccountId
from store.model.work import letters_of
from tests.sim.world import World

LETTERS = letters_of(AccountId(1))


def pause_letters(of: World) -> None:
    """As a person would who sees them come: what goes on has a row by then."""
    of.db.execute(
        "INSERT OR IGNORE INTO work (name, account_id, state, unit, done, started_at, changed_at)"
        " VALUES (?, 1, 'running', 'letters', 0, 0, 0)",
        (LETTERS,),
    )
    pause(of.db, LETTERS, 9)


def pause_one(of: World, n: int) -> None:
    """Whichever is there, or else the letters."""
    names = [work.name for work in works(of.db) if work.name != LETTERS]
    if names and n % 2:
        pause(of.db, names[n % len(names)], 9)
    else:
        pause_letters(of)


def resume_all(of: World) -> None:
    """Let everything go on."""
    for (name,) in of.db.execute("SELECT name FROM work_pause ORDER BY name").fetchall():
        resume(of.db, name, 10)
