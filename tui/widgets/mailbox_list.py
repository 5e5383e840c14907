"""Accounts and their mailboxes, with how many letters in each are unread."""

from __future__ import annotations

from store.host.i18n import sentence
from store.model.account import Account, Link
from store.model.ids import MailboxId
from store.model.mailbox import Mailbox, Role
from tui.glance import Glance
from tui.plain import Plain, cells, fit, plain_words
from tui.widgets.line_list import BAD, BOLD, DIM, PLAIN, LineList, Piece

LINKS = {Link.ONLINE: "●", Link.SYNCING: "↻", Link.CONNECTING: "…", Link.NEVER: "○"}


class MailboxList(LineList):
    """The left column."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.entries: list[Account | Mailbox] = []
        self.node_alive = False

    def show(self, glance: Glance, *, node_alive: bool) -> None:
        """Show these accounts and mailboxes; the cursor stays on its mailbox.

        Without a node nobody keeps a line to any server, whatever was known of it last.
        """
        before = self.entries[self.cursor].id if self.entries else None
        kind = type(self.entries[self.cursor]) if self.entries else None
        entries: list[Account | Mailbox] = []
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

    def mailbox(self, row: int) -> Mailbox | None:
        """The mailbox of a row; None for an account's line."""
        found = self.entries[row] if row < len(self.entries) else None
        return found if isinstance(found, Mailbox) else None

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
