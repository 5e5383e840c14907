"""Writing a letter. Nothing typed is lost: leaving keeps a draft, and so does every 20 seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import Input, TextArea

from store.compose import parse_addresses
from store.db.accounts import accounts
from store.errors import Usage
from store.model.account import Account
from store.model.directory import Address, network_of
from store.model.draft import Draft
from store.model.email import EmailAddress
from tui import gestures
from tui.actions import IN_COMPOSER, bindings
from tui.attaching import ask_for_document
from tui.gestures import Answered, Place
from tui.plain import NOTHING, plain_block, plain_words, said
from tui.screens.ask import Field, Question
from tui.screens.pick_address import PickAddress
from tui.when import size
from tui.widgets.completion import PeopleField, PeopleFound, as_field
from tui.widgets.key_line import KeyLine
from tui.widgets.letter_pane import people
from tui.widgets.ways import Ways, check_leaves, whole_addresses, with_address
from tui.widgets.words import Words

if TYPE_CHECKING:
    from tui.app import PliApp

KEEP_SECONDS = 20.0
PEOPLE = ("to", "cc", "bcc")
LABELS = {
    "to": "tui.composer.to",
    "cc": "tui.composer.cc",
    "bcc": "tui.composer.bcc",
    "subject": "tui.composer.subject",
}


class ComposerScreen(ModalScreen[None]):
    """One letter being written. Modal: letters typed here are never commands."""

    BINDINGS = bindings(IN_COMPOSER)

    def __init__(
        self,
        pli: PliApp,
        account: Account,
        draft: Draft,
        *,
        place: Place = Place(),
        answered: Answered | None = None,
    ) -> None:
        super().__init__()
        self.pli, self.account = pli, account
        self.place, self.answered = place, answered
        self.attachments = draft.attachments
        self.first = self.kept = draft
        self._keeping = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """Sender, four fields, the ways to whom they name, what is attached, the text, the keys."""
        yield Words(id="sender", classes="title")
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
        yield Ways(self.pli, first)
        yield Words(id="attached")
        text = TextArea(plain_block(first.body), id="text", tab_behavior="focus")
        text.cursor_blink = False
        yield text
        yield KeyLine(IN_COMPOSER)

    def on_mount(self) -> None:
        """The first field still empty is the one to fill."""
        self._show_facts()
        self.kept = self._written(_lenient)
        empty = [name for name in ("to", "subject") if not self._field(name)]
        self.query_one(f"#{empty[0]}" if empty else "#text").focus()
        self.set_interval(KEEP_SECONDS, self._keep_now)

    @property
    def sender(self) -> EmailAddress:
        """Whom we write as."""
        return EmailAddress(name=self.account.display_name, email=self.account.address)

    def _field(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _show_facts(self) -> None:
        words = said("tui.composer.sender", who=people([self.sender]))
        self.query_one("#sender", Words).say(words)
        names = [f"{plain_words(a.name)} ({size(a.size)})" for a in self.attachments]
        attached = self.query_one("#attached", Words)
        attached.display = bool(names)
        attached.say(said("tui.composer.attached", names=", ".join(names)) if names else NOTHING)
        self._look_for_ways()

    @property
    def ways(self) -> Ways:
        """By which way it reaches each of them."""
        return self.query_one(Ways)

    def _look_for_ways(self, *, again: bool = False) -> None:
        self.ways.look(self.account.id, self._written(whole_addresses), again=again)

    def on_input_changed(self, event: Input.Changed) -> None:
        """An address that is whole has a way; the one being typed waits until it is left."""
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
            body=self.query_one("#text", TextArea).text,
            attachments=self.attachments,
        )
        return self.ways.applied_to(written)

    def _keep_now(self) -> None:
        self._look_for_ways(again=True)
        self.pli.chore(self.keep_quietly, group="keep")

    async def keep_quietly(self) -> None:
        """See `Keeps`."""
        await self._keep()

    async def _keep(self) -> bool:
        """Keep the draft if anything has changed since it was last kept.

        True when somebody else had done away with it meanwhile: it is said, for then there may be
        another version.
        """
        async with self._keeping:
            written = self._written(_lenient)
            if written == self.kept:
                return False
            draft_id, apart = await self.pli.desk.wish(
                gestures.keep, self.account.id, written, self.place, self.pli.now()
            )
            self.place, self.kept = Place(draft_id), written
            if apart:
                self.pli.say(said("tui.composer.kept_apart"))
            return apart

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
            self.kept = self._written(_lenient)
        self.dismiss()
        self.pli.call_next(self.pli.did, done)

    def action_discard(self) -> None:
        """Throw it away, once confirmed."""
        self.pli.errand(self._discard, group="compose")

    async def _discard(self) -> None:
        if await self.pli.ask(Question(said("tui.ask.discard"))):
            async with self._keeping:
                await self.pli.desk.wish(gestures.throw_away, self.place)
                self.place, self.kept = Place(), self._written(_lenient)
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


def _lenient(words: str) -> tuple[EmailAddress, ...]:
    """A field half typed is kept as it is; only sending needs it to be right."""
    try:
        return tuple(parse_addresses(words)) if words else ()
    except Usage:
        return (EmailAddress(email=words),)
