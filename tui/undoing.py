"""What was done and can be taken back: a stack, that `u` goes down one thing at a time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from tui.desk import Desk
from tui.doors import HasDoors
from tui.filing import Done
from tui.plain import said
from tui.screens.screen import PliScreen

if TYPE_CHECKING:
    from tui.app import PliApp

MOST_UNDO = 50


class Undoes(HasDoors):
    """An application that remembers what the person did."""

    done: list[Done]
    """The last thing done is the last of them."""

    @property
    def desk(self) -> Desk:
        """Where to ask the store."""
        raise NotImplementedError

    def did(self, done: Done) -> None:
        """Say what was done and remember how to undo it."""
        self.done = [*self.done[1 - MOST_UNDO :], done]
        self.say(said("tui.done.undoable", what=done.words))

    def action_undo(self) -> None:
        """Take back the last thing done."""
        if not self.done:
            self.say(said("tui.undone.nothing"))
            return
        self.errand(partial(self._undo, self.done.pop()), group="wish")

    async def _undo(self, done: Done) -> None:
        screen = self.screen if isinstance(self.screen, PliScreen) else None
        if screen is not None:
            screen.expect(done.row, done.letters)
        undone = await self.desk.wish(done.undo)
        if screen is not None:
            await screen.look_now()
            screen.expect(None)
        if undone.draft_id is not None:
            from tui.drafting import go_on

            await go_on(cast("PliApp", self), undone.draft_id)
        self.say(undone.words)
