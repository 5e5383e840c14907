"""Search: words and criteria, the letters that answer them, what each says of them."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Key
from textual.timer import Timer
from textual.widgets import Input

from store.asking.excerpt import Excerpt, excerpt
from store.asking.query import asked
from store.db.open import Connection
from store.db.search import Order, is_complete, texts_of
from store.errors import Usage
from store.model.ids import EmailId
from tui.actions import IN_SEARCH, ON_LETTERS, Action, bindings
from tui.plain import NOTHING, Plain, explained, plain_words, said
from tui.screens.letters import LettersScreen
from tui.screens.screen import Aside
from tui.sources import FOUND_LIMIT, FoundRows
from tui.widgets.letter_pane import LetterPane
from tui.widgets.line_list import LineList
from tui.widgets.trust_line import TrustLine
from tui.widgets.words import Words

PAUSE_SECONDS = 0.3
"""After the last key typed: a search for each would repaint the list for each."""
EXCERPT_LINES = 2


class SearchScreen(LettersScreen, Aside):
    """A question, and what it finds."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (*ON_LETTERS, *IN_SEARCH)
    BINDINGS = bindings(IN_SEARCH, ON_LETTERS)
    AUTO_FOCUS = "#query"

    def __init__(self) -> None:
        super().__init__()
        self.order = Order.DATE
        self._pause: Timer | None = None

    def compose_body(self) -> ComposeResult:
        """The field, the letters found, the words around what was found, the letter open."""
        with Horizontal():
            with Vertical(id="middle"):
                field = Input(id="query", placeholder=said("tui.search.placeholder"))
                field.cursor_blink = False
                yield field
                yield Words(said("tui.search.how"), id="title", classes="title")
                yield self.compose_list()
                yield Words(id="excerpt")
            yield LetterPane(id="letter")
        yield TrustLine(id="trust")

    @property
    def typed(self) -> str:
        """What is in the field."""
        return self.query_one("#query", Input).value

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search when the typing pauses."""
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE_SECONDS, self._search)

    def on_key(self, event: Key) -> None:
        """From the field, the arrow goes to the list."""
        if event.key == "down" and self.query_one("#query", Input).has_focus:
            event.stop()
            self.emails.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: search now and go to what was found."""
        self._search_now()
        self.emails.focus()

    def _search_now(self) -> None:
        if self._pause is not None:
            self._pause.stop()
        self._search()

    def _search(self) -> None:
        self.pli.chore(partial(self._find, self.typed), group="search", exclusive=True)

    async def _find(self, typed: str) -> None:
        try:
            await self.emails.show(FoundRows(self.pli.desk, typed, self.order))
        except Usage as error:
            await self._nothing_sought(explained(error))
            return
        complete = await self.pli.desk.read(is_complete)
        if not self.is_there:
            return
        self._title(self._found(typed, complete=complete))
        await self._show_excerpt()

    async def _nothing_sought(self, why: Plain) -> None:
        """Say why nothing was looked for; what was found before is no answer to what is typed."""
        await self.emails.show(FoundRows(self.pli.desk, "", self.order))
        if self.is_there:
            self._title(why)
            await self._show_excerpt()

    def _found(self, typed: str, *, complete: bool) -> Plain:
        found = self.emails.count
        if not typed.strip():
            return said("tui.search.how")
        if not complete:
            return said("tui.search.incomplete", n=found)
        if not found:
            return said("tui.search.none")
        if self.order is Order.RELEVANCE:
            return said("tui.search.ranked", n=found)
        return said("tui.search.many" if found == FOUND_LIMIT else "tui.search.some", n=found)

    def _title(self, words: Plain) -> None:
        self.query_one("#title", Words).say(words)

    def action_keep_view(self) -> None:
        """Keep what is typed as a view."""
        from tui.screens.keeping import keep_view

        self.pli.errand(partial(keep_view, self.pli, self.typed), group="view")

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """Another letter is under the cursor: what it says of what was sought."""
        if event.lines is self.emails:
            self.pli.chore(self._show_excerpt, group="excerpt", exclusive=True)

    async def _show_excerpt(self) -> None:
        row, shown = self.emails.current, self.query_one("#excerpt", Words)
        if row is None:
            shown.say(NOTHING)
            return
        width = max(20, (shown.size.width - 2) * EXCERPT_LINES - 2)
        found = await self.pli.desk.fetch(
            _excerpt, row.email_id, self.typed, width=width, now=self.pli.now()
        )
        if self.is_there and self.emails.current == row:
            shown.say(plain_words(found.words), found.marks)

    def action_order(self) -> None:
        """By date, or what says it in its subject first."""
        self.order = Order.DATE if self.order is Order.RELEVANCE else Order.RELEVANCE
        self._search_now()

    def action_back(self) -> None:
        """Close the letter, then the search."""
        if self.open_row is not None:
            self.close_letter()
        else:
            self.dismiss()


def _excerpt(db: Connection, email_id: EmailId, typed: str, *, width: int, now: int) -> Excerpt:
    texts = [plain_words(" ".join(text.split())) for text in texts_of(db, email_id)]
    try:
        return excerpt(texts, asked(typed, now), width)
    except Usage:  # more was typed since the letters were found
        return excerpt(texts, asked("", now), width)
