"""What can be done to letters, on whichever screen lists them: one list, one reading pane."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from store.db.answering import claimants_of
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
from tui.glance import Glance
from tui.health.reading import LetterHealth, letter_health
from tui.plain import said
from tui.screens.acting import ActingScreen, with_keyword
from tui.screens.documents import DocumentKeys
from tui.screens.finding import ask_and_find
from tui.screens.health_keys import HealthKeys
from tui.screens.parts import show_part
from tui.screens.screen import PliScreen
from tui.widgets.email_list import EmailList
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
        self.letter.show_returns(await self.pli.desk.read(sent_as, shown.id))
        self.letter.show_health(await self.pli.desk.read(letter_health, shown.id))
        self.letter.show_claim(await self.pli.desk.read(claimants_of, shown.id))
        before, trust = self.trust_line.trust, await self.pli.desk.read(letter_trust, shown.id)
        if trust == before and shown.is_whole:
            return
        found = await self.pli.desk.read(email, shown.id)  # more of it, or what lay inside
        if self.is_there and self.letter.email is shown:
            self.trust_line.show(trust, self.pli.now(), self.trust_line.listed)
            self.letter.update_with(found)

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
        found, trust, health, sent = await self.pli.desk.read(_with_trust, row.email_id)
        people = await self.pli.desk.read(claimants_of, row.email_id)
        self.hush()
        self.open_row = row
        self.letter.show(found)
        self.letter.show_returns(sent)
        self.letter.show_health(health)
        self.letter.show_claim(people)
        self.trust_line.show(trust, self.pli.now())
        self.add_class("-reading")
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
        """Why the line below says what it says."""
        if self.letter.email is None or self.trust_line.trust is None:
            self.pli.say(said("tui.trust.open_first"))
            return
        from tui.screens.trust import TrustScreen

        why = TrustScreen(self.trust_line.words_of(self.pli.now()))
        self.pli.errand(partial(self._explain, why), group="part")

    async def _explain(self, why: PliScreen) -> None:
        await self.pli.push_screen(why)

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


def _with_trust(
    db: Connection, email_id: EmailId
) -> tuple[Email, LetterTrust, LetterHealth, EmailSubmission | None]:
    found = email(db, email_id), letter_trust(db, email_id), letter_health(db, email_id)
    return *found, sent_as(db, email_id)
