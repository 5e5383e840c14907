"""What keys do with the document of a letter: save it, show its page, hand it to a program."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from store.model.email import Part
from store.model.ids import EmailId
from tui.screens.parts import save_part
from tui.screens.screen import PliScreen


class DocumentKeys(PliScreen):
    """A screen on which one document is meant by these keys."""

    def document(self) -> tuple[EmailId, Part] | None:
        """Which; None once it has been said why there is none."""
        return None

    def _with_document(self, work: Callable[[EmailId, Part], Awaitable[None]]) -> None:
        found = self.document()
        if found is not None:
            self.pli.errand(partial(work, *found), group="part")

    def action_save_part(self) -> None:
        """Save it."""
        self._with_document(partial(save_part, self.pli))

    def action_pipe_part(self) -> None:
        """Give it to a command, and show what that answers."""
        from tui.screens.handing import pipe_part

        self._with_document(partial(pipe_part, self.pli))

    def action_print_part(self) -> None:
        """Print it."""
        from tui.screens.handing import print_part

        self._with_document(partial(print_part, self.pli))

    def action_open_part(self) -> None:
        """Open it with a program of this machine."""
        from tui.screens.handing import open_part

        self._with_document(partial(open_part, self.pli))

    def action_picture(self) -> None:
        """Its page as a picture, where the terminal can."""
        from tui.screens.picture import show_picture

        self._with_document(partial(show_picture, self.pli))
