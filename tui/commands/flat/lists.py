"""The lists of the flat mode: mailboxes, views, what a search found, a page at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from store.db.emails import NEWEST, EmailRow, page_of_emails
from store.db.labels import labels
from store.db.mailboxes import mailboxes
from store.db.search import search
from store.db.together import rows_together
from store.db.views import listed, rows_of
from store.errors import Usage
from store.host import clock
from store.model.listing import USUAL, Shelf, View
from store.model.mailbox import Mailbox, Role
from tui.commands.flat.words import numbered, of_mailbox, of_row, of_view
from tui.glance import Glance, look_around
from tui.plain import said
from tui.widgets.mailbox_list import named_of

if TYPE_CHECKING:
    from tui.commands.flat.session import Flat

PAGE = 20
FOUND = 50


class FlatLists:
    """What is listed, and as far as it was said."""

    def __init__(self, flat: Flat) -> None:
        self.flat, self.talk, self.db = flat, flat.talk, flat.db
        self.rows: list[EmailRow] = []
        self.next_rows: Callable[[], list[EmailRow]] = list
        """The next ones of what is listed."""
        self.written_here = False
        """They are the person's own: whom they are to tells them apart."""

    def offer(self) -> None:
        """A number opens a letter of the list."""
        self.flat.chosen = [partial(self.flat.show, row) for row in self.rows]

    def mailboxes(self, rest: str) -> None:
        """Every mailbox, then the views, the labels and the searches that were kept."""
        glance = look_around(self.db)
        found, views = mailboxes(self.db), named_of(glance)
        self.flat.chosen = [partial(self._list, each) for each in found]
        self.flat.chosen += [partial(self._list_shelf, each.shelf) for each in views]
        nothing = said("tui.mail.empty" if glance.accounts else "tui.no_account")
        lines = [of_mailbox(each, self._account_of(glance, each)) for each in found]
        lines += [of_view(each) for each in views]
        self.talk.say(numbered(lines) if lines else nothing)

    def _account_of(self, glance: Glance, mailbox: Mailbox) -> str:
        account = glance.account(mailbox.account_id)
        return account.name if account and len(glance.accounts) > 1 else ""

    def _list(self, mailbox: Mailbox) -> None:
        def rows() -> list[EmailRow]:
            before = self.rows[-1].key if self.rows else NEWEST
            return page_of_emails(self.db, mailbox.id, before=before, limit=PAGE)

        self._begin(rows, written_here=mailbox.role in (Role.SENT, Role.DRAFTS))

    def _list_shelf(self, shelf: Shelf) -> None:
        ids = [each.placement_id for each in listed(self.db, shelf, USUAL)]

        def rows() -> list[EmailRow]:
            page, ids[:PAGE] = ids[:PAGE], []
            return rows_of(self.db, page)

        self._begin(rows, written_here=shelf.view is View.UNACKNOWLEDGED)

    def _begin(self, rows: Callable[[], list[EmailRow]], *, written_here: bool = False) -> None:
        self.next_rows, self.written_here = rows, written_here
        self.rows, self.flat.chosen = [], []
        self._page(rows())

    def more(self, rest: str) -> None:
        """The next letters of the list."""
        if not self.rows:
            raise Usage("flat.no_more")
        self._page(self.next_rows())

    def search(self, rest: str) -> None:
        """The letters that hold every word."""
        query = rest or self.talk.ask(said("flat.search_what"))
        found = rows_together(self.db, search(self.db, query, FOUND))
        self._begin(lambda: found[len(self.rows) :][:PAGE])

    def _page(self, rows: list[EmailRow]) -> None:
        if not rows:
            self.talk.say(said("flat.no_more" if self.rows else "flat.no_letter"))
            return
        names = labels(self.db)
        lines = [of_row(row, clock.now(), names, written_here=self.written_here) for row in rows]
        self.talk.say(numbered(lines, len(self.rows) + 1))
        self.rows += rows
        self.offer()
        if len(rows) == PAGE:
            self.talk.say(said("flat.more"))
