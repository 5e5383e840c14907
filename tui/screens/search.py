"""Search: the newest letters that hold every word, accents or not."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Input

from tui.actions import IN_SEARCH, ON_LETTERS, bindings
from tui.plain import said
from tui.screens.letters import LettersScreen
from tui.screens.screen import Aside
from tui.sources import FOUND_LIMIT, FoundRows
from tui.widgets.letter_pane import LetterPane
from tui.widgets.trust_line import TrustLine
from tui.widgets.words import Words

PAUSE_SECONDS = 0.3
"""After the last key typed: a search for each would repaint the list for each."""


class SearchScreen(LettersScreen, Aside):
    """A question, and what it finds."""

    ACTIONS = (*IN_SEARCH, *ON_LETTERS)
    BINDINGS = bindings(ON_LETTERS, IN_SEARCH)
    AUTO_FOCUS = "#query"

    def __init__(self) -> None:
        super().__init__()
        self._pause: Timer | None = None

    def compose_body(self) -> ComposeResult:
        """The field, the letters found, the one that is open."""
        with Horizontal():
            with Vertical(id="middle"):
                field = Input(id="query", placeholder=said("tui.search.placeholder"))
                field.cursor_blink = False
                yield field
                yield Words(said("tui.search.how"), id="title", classes="title")
                yield self.compose_list()
            yield LetterPane(id="letter")
        yield TrustLine(id="trust")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search when the typing pauses."""
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE_SECONDS, self._search)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: search now and go to what was found."""
        if self._pause is not None:
            self._pause.stop()
        self._search()
        self.emails.focus()

    def _search(self) -> None:
        query = self.query_one("#query", Input).value
        self.pli.chore(partial(self._find, query), group="search", exclusive=True)

    async def _find(self, query: str) -> None:
        await self.emails.show(FoundRows(self.pli.desk, query))
        if not self.is_there:
            return
        found = self.emails.count
        if not query.strip():
            words = said("tui.search.how")
        elif found == FOUND_LIMIT:
            words = said("tui.search.many", n=found)
        else:
            words = said("tui.search.some", n=found) if found else said("tui.search.none")
        self.query_one("#title", Words).say(words)

    def action_keep_view(self) -> None:
        """Keep what is typed as a view."""
        from tui.screens.keeping import keep_view

        query = self.query_one("#query", Input).value
        self.pli.errand(partial(keep_view, self.pli, query), group="view")

    def action_back(self) -> None:
        """Close the letter, then the search."""
        if self.open_row is not None:
            self.close_letter()
        else:
            self.dismiss()
