"""The first screen: mailboxes, letters, and the letter that is open."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from store.model.ids import MailboxId
from store.model.mailbox import Role
from tui.actions import ON_DRAFTS, ON_LETTERS, bindings
from tui.glance import Glance
from tui.plain import Plain, plain_words, said
from tui.screens.letters import LettersScreen
from tui.sources import MailboxRows
from tui.widgets.email_list import EmailList
from tui.widgets.key_line import KeyLine
from tui.widgets.letter_pane import LetterPane
from tui.widgets.line_list import LineList
from tui.widgets.mailbox_list import MailboxList, mailbox_words
from tui.widgets.trust_line import TrustLine
from tui.widgets.words import Words


class MailScreen(LettersScreen):
    """Where the day begins."""

    BINDINGS = bindings(ON_LETTERS)
    AUTO_FOCUS = "#emails"

    def compose_body(self) -> ComposeResult:
        """Three panes; narrow terminals show two, or the letter alone."""
        with Horizontal():
            yield MailboxList(id="mailboxes")
            with Vertical(id="middle"):
                yield Words(id="title", classes="title")
                yield self.compose_list()
            yield LetterPane(id="letter")
        yield TrustLine(id="trust")

    @property
    def mailboxes(self) -> MailboxList:
        """The left column."""
        return self.query_one("#mailboxes", MailboxList)

    @property
    def mailbox_id(self) -> MailboxId | None:
        """The mailbox whose letters are listed."""
        return self.emails.source.mailbox_id if self.emails.source else None

    def show_status(self) -> None:
        """The accounts too say whether a node keeps their lines: one that dies commits nothing."""
        super().show_status()
        if self.is_there:
            self.mailboxes.show(self.pli.glance, node_alive=self.pli.node_alive)

    async def look_again(self, glance: Glance) -> None:
        """The letters; of the first inbox when nothing is listed yet."""
        listed = self.mailbox_id
        if listed is not None and glance.mailbox(listed) is not None:
            self._show_title(glance)
            await super().look_again(glance)
            return
        inbox = next((m for m in glance.mailboxes if m.role is Role.INBOX), None)
        first = inbox or next(iter(glance.mailboxes), None)
        if first is not None:
            self.mailboxes.point_at(first.id)
            await self._list(first.id)
        else:
            self.query_one("#title", Words).say(said("tui.mail.empty"))

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter on a mailbox lists its letters."""
        if event.lines is not self.mailboxes:
            return  # Textual itself calls the handler of LettersScreen.
        mailbox = self.mailboxes.mailbox(event.row)
        if mailbox is not None:
            self.emails.focus()
            self.pli.errand(partial(self._list, mailbox.id), group="list")

    async def _list(self, mailbox_id: MailboxId) -> None:
        mailbox = self.pli.glance.mailbox(mailbox_id)
        written_here = mailbox is not None and mailbox.role in (Role.SENT, Role.DRAFTS)
        await self.emails.show(MailboxRows(self.pli.desk, mailbox_id), written_here=written_here)
        is_drafts = mailbox is not None and mailbox.role is Role.DRAFTS
        self.query_one(KeyLine).stand_in({"reply": ON_DRAFTS[0]} if is_drafts else {})
        self._show_title(self.pli.glance)

    def _show_title(self, glance: Glance) -> None:
        mailbox = glance.mailbox(self.mailbox_id) if self.mailbox_id is not None else None
        account = glance.account(mailbox.account_id) if mailbox else None
        if mailbox is None or account is None:
            return
        name = Plain(mailbox_words(mailbox).strip())
        if len(glance.accounts) > 1:
            name = plain_words(f"{account.name} / {name}")
        one, total, unread = mailbox.total == 1, mailbox.total, mailbox.unread
        key = "tui.mail.title_of_one" if one else "tui.mail.title"
        self.query_one("#title", Words).say(said(key, name=name, total=total, unread=unread))

    def on_email_list_arrived(self, event: EmailList.Arrived) -> None:
        """New letters are announced; the cursor stays on its own."""
        self.pli.say(said("tui.mail.arrived", n=event.count))
