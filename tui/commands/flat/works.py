"""What takes long, line after line; a number pauses one, or lets it go on."""

from __future__ import annotations

from store import work_words
from store.db.open import Connection
from store.db.work_wishes import pause, resume, works
from store.errors import Usage
from store.host import clock
from store.model.work import WorkState
from tui.commands.flat.talk import Talk
from tui.commands.flat.words import numbered
from tui.plain import said


def show_works(talk: Talk, db: Connection, *, node_alive: bool) -> None:
    """Each in one line."""
    found = [work_words.line_words(w, node_alive=node_alive, now=clock.now()) for w in works(db)]
    talk.say(numbered(found) if found else said("works.none"))


def turn_work(talk: Talk, db: Connection, number: str) -> None:
    """Pause that one, or let it go on."""
    found = works(db)
    at = int(number) if number.isdecimal() else 1 if not number and len(found) == 1 else 0
    if not 1 <= at <= len(found):
        raise Usage("flat.which_work")
    work = found[at - 1]
    if work.state in (WorkState.PAUSED, WorkState.PAUSING):
        resume(db, work.name, clock.now())
        talk.say(said("work.will_resume"))
    else:
        pause(db, work.name, clock.now())
        talk.say(said("work.will_pause"))
