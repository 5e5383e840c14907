"""The form of a letter: its fields, the ways to whom they name, its text; and keeping it.

Nothing typed is lost: what has changed is kept when the typing pauses, and every 20 seconds, in the
encrypted store, line or no line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input

from store.compose import parse_addresses
from store.db import answering
from store.db.answering import Claimed
from store.db.letter_sizes import largest_letter
from store.errors import Usage
from store.model.account import Account
from store.model.draft import Attachment, Draft
from store.model.email import EmailAddress
from tui import claiming, gestures
from tui.about_patient import AboutPatient, looked, of_other_documents, of_other_people
from tui.actions import HELP_NOW, IN_COMPOSER
from tui.attaching import attached_words
from tui.feed import StoreChanged
from tui.gestures import Answered, Place
from tui.outside_editor import Editing
from tui.plain import plain_block, plain_words, said
from tui.still_there import is_there
from tui.underlining import Underlining
from tui.widgets.completion import NobodyFound, PeopleField, PeopleFound, as_field
from tui.widgets.key_line import KeyLine
from tui.widgets.letter_pane import people
from tui.widgets.ways import Ways, whole_addresses
from tui.widgets.words import Words
from tui.widgets.writing_area import WritingArea

if TYPE_CHECKING:
    from tui.app import PliApp

KEEP_SECONDS, PAUSE_SECONDS = 20.0, 2.0
"""While somebody types without end; after the last key."""
PEOPLE = ("to", "cc", "bcc")
LABELS = {
    "to": "tui.composer.to",
    "cc": "tui.composer.cc",
    "bcc": "tui.composer.bcc",
    "subject": "tui.composer.subject",
}


class LetterForm(ModalScreen[None]):
    """What is filled in. Modal: letters typed here are never commands."""

    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(
        self,
        pli: PliApp,
        account: Account,
        draft: Draft,
        *,
        place: Place = Place(),
        answered: Answered | None = None,
        claimed: Claimed | None = None,
    ) -> None:
        super().__init__()
        self.pli, self.account = pli, account
        self.place, self.answered, self.claimed = place, answered, claimed
        self.attachments = draft.attachments
        self.first = self.kept = draft
        self.elsewhere: Editing | None = None  # the text, while another program has it
        self._keeping = asyncio.Lock()
        self._pause: Timer | None = None
        self._largest: int | None = None
        self.underlining = Underlining(self)

    def compose(self) -> ComposeResult:
        """Sender, four fields, the ways to whom they name, what is attached, the text, the keys."""
        yield Words(id="sender", classes="title")
        yield Words(id="claim", classes="warned")
        first = self.first
        values = [as_field(group) for group in (first.to, first.cc, first.bcc)]
        values.append(plain_words(first.subject))
        for (name, label), value in zip(LABELS.items(), values, strict=True):
            with Horizontal(classes="field"):
                yield Words(said(label), classes="label")
                field = (PeopleField if name in PEOPLE else Input)(
                    value, id=name, select_on_focus=False
                )
                field.cursor_blink = False
                yield field
        yield PeopleFound(self.pli)
        yield NobodyFound()
        yield Ways(self.pli, first)
        yield AboutPatient(first.health)
        yield Words(id="attached")
        text = WritingArea(plain_block(first.body), id="text")
        text.cursor_blink = False
        yield text
        yield KeyLine(IN_COMPOSER, HELP_NOW, is_typing=True)

    def on_mount(self) -> None:
        """The first field still empty is the one to fill."""
        self._show_facts()
        self.kept = self._written(lenient)
        self.query_one("#claim").display = False
        self._look_around()
        self.text.move_cursor_to_writing()
        self.underlining.soon()
        empty = [name for name in ("to", "subject") if not self._field(name)]
        self.query_one(f"#{empty[0]}" if empty else "#text").focus()
        self.set_interval(KEEP_SECONDS, self._keep_now)

    @property
    def sender(self) -> EmailAddress:
        """Whom we write as."""
        return EmailAddress(name=self.account.display_name, email=self.account.address)

    @property
    def text(self) -> WritingArea:
        """What is written."""
        return self.query_one("#text", WritingArea)

    def recipients(self) -> tuple[EmailAddress, ...]:
        """Those of To whose address is whole."""
        return whole_addresses(self._field("to"))

    def _field(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _show_facts(self) -> None:
        words = said("tui.composer.sender", who=people([self.sender]))
        self.query_one("#sender", Words).say(words)
        self._show_attached()
        self.pli.chore(self._weigh, group="weigh", exclusive=True)
        self._look_for_ways()

    async def _weigh(self) -> None:
        self._largest = await self.pli.desk.read(largest_letter, self.account.id)
        if is_there(self):
            self._show_attached()

    def _show_attached(self) -> None:
        attached = self.query_one("#attached", Words)
        attached.display = bool(self.attachments)
        attached.say(attached_words(self._written(lenient), self._largest))

    @property
    def ways(self) -> Ways:
        """By which way it reaches each of them."""
        return self.query_one(Ways)

    @property
    def about(self) -> AboutPatient:
        """Whom it is about, where it is to leave as a health document."""
        return self.query_one(AboutPatient)

    def on_store_changed(self, event: StoreChanged) -> None:
        """The node may have looked at the document."""
        if is_there(self):
            self._look_around()

    def _look_around(self) -> None:
        if self.about.wish is not None:
            self.pli.chore(self._look_at_document, group="about", exclusive=True)
        if self.answered is not None:
            self.pli.chore(self._look_at_claims, group="claims", exclusive=True)

    async def _look_at_claims(self) -> None:
        assert self.answered
        words = await claiming.others(self.pli, self.answered.email_id)
        if is_there(self):
            self.query_one("#claim", Words).display = bool(words)
            self.query_one("#claim", Words).say(words)

    async def _look_at_document(self) -> None:
        written = self._written(lenient)
        found = await self.pli.desk.read(looked, self.place.draft_id, self.account.id, written)
        if is_there(self) and written == self._written(lenient):
            self.about.show(found)

    def _take_documents(self, *documents: Attachment) -> None:
        """These too are attached, and kept at once: where they came from may be gone soon."""
        self.attachments = (*self.attachments, *documents)
        of_other_documents(self)
        self._show_facts()
        self._keep_soon()

    def _look_for_ways(self, *, again: bool = False) -> None:
        self.look_at_people()
        self.ways.look(self.account.id, self._written(whole_addresses), again=again)

    def look_at_people(self) -> None:
        """See who is written to now, whoever is still being typed too."""
        written = self._written(whole_addresses)
        people = frozenset(each.email for each in (*written.to, *written.cc, *written.bcc))
        of_other_people(self, people)

    def on_text_area_changed(self) -> None:
        """Something was written: it is kept once the typing pauses."""
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE_SECONDS, self._keep_soon)
        self.underlining.soon()

    def on_writing_area_scrolled(self) -> None:
        """Other words are on the screen."""
        self.underlining.soon()

    def on_writing_area_lines_broken(self) -> None:
        """What was pasted is all there, and no longer one line."""
        self.pli.say(said("tui.composer.lines_broken"))

    def on_text_area_selection_changed(self) -> None:
        """The word that was being typed may have been left."""
        self.underlining.soon()

    def _keep_soon(self) -> None:
        self.pli.chore(self.keep_quietly, group="keep")

    def on_input_changed(self, event: Input.Changed) -> None:
        """An address that is whole has a way; the one being typed waits until it is left."""
        self.on_text_area_changed()
        field = event.input
        if isinstance(field, PeopleField) and not (field.has_focus and field.being_typed):
            self._look_for_ways()

    def on_descendant_blur(self) -> None:
        """A field was left: what stands in it is whole."""
        self._look_for_ways()

    def _written(self, read: Callable[[str], tuple[EmailAddress, ...]]) -> Draft:
        """The letter as it is now; `read` makes people of what is in a field."""
        to, cc, bcc = (read(self._field(name)) for name in PEOPLE)
        written = replace(
            self.first,
            sender=self.sender,
            to=to,
            cc=cc,
            bcc=bcc,
            subject=self._field("subject"),
            body=plain_block(self.elsewhere.saved()) if self.elsewhere else self.text.text,
            attachments=self.attachments,
        )
        return self.ways.applied_to(written)

    def _keep_now(self) -> None:
        self._look_for_ways(again=True)
        self._keep_soon()

    async def keep_quietly(self) -> None:
        """Keep what has changed, now."""
        await self._keep()

    async def leave_quietly(self) -> None:
        """The same, and nobody comes back: an answer of which nothing was written is no answer."""
        if self.elsewhere:
            await asyncio.to_thread(self.elsewhere.end)
        await self._keep()
        await self._unclaim_unwritten()

    async def _unclaim_unwritten(self) -> None:
        if self.place == Place():
            await self.pli.desk.wish(answering.end, self.claimed)

    async def _keep(self) -> bool:
        """Keep the draft if anything has changed since it was last kept.

        True when somebody else had done away with it meanwhile: it is said, for then there may be
        another version.
        """
        async with self._keeping:
            self.look_at_people()
            written = self._written(lenient)
            if written == self.kept:
                return False
            self.place, apart = await self.pli.desk.wish(
                gestures.keep, self.account.id, written, self.place, self.pli.now()
            )
            self.kept = written
            self._look_around()
            if apart:
                self.pli.say(said("tui.composer.kept_apart"))
            return apart


def lenient(words: str) -> tuple[EmailAddress, ...]:
    """A field half typed is kept as it is; only sending needs it to be right."""
    try:
        return tuple(parse_addresses(words)) if words else ()
    except Usage:
        return (EmailAddress(email=words),)
