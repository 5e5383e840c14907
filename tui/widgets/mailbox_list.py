"""The left column: views over all accounts, then each account's mailboxes, with what is unread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.message import Message

from store.host.i18n import sentence
from store.model.account import Account, Link
from store.model.ids import MailboxId
from store.model.listing import Shelf, View
from store.model.mailbox import Mailbox, Role
from tui.actions import BY_THE_CURSOR, IN_COLUMN, PATIENTS, bindings
from tui.glance import Glance
from tui.plain import Plain, cells, fit, plain_words, said
from tui.widgets.line_list import BAD, BOLD, DIM, PLAIN, LineList, Piece

NOT_READING = (Role.SENT, Role.DRAFTS, Role.JUNK, Role.TRASH)
LINKS = {Link.ONLINE: "●", Link.SYNCING: "↻", Link.CONNECTING: "…", Link.NEVER: "○"}


class Named(NamedTuple):
    """A row that is no mailbox: a view, a label or a kept search."""

    shelf: Shelf
    words: Plain
    number: int = 0
    """What it holds that is unread, or waits; 0 is not shown."""

    @property
    def id(self) -> Shelf:
        """What tells it from the others."""
        return self.shelf


Entry = Account | Mailbox | Named


def named_of(glance: Glance) -> list[Named]:
    """Views, then labels, then kept searches. A view is one row of this table."""
    if not glance.mailboxes:
        return []
    unread = sum(m.unread for m in glance.mailboxes if m.role not in NOT_READING)
    inboxes = sum(m.unread for m in glance.mailboxes if m.role is Role.INBOX)
    numbers = {
        View.INBOXES: inboxes,
        View.UNREAD: unread,
        View.RESULTS: 0,
        View.ABNORMAL: 0,
        View.TO_ANSWER: 0,
        View.UNACKNOWLEDGED: 0,
        View.SNOOZED: glance.put_off.letters,
    }
    if len(glance.accounts) < 2:
        del numbers[View.INBOXES]  # it would be the inbox once more
    return [
        *(Named(Shelf(view=v), said(f"tui.view.{v.value}"), n) for v, n in numbers.items()),
        *(Named(Shelf(label=k), plain_words(f"# {name}")) for k, name in glance.labels),
        *(Named(Shelf(query=s.query), plain_words(f"/ {s.name}")) for s in glance.saved),
    ]


class MailboxList(LineList):
    """The left column."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(IN_COLUMN),
        *bindings(PATIENTS),
        *(Binding(a.keys, "miss_letters", show=False, id=a.bare_name) for a in BY_THE_CURSOR),
    ]
    OPENS_AT_ONCE = True

    @dataclass
    class Unwanted(Message):
        """A search is to be kept no longer."""

        query: str

    class Missed(Message):
        """A key for letters was pressed while the cursor is here."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.entries: list[Entry] = []
        self.node_alive = False

    def show(self, glance: Glance, *, node_alive: bool) -> None:
        """Show these accounts and mailboxes; the cursor stays on its mailbox.

        Without a node nobody keeps a line to any server, whatever was known of it last.
        """
        before = self.entries[self.cursor].id if self.entries else None
        kind = type(self.entries[self.cursor]) if self.entries else None
        entries: list[Entry] = [*named_of(glance)]
        for account in glance.accounts:
            entries.append(account)
            # Of a mailbox the server no longer lists, only what it holds here is of interest.
            entries += [
                m
                for m in glance.mailboxes
                if m.account_id == account.id and (m.missing_at is None or m.total)
            ]
        if (entries, node_alive) == (self.entries, self.node_alive):
            return
        self.entries, self.node_alive = entries, node_alive
        stays = [n for n, e in enumerate(entries) if e.id == before and type(e) is kind]
        self.set_count(len(entries), cursor=stays[0] if stays else 0)

    def shelf(self, row: int) -> Shelf | None:
        """Where the letters of a row are; None for an account's line."""
        found = self.entries[row] if row < len(self.entries) else None
        if isinstance(found, Mailbox):
            return Shelf(mailbox_id=found.id)
        return found.shelf if isinstance(found, Named) else None

    def action_forget_view(self) -> None:
        """Only a kept search can go: views and mailboxes are not the column's to take away."""
        shelf = self.shelf(self.cursor)
        self.post_message(self.Unwanted(shelf.query if shelf is not None else ""))

    def action_miss_letters(self) -> None:
        """The other cursor is not looked at: no letter is filed by it."""
        self.post_message(self.Missed())

    def point_at(self, mailbox_id: MailboxId) -> None:
        """Put the cursor on a mailbox."""
        for row, entry in enumerate(self.entries):
            if isinstance(entry, Mailbox) and entry.id == mailbox_id:
                self.go_to(row)

    def pieces(self, row: int, width: int) -> list[Piece]:
        """An account and its line, or a mailbox and its unread letters."""
        entry = self.entries[row]
        if isinstance(entry, Account):
            link = entry.link if self.node_alive else Link.NEVER
            broken = link in (Link.OFFLINE, Link.NEEDS_USER)
            sign = "!" if link is Link.NEEDS_USER else LINKS.get(link, "×")
            words = fit(plain_words(f"{sign} {entry.name}"), width)
            return [(words, BAD if broken else BOLD)]
        if isinstance(entry, Named):
            number = Plain(f" {entry.number}" if entry.number else "")
            words = fit(entry.words, max(0, width - cells(number)))
            return [(Plain(words + number), BOLD if entry.number else PLAIN)]
        number = Plain(f" {entry.unread}" if entry.unread else "")
        name = fit(Plain(f"  {mailbox_words(entry)}"), max(0, width - cells(number)))
        style = DIM if entry.missing_at is not None else BOLD if entry.unread else PLAIN
        return [(Plain(name + number), style)]


def mailbox_words(mailbox: Mailbox) -> Plain:
    """What a mailbox is called: its role in the person's language, else the end of its name."""
    if mailbox.role is not Role.NONE:
        return Plain(sentence(f"tui.role.{mailbox.role.value}"))
    depth = mailbox.name.count(mailbox.delimiter) if mailbox.delimiter else 0
    last = mailbox.name.rsplit(mailbox.delimiter, 1)[-1] if depth else mailbox.name
    return plain_words("  " * min(depth, 4) + last)
