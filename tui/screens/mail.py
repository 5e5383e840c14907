"""The first screen: mailboxes, letters, and the letter that is open."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import TypeVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus

from store.model.listing import USUAL, Filter, Order, Shelf, Sort, View
from store.model.mailbox import Mailbox, Role
from tui.actions import BY_THE_CURSOR, ON_DRAFTS, ON_LETTERS, ON_LISTS, bindings
from tui.glance import Glance
from tui.listing import ListedRows
from tui.plain import NOTHING, Plain, plain_words, said
from tui.screens.letters import LettersScreen
from tui.sources import MailboxRows
from tui.widgets.alert_line import AlertLine
from tui.widgets.email_list import EmailList, Source
from tui.widgets.key_line import KeyLine
from tui.widgets.letter_pane import LetterPane
from tui.widgets.line_list import LineList
from tui.widgets.mailbox_list import MailboxList, mailbox_words, named_of
from tui.widgets.trust_line import TrustLine
from tui.widgets.words import Words


class MailScreen(LettersScreen):
    """Where the day begins."""

    ACTIONS = (*ON_LETTERS, *ON_LISTS)
    BINDINGS = bindings(ON_LETTERS, ON_LISTS)
    AUTO_FOCUS = "#emails"

    def __init__(self) -> None:
        super().__init__()
        self.shelf: Shelf | None = None
        """What is listed; None before anything is."""
        self.order = USUAL

    def compose_body(self) -> ComposeResult:
        """Three panes; narrow terminals show two, or the letter alone."""
        with Horizontal():
            yield MailboxList(id="mailboxes")
            with Vertical(id="middle"):
                yield AlertLine(id="alert")
                yield Words(id="title", classes="title")
                yield self.compose_list()
            yield LetterPane(id="letter")
        yield TrustLine(id="trust")

    @property
    def mailboxes(self) -> MailboxList:
        """The left column."""
        return self.query_one("#mailboxes", MailboxList)

    def show_status(self) -> None:
        """The accounts too say whether a node keeps their lines: one that dies commits nothing."""
        super().show_status()
        if self.is_there:
            self.mailboxes.show(self.pli.glance, node_alive=self.pli.node_alive)

    async def look_again(self, glance: Glance) -> None:
        """The letters; of the first inbox when nothing is listed yet."""
        self.emails.name_labels(dict(glance.labels))
        self.query_one(AlertLine).show(glance.alerts)
        if self.shelf is not None and self._is_still_there(glance, self.shelf):
            await super().look_again(glance)
            self._show_title()
            return
        inbox = next((m for m in glance.mailboxes if m.role is Role.INBOX), None)
        first = inbox or next(iter(glance.mailboxes), None)
        if first is not None:
            self.mailboxes.point_at(first.id)
            await self._list(Shelf(mailbox_id=first.id))
        else:
            # Without an account, the top line says what to do.
            waits = said("tui.mail.empty") if glance.accounts else NOTHING
            self.query_one("#title", Words).say(waits)

    def _is_still_there(self, glance: Glance, shelf: Shelf) -> bool:
        return shelf.mailbox_id is None or glance.mailbox(shelf.mailbox_id) is not None

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter on a mailbox or a view lists its letters."""
        if event.lines is not self.mailboxes:
            return  # Textual itself calls the handler of LettersScreen.
        shelf = self.mailboxes.shelf(event.row)
        if shelf is not None:
            self.emails.focus()
            self.pli.errand(partial(self._list, shelf), group="list")

    async def _list(self, shelf: Shelf) -> None:
        """List what is there. Each list begins unfiltered, so that none seems empty."""
        self.shelf, self.order = shelf, replace(USUAL, threads=self.order.threads)
        await self._show_listed()

    async def _show_listed(self) -> None:
        shelf, mailbox = self.shelf, self._mailbox
        if shelf is None:
            return
        written_here = mailbox is not None and mailbox.role in (Role.SENT, Role.DRAFTS)
        written_here = written_here or shelf.view is View.UNACKNOWLEDGED
        source: Source = ListedRows(self.pli.desk, shelf, self.order)
        if shelf.mailbox_id is not None and self.order == USUAL:
            source = MailboxRows(self.pli.desk, shelf.mailbox_id)  # needs no look at every letter
        await self.emails.show(source, written_here=written_here)
        is_drafts = mailbox is not None and mailbox.role is Role.DRAFTS
        self.query_one(KeyLine).stand_in({"reply": ON_DRAFTS[0]} if is_drafts else {})
        self._show_title()

    @property
    def _mailbox(self) -> Mailbox | None:
        id_ = self.shelf.mailbox_id if self.shelf else None
        return self.pli.glance.mailbox(id_) if id_ is not None else None

    def action_filter(self) -> None:
        """Only the unread ones, only those with a star, only those with a document, all."""
        self._reorder(replace(self.order, filter=_after(Filter, self.order.filter)))

    def action_sort(self) -> None:
        """By date, by sender, by size, by subject."""
        self._reorder(replace(self.order, sort=_after(Sort, self.order.sort)))

    def action_threads(self) -> None:
        """One row for each conversation, or for each letter."""
        self._reorder(replace(self.order, threads=not self.order.threads))

    def _reorder(self, order: Order) -> None:
        self.order = order
        self.pli.errand(self._show_listed, group="list")

    def on_choosing_list_selected(self) -> None:
        """How many are chosen stands in the title."""
        self._show_title()

    def _show_title(self) -> None:
        words = title(self.pli.glance, self.shelf, self.order, self.emails.count)
        if words and (n := len(self.emails.selected)):
            words = Plain(f"{said('tui.mail.selected', n=n)} · {words}")
        if words:
            self.query_one("#title", Words).say(words)

    def on_mailbox_list_unwanted(self, event: MailboxList.Unwanted) -> None:
        """A search is to be kept no longer."""
        from tui.screens.keeping import drop_view

        self.pli.errand(partial(drop_view, self.pli, event.query), group="view")

    def on_mailbox_list_missed(self) -> None:
        """A key for letters, in the left column."""
        self.pli.say(said("tui.mail.in_column"))

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """In the left column those keys are not told either."""
        lost = BY_THE_CURSOR if self.mailboxes.has_focus else ()
        self.query_one(KeyLine).leave_out(frozenset(action.name for action in lost))

    def on_email_list_arrived(self, event: EmailList.Arrived) -> None:
        """New letters are announced; the cursor stays on its own."""
        self.pli.say(said("tui.mail.arrived", n=event.count))


Choice = TypeVar("Choice", bound=StrEnum)


def _after(kind: type[Choice], value: Choice) -> Choice:
    values = list(kind)
    return values[(values.index(value) + 1) % len(values)]


def title(glance: Glance, shelf: Shelf | None, order: Order, count: int) -> Plain:
    """What is listed, how many, and how it differs from all of it by date; '' when not known."""
    id_ = shelf.mailbox_id if shelf else None
    mailbox = glance.mailbox(id_) if id_ is not None else None
    if mailbox is None and (shelf is None or id_ is not None):
        return NOTHING
    marks = [said(f"tui.sorted.{order.sort.value}")] if order.sort is not Sort.DATE else []
    marks += [said(f"tui.filtered.{order.filter.value}")] if order.filter is not Filter.ALL else []
    marks += [said("tui.threaded")] if order.threads else []
    # What changes the list stands first: the end of a line may not be seen.
    return Plain(" · ".join([*marks, _name(glance, shelf, mailbox, count, order)]))


def _name(
    glance: Glance, shelf: Shelf | None, mailbox: Mailbox | None, count: int, order: Order
) -> Plain:
    if mailbox is None:
        words = next((n.words for n in named_of(glance) if n.shelf == shelf), NOTHING)
        return said("tui.mail.view_title", name=words, n=count)
    account, name = glance.account(mailbox.account_id), Plain(mailbox_words(mailbox).strip())
    if account is not None and len(glance.accounts) > 1:
        name = plain_words(f"{account.name} / {name}")
    if order.filter is not Filter.ALL or order.threads:
        return said("tui.mail.view_title", name=name, n=count)
    key = "tui.mail.title_of_one" if mailbox.total == 1 else "tui.mail.title"
    return said(key, name=name, total=mailbox.total, unread=mailbox.unread)
