"""What can be done to letters, on whichever screen lists them: one list, one reading pane."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, NamedTuple

from store import trust_words
from store.db.answering import Claimant, claimants_of
from store.db.directory.senders import is_listed
from store.db.emails import EmailRow, email
from store.db.letter_trust import letter_trust
from store.db.open import Connection
from store.db.outlines import want
from store.db.returns import sent_as
from store.db.structures import want_part
from store.model.email import SEEN, Email, Part, PartState
from store.model.ids import EmailId
from store.model.opened import LetterTrust
from store.model.submission import EmailSubmission
from tui import filing
from tui.actions import ON_LETTERS, Action
from tui.claiming import claim_line
from tui.glance import Glance
from tui.health.reading import LetterHealth, letter_health
from tui.plain import Plain, said
from tui.screens.acting import ActingScreen, with_keyword
from tui.screens.documents import DocumentKeys
from tui.screens.finding import ask_and_find
from tui.screens.health_keys import HealthKeys
from tui.screens.parts import show_part
from tui.widgets.email_list import EmailList
from tui.widgets.key_line import KeyLine
from tui.widgets.letter_pane import LetterPane
from tui.widgets.letter_text import LetterText
from tui.widgets.line_list import LineList
from tui.widgets.trust_line import TrustLine


class LettersScreen(ActingScreen, DocumentKeys, HealthKeys):
    """A list of letters and the one that is open."""

    ACTIONS: ClassVar[tuple[Action, ...]] = ON_LETTERS

    def compose_list(self) -> EmailList:
        """The list, for each screen to place."""
        return EmailList(self.pli.now, id="emails")

    @property
    def letter(self) -> LetterPane:
        """The reading pane."""
        return self.query_one("#letter", LetterPane)

    @property
    def trust_line(self) -> TrustLine:
        """What is known of the open letter, outside of it."""
        return self.query_one("#trust", TrustLine)

    @property
    def is_reading(self) -> bool:
        """See `ActingScreen.is_reading`."""
        return self.letter.has_focus_within or self.emails.display is False

    def expect(self, row: EmailRow | None, letters: int = 0) -> None:
        """See `PliScreen.expect`."""
        self.emails.returning, self.emails.returning_many = row, letters

    async def look_again(self, glance: Glance) -> None:
        """See `PliScreen.look_again`."""
        await self.emails.look_again()
        shown = self.letter.email if self.is_there else None
        if shown is None:
            return
        about = await self.pli.desk.read(around, shown.id)
        if not self._shows(shown):
            return
        self._say_around(about)
        if about.trust == self.trust_line.trust and shown.is_whole:
            return
        found = await self.pli.desk.read(email, shown.id)  # more of it, or what lay inside
        if self._shows(shown):
            self.trust_line.show(about.trust, self.pli.now(), self.trust_line.listed)
            self.letter.update_with(found)

    def _shows(self, asked_about: Email) -> bool:
        """Whether it is still the letter that is open: another one may have been, meanwhile."""
        shown = self.letter.email if self.is_there else None
        return shown is not None and shown.id == asked_about.id

    def _say_around(self, about: Around) -> None:
        self.letter.show_returns(about.sent)
        self.letter.show_health(about.health)
        self.letter.show_claim(claim_line(about.people, self.pli.now()))

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter on a letter, or on one of its documents."""
        if event.lines is self.emails:
            self.open_current()
        elif event.lines is self.letter.parts and self.letter.email and self.letter.parts.current:
            part = self.letter.parts.current
            if part.state is not PartState.HERE:
                self.pli.say(said("tui.part.away"))
                return
            self.pli.errand(partial(show_part, self.pli, self.letter.email.id, part), group="part")

    def open_current(self) -> None:
        """Open the letter under the cursor."""
        row = self.emails.current
        if row is not None:
            self.pli.errand(partial(self._open, row), group="open")

    async def _open(self, row: EmailRow) -> None:
        found, about = await self.pli.desk.read(_with_around, row.email_id)
        self.hush()
        self.open_row = row
        self.letter.show(found)
        self._say_around(about)
        self.trust_line.show(about.trust, self.pli.now())
        self.add_class("-reading")
        self.query_one(KeyLine).lead_back(True)
        self.letter.body.focus()
        if SEEN not in row.keywords.split():
            row = self.open_row = with_keyword(row, SEEN, on=True)
            self.emails.put(row)
            await self.pli.desk.wish(filing.change_keyword, [row.placement_id], SEEN, on=True)
            self.look()
        if self.is_there:
            self.pli.chore(partial(self._look_up, row, found.sender.email), group="look_up")

    async def _look_up(self, row: EmailRow, sender: str) -> None:
        """Whether the directory has its sender: asked last, for it is another file."""
        listed = await self.pli.desk.directory(is_listed, sender)
        if self.is_there and self.open_row is row and self.trust_line.trust is not None:
            self.trust_line.show(self.trust_line.trust, self.pli.now(), listed)

    def action_trust(self) -> None:
        """Why the line below says what it says; in the list, of the letter under the cursor."""
        if self.letter.email is not None and self.trust_line.trust is not None:
            words = self.trust_line.words_of(self.pli.now())
            self.pli.errand(partial(self._explain, words), group="part")
        elif self.chosen is not None:
            self.pli.errand(partial(self._explain_row, self.chosen), group="part")

    async def _explain_row(self, row: EmailRow) -> None:
        trust = await self.pli.desk.read(letter_trust, row.email_id)
        listed = await self.pli.desk.directory(is_listed, row.sender_email)
        reasons = trust_words.explained(trust, self.pli.now(), listed=listed)
        await self._explain(Plain("\n".join(reasons)))

    async def _explain(self, words: Plain) -> None:
        from tui.screens.trust import TrustScreen

        await self.pli.push_screen(TrustScreen(words))

    def action_back(self) -> None:
        """Close the letter; in the list, choose none."""
        if self.open_row is not None:
            self.close_letter()
        else:
            self.emails.select_none()

    def action_quotes(self) -> None:
        """Show what is quoted, or fold it again."""
        if not self.letter.turn_quotes():
            self.pli.say(said("tui.letter.no_quotes"))

    def action_headers(self) -> None:
        """The headers of the letter, as they came."""
        from tui.screens.source import show_source

        if self.chosen is not None:
            self.pli.errand(partial(show_source, self.pli, self.chosen.email_id), group="part")

    def on_letter_text_sought(self, event: LetterText.Sought) -> None:
        """`/` in the letter."""
        self.letter.unfold()
        ask_and_find(self.pli, event.text)

    def close_letter(self) -> None:
        """Show the list again."""
        self.hush()
        self.open_row = None
        self.remove_class("-reading")
        self.query_one(KeyLine).lead_back(False)
        self.letter.clear()
        self.trust_line.clear()
        self.emails.focus()

    def action_next_letter(self) -> None:
        """Open the letter below."""
        self._step(1)

    def action_previous_letter(self) -> None:
        """Open the letter above."""
        self._step(-1)

    def _step(self, by: int) -> None:
        before = self.emails.cursor
        self.emails.go_to(before + by)
        if self.emails.cursor != before:
            self.open_current()

    def letter_meant(self) -> EmailId | None:
        """See `HealthKeys.letter_meant`."""
        return self.chosen.email_id if self.chosen is not None else None

    def document(self) -> tuple[EmailId, Part] | None:
        """The document a key is meant for; None, and why, where there is none or which is open."""
        parts, opened = self.letter.parts, self.letter.email
        if opened is None:
            self.pli.say(said("tui.part.open_first"))
        elif parts.current is None:
            self.pli.say(said("tui.part.no_document" if opened.is_whole else "email.not_whole"))
        elif len(parts.parts) > 1 and not parts.has_focus:
            parts.focus()
            self.pli.say(said("tui.part.choose"))
        elif parts.current.state is not PartState.HERE:
            self.pli.say(said("tui.part.away" if parts.has_focus else "email.not_whole"))
        else:
            return opened.id, parts.current
        return None

    def action_want_whole(self) -> None:
        """Ask for the rest of a letter begun; in its list of documents, for that one alone."""
        parts, opened = self.letter.parts, self.letter.email
        if parts.has_focus and parts.current and opened and not opened.is_whole:
            wish = partial(self._want_part, opened.id, parts.current.number)
            self.pli.errand(wish, group="wish")
        elif self.chosen is not None:
            self.pli.errand(partial(self._want, self.chosen), group="wish")

    async def _want(self, row: EmailRow) -> None:
        asked = await self.pli.desk.wish(want, row.email_id, self.pli.now())
        self.pli.say(said("tui.done.wanted" if asked else "tui.done.whole_already"))

    async def _want_part(self, email_id: EmailId, number: str) -> None:
        asked = await self.pli.desk.wish(want_part, email_id, number, self.pli.now())
        self.pli.say(said("tui.done.part_wanted" if asked else "tui.done.part_here"))
        await self.look_now()

    def action_reply(self) -> None:
        """Answer the sender."""
        self._answer("reply")

    def action_reply_all(self) -> None:
        """Answer everybody."""
        self._answer("reply_all")

    def action_forward(self) -> None:
        """Send it on."""
        self._answer("forward")

    def _answer(self, how: str) -> None:
        from tui.drafting import answer

        if self.chosen is not None:
            self.pli.errand(partial(answer, self.pli, self.chosen, how), group="compose")


class Around(NamedTuple):
    """What stands around an open letter: read at once, for it is said of that letter alone."""

    trust: LetterTrust
    health: LetterHealth
    sent: EmailSubmission | None
    people: tuple[Claimant, ...]
    """Who answers it."""


def around(db: Connection, email_id: EmailId) -> Around:
    """All of it, as it is now."""
    trust, health = letter_trust(db, email_id), letter_health(db, email_id)
    return Around(trust, health, sent_as(db, email_id), claimants_of(db, email_id))


def _with_around(db: Connection, email_id: EmailId) -> tuple[Email, Around]:
    return email(db, email_id), around(db, email_id)
