"""Writing a letter: what its keys do. Leaving keeps a draft."""

from __future__ import annotations

from functools import partial

from textual.widgets import Input

from store.compose import parse_addresses, resigned
from store.db import answering
from store.db.accounts import accounts
from store.db.letter_sizes import largest_letter
from store.db.sender_identities import identity
from store.errors import Usage
from store.filling import missing
from store.model.directory import Address, network_of
from store.model.draft import Draft
from store.model.email import EmailAddress
from tui import gestures, writing_helps
from tui.about_patient import check_document, choose_about, looked
from tui.actions import IN_COMPOSER, bindings
from tui.attaching import ask_for_document, ask_for_pasted, check_size
from tui.gestures import Place
from tui.plain import plain_words, said
from tui.screens.ask import Field, Question
from tui.screens.letter_form import PEOPLE, LetterForm, lenient
from tui.screens.pick_address import PickAddress
from tui.widgets.ways import check_leaves, with_address
from tui.widgets.writing_area import WritingArea


class ComposerScreen(LetterForm):
    """One letter being written."""

    BINDINGS = bindings(IN_COMPOSER)

    def action_close_draft(self) -> None:
        """Leave; what is written is kept."""
        self.pli.errand(self._close, group="compose")

    async def _close(self) -> None:
        apart = await self._keep()
        await self.pli.desk.wish(gestures.leave, self.place, self.pli.now())
        await self._unclaim_unwritten()
        self.dismiss()
        if self.place.draft_id is not None:
            words = "tui.composer.kept_apart" if apart else "tui.done.kept"
            self.pli.call_next(self.pli.say, said(words))

    def action_send(self) -> None:
        """Let it leave, after the time to call it back."""
        self.pli.errand(self._send, group="compose")

    def action_send_later(self) -> None:
        """Let it leave at a time to be said."""
        self.pli.errand(self._send_later, group="compose")

    async def _send_later(self) -> None:
        self._check_whole(self._written(_strict))
        at = await writing_helps.ask_when(self, said("tui.ask.leave_when"))
        if at is not None:
            await self._send(at)

    def _check_whole(self, written: Draft) -> None:
        if not (written.to or written.cc or written.bcc):
            raise Usage("tui.composer.nobody")
        if left := missing(f"{written.subject}\n{written.body}"):
            writing_helps.show_missing(self, 0)
            raise Usage("tui.composer.missing", fields=", ".join(left))

    async def _send(self, at: int | None = None) -> None:
        self.look_at_people()
        written = self._written(_strict)
        self._check_whole(written)
        check_size(written, await self.pli.desk.read(largest_letter, self.account.id))
        nameless = not written.subject and written.health is None
        if nameless and not await self.pli.ask(Question(said("tui.ask.no_subject"))):
            return
        check_leaves(await self.ways.now(self.account.id, written), written)
        if await self._keep():
            return  # the other version may have been sent: the person looks before this one is
        at_hand = (self.place.draft_id, self.account.id, written)
        check_document(await self.pli.desk.read(looked, *at_hand))
        async with self._keeping:
            draft_id, done = await self.pli.desk.wish(
                gestures.send,
                self.account.id,
                written,
                self.place,
                self.pli.now(),
                self.answered,
                at,
                self.claimed,
            )
            self.place = Place(draft_id)
            self.kept = self._written(lenient)
        self.dismiss()
        self.pli.call_next(self.pli.did, done)

    def action_discard(self) -> None:
        """Throw it away, once confirmed."""
        self.pli.errand(self._discard, group="compose")

    async def _discard(self) -> None:
        if await self.pli.ask(Question(said("tui.ask.discard"))):
            async with self._keeping:
                await self.pli.desk.wish(gestures.throw_away, self.place)
                await self.pli.desk.wish(answering.end, self.claimed)
                self.place, self.kept = Place(), self._written(lenient)
            self.dismiss()

    def action_attach(self) -> None:
        """Attach a document."""
        self.pli.errand(self._attach_document, group="compose")

    async def _attach_document(self) -> None:
        if attached := await ask_for_document(self.pli):
            self._take_documents(*attached)

    def action_detach(self) -> None:
        """Take off the document attached last."""
        if not self.attachments:
            self.pli.say(said("tui.composer.none_attached"))
            return
        self.attachments = self.attachments[:-1]
        self._take_documents()

    def on_writing_area_paths_pasted(self, event: WritingArea.PathsPasted) -> None:
        """Documents were dropped on the terminal, or their paths pasted."""
        self.pli.errand(partial(self._take_pasted, event), group="compose")

    async def _take_pasted(self, event: WritingArea.PathsPasted) -> None:
        attached = await ask_for_pasted(self.pli, event.paths)
        if attached is None:
            self.text.put(event.pasted)
            return
        self._take_documents(*attached)

    def action_about_patient(self) -> None:
        """Say whom it is about, and that its document leaves as a health document."""
        self.pli.errand(self._about_patient, group="compose")

    async def _about_patient(self) -> None:
        await choose_about(self)
        self._look_for_ways()

    def action_toggle_receipt(self) -> None:
        """Ask its readers to say that they have read it, or no longer."""
        self.ways.change(receipt=not self.ways.how.receipt)

    def action_expect_answer(self) -> None:
        """Say until when an answer is waited for, or that none is."""
        self.pli.errand(self._expect_answer, group="compose")

    async def _expect_answer(self) -> None:
        if self.ways.how.answer_by:
            self.ways.change(answer_by=0, tell="")
            return
        at = await writing_helps.ask_when(self, said("tui.ask.answer_when"))
        if at is not None:
            self.ways.change(answer_by=at, tell=await writing_helps.ask_whom(self))

    def action_insert_template(self) -> None:
        """Put a template into the text."""
        self.pli.errand(partial(writing_helps.insert_template, self), group="compose")

    def action_next_missing(self) -> None:
        """To the next field that a template left to be filled in."""
        if not writing_helps.show_missing(self, self.text.offset_of(max(self.text.selection))):
            self.pli.say(said("tui.composer.none_missing"))

    def action_edit_outside(self) -> None:
        """Go on in another editor."""
        self.pli.errand(self._edit_outside, group="compose")

    async def _edit_outside(self) -> None:
        await self._keep()
        await writing_helps.edit_outside(self)
        self._keep_soon()

    def action_check_spelling(self) -> None:
        """Look the words up in the dictionary of this machine."""
        self.pli.errand(partial(writing_helps.check_spelling, self), group="compose")

    def action_toggle_sign(self) -> None:
        """Sign it, or no longer."""
        self.ways.change(sign=not self.ways.how.sign)
        self._look_for_ways()

    def action_toggle_seal(self) -> None:
        """Seal it for everybody, or no longer."""
        self.ways.change(seal=not self.ways.how.seal)
        self._look_for_ways()

    def action_non_medical(self) -> None:
        """Write why nothing in it concerns a patient."""
        self.pli.errand(self._ask_why, group="compose")

    async def _ask_why(self) -> None:
        if self.about.wish is not None or not self.ways.found.space.non_medical:
            raise Usage("route.non_medical_forbidden")
        before = plain_words(self.ways.how.non_medical)
        answer = await self.pli.ask(Field(said("tui.ask.non_medical"), before))
        if answer is not None:
            self.ways.change(non_medical=answer.strip())
            self._look_for_ways()

    def action_take_offer(self) -> None:
        """Put an address that works in the place of the first that does not."""
        self.pli.errand(self._take_offer, group="compose")

    async def _take_offer(self) -> None:
        offered = [one for one in self.ways.found.refused if one.offers]
        if not offered:
            raise Usage("tui.ways.no_offer")
        [*choices] = (Address(each, network_of(each)) for each in offered[0].offers)
        chosen: Address | None = choices[0]
        if len(choices) > 1:
            chosen = await self.pli.ask(PickAddress(tuple(choices)))
        if chosen is None:
            return
        for name in PEOPLE:
            field = self.query_one(f"#{name}", Input)
            field.value = with_address(field.value, offered[0].email, chosen.email)
        self._look_for_ways()

    def action_next_sender(self) -> None:
        """Write from the next account."""
        self.pli.errand(self._next_sender, group="compose")

    async def _next_sender(self) -> None:
        everyone, before = await self.pli.desk.read(accounts), self.account
        ids = [account.id for account in everyone]
        at = ids.index(self.account.id) if self.account.id in ids else -1
        self.account = everyone[(at + 1) % len(everyone)]
        read = self.pli.desk.read
        was, now_is = [await read(identity, each.id) for each in (before, self.account)]
        self.text.put_all(resigned(self.text.text, was, now_is))
        self.underlining.forget()
        self._show_facts()


def _strict(words: str) -> tuple[EmailAddress, ...]:
    """To be sent, every address has to be right."""
    return parse_addresses(words) if words else ()
