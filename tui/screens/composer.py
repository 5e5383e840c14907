"""Writing a letter: what its keys do. Leaving keeps a draft."""

from __future__ import annotations

from textual.widgets import Input

from store.compose import parse_addresses
from store.db.accounts import accounts
from store.errors import Usage
from store.model.directory import Address, network_of
from tui import gestures
from tui.actions import IN_COMPOSER, bindings
from tui.attaching import ask_for_document
from tui.gestures import Place
from tui.plain import plain_words, said
from tui.screens.ask import Field, Question
from tui.screens.letter_form import PEOPLE, LetterForm, lenient
from tui.screens.pick_address import PickAddress
from tui.widgets.ways import check_leaves, with_address


class ComposerScreen(LetterForm):
    """One letter being written."""

    BINDINGS = bindings(IN_COMPOSER)

    def action_close_draft(self) -> None:
        """Leave; what is written is kept."""
        self.pli.errand(self._close, group="compose")

    async def _close(self) -> None:
        apart = await self._keep()
        await self.pli.desk.wish(gestures.leave, self.place, self.pli.now())
        self.dismiss()
        if self.place.draft_id is not None:
            words = "tui.composer.kept_apart" if apart else "tui.done.kept"
            self.pli.call_next(self.pli.say, said(words))

    def action_send(self) -> None:
        """Let it leave, after the time to call it back."""
        self.pli.errand(self._send, group="compose")

    async def _send(self) -> None:
        written = self._written(lambda words: tuple(parse_addresses(words)) if words else ())
        if not (written.to or written.cc or written.bcc):
            raise Usage("tui.composer.nobody")
        if not written.subject and not await self.pli.ask(Question(said("tui.ask.no_subject"))):
            return
        check_leaves(await self.ways.now(self.account.id, written), written)
        if await self._keep():
            return  # the other version may have been sent: the person looks before this one is
        async with self._keeping:
            draft_id, done = await self.pli.desk.wish(
                gestures.send,
                self.account.id,
                written,
                self.place,
                self.pli.now(),
                self.answered,
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
                self.place, self.kept = Place(), self._written(lenient)
            self.dismiss()

    def action_attach(self) -> None:
        """Attach a document."""
        self.pli.errand(self._attach_document, group="compose")

    async def _attach_document(self) -> None:
        attached = await ask_for_document(self.pli)
        if attached is not None:
            self.attachments = (*self.attachments, attached)
            self._show_facts()

    def action_detach(self) -> None:
        """Take off the document attached last."""
        self.attachments = self.attachments[:-1]
        self._show_facts()

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
        if not self.ways.found.space.non_medical:
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
        everyone = await self.pli.desk.read(accounts)
        ids = [account.id for account in everyone]
        at = ids.index(self.account.id) if self.account.id in ids else -1
        self.account = everyone[(at + 1) % len(everyone)]
        self._show_facts()
