"""What takes long, line after line; a number pauses one, or lets it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import work_words
from store.db.work_wishes import pause, resume, work_called, works
from store.errors import Usage
from store.host import clock
from store.model.work import WorkState
from tui.commands.flat.words import numbered
from tui.plain import said

if TYPE_CHECKING:
    from tui.commands.flat.session import Flat


class FlatWorks:
    """What was said to take long: a number is of these, though some are over meanwhile."""

    def __init__(self, flat: Flat) -> None:
        self.flat, self.talk, self.db = flat, flat.talk, flat.db
        self.names: list[str] = []

    def works(self, rest: str) -> None:
        """Each in one line."""
        alive, now, found = self.flat.node_alive(), clock.now(), works(self.db)
        self.names = [each.name for each in found]
        lines = [work_words.line_words(each, node_alive=alive, now=now) for each in found]
        self.talk.say(numbered(lines) if lines else said("works.none"))

    def pause(self, rest: str) -> None:
        """Pause that one, or let it go on."""
        work = work_called(self.db, self._name(rest))
        if work.state in (WorkState.PAUSED, WorkState.PAUSING):
            resume(self.db, work.name, clock.now())
            self.talk.say(said("work.will_resume"))
        else:
            pause(self.db, work.name, clock.now())
            self.talk.say(said("work.will_pause"))

    def _name(self, number: str) -> str:
        names = self.names or [each.name for each in works(self.db)]
        if not number and len(names) == 1:
            return names[0]
        # Nobody was told numbers yet: one of them would mean nothing.
        at = int(number) if number.isdecimal() and self.names else 0
        if not 1 <= at <= len(names):
            raise Usage("flat.which_work")
        return names[at - 1]
