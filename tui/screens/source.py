"""A letter as it came: its headers, then all of it."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from store.db.emails import octets_of
from store.db.open import Connection
from store.db.outlines import header_octets
from store.errors import Permanent
from store.model.ids import EmailId
from tui.actions import IN_SOURCE, bindings
from tui.plain import Plain, plain_block, said
from tui.screens.finding import ask_and_find
from tui.screens.screen import Aside
from tui.widgets.letter_text import LetterText
from tui.widgets.words import Words
from tui.wrap import MOST_CHARACTERS

if TYPE_CHECKING:
    from tui.app import PliApp


END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


class SourceScreen(Aside):
    """What the server gave, octet for octet but for what could draw on the terminal."""

    ACTIONS = IN_SOURCE
    BINDINGS = bindings(IN_SOURCE)

    def __init__(self, header: Plain, whole: Plain | None) -> None:
        super().__init__()
        self.header, self.whole = header, whole
        self.shows_all = False

    def compose_body(self) -> ComposeResult:
        """A title, and the text."""
        yield Words(said("tui.source.headers"), id="title", classes="title")
        yield LetterText(self.header)

    def action_whole_source(self) -> None:
        """All of it, or the headers again."""
        if self.whole is None:
            self.pli.say(said("email.not_whole"))
            return
        self.shows_all = not self.shows_all
        key = "tui.source.whole" if self.shows_all else "tui.source.headers"
        self.query_one("#title", Words).say(said(key))
        self.query_one(LetterText).show(self.whole if self.shows_all else self.header)

    def on_letter_text_sought(self, event: LetterText.Sought) -> None:
        """`/`."""
        ask_and_find(self.pli, event.text)


async def show_source(pli: PliApp, email_id: EmailId) -> None:
    """Show a letter as it came; of one that has only begun to come, its headers."""
    header, whole = await pli.desk.fetch(_source_of, email_id)
    await pli.push_screen(SourceScreen(header, whole))


def _source_of(db: Connection, email_id: EmailId) -> tuple[Plain, Plain | None]:
    try:
        octets = octets_of(db, email_id)
    except Permanent as error:
        if error.code != "email.not_whole":
            raise
        return _readable(header_octets(db, email_id)), None
    end = END_OF_HEADERS.search(octets)
    return _readable(octets[: end.start()] if end else octets), _readable(octets)


def _readable(octets: bytes) -> Plain:
    """UTF-8 where it is; else each octet is a character: nothing is left out."""
    beginning = octets[: MOST_CHARACTERS + 1]
    try:
        # Cut inside a character, it is UTF-8 all the same.
        words = codecs.getincrementaldecoder("utf-8")().decode(
            beginning, final=len(beginning) == len(octets)
        )
    except UnicodeDecodeError:
        words = beginning.decode("latin-1")
    return plain_block(words)
