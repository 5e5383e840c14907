"""The accounts: how each is reached, since when, and how to add one."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical

from store import reasons
from store.model.account import Account, Incoming, Tls
from tui.account_wizard import add_account
from tui.actions import IN_ACCOUNTS, bindings
from tui.glance import Glance
from tui.plain import Plain, fit, plain_words, said
from tui.screens.screen import Aside
from tui.when import long_date
from tui.widgets.line_list import BAD, PLAIN, LineList, Piece
from tui.widgets.words import Words

TLS = {Tls.IMPLICIT: "tui.tls.implicit", Tls.STARTTLS: "tui.tls.starttls"}


class AccountList(LineList):
    """One line per account."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.accounts: tuple[Account, ...] = ()
        self.node_alive = False

    def show(self, accounts: tuple[Account, ...], *, node_alive: bool) -> None:
        """Show these; without a node, what is known of their lines is old."""
        if (accounts, node_alive) != (self.accounts, self.node_alive):
            self.accounts, self.node_alive = accounts, node_alive
            self.set_count(len(accounts))

    def pieces(self, row: int, width: int) -> list[Piece]:
        """Name, address, line."""
        account = self.accounts[row]
        link = reasons.of_link(account, current=self.node_alive)
        words = plain_words(f" {account.name}  <{account.address}>  {link}")
        return [(fit(words, width), BAD if account.last_error else PLAIN)]


class AccountsScreen(Aside):
    """Every account. One is added by a command of its own, which alone speaks to servers."""

    ACTIONS = IN_ACCOUNTS
    BINDINGS = bindings(IN_ACCOUNTS)
    AUTO_FOCUS = "#accounts"

    def compose_body(self) -> ComposeResult:
        """The list, all about one of them, how to add one."""
        with Vertical():
            yield Words(said("tui.accounts.title"), classes="title")
            yield AccountList(id="accounts")
            yield Words(id="about", classes="about")
            yield Words(said("tui.accounts.how_to_add"), classes="about")

    def show_status(self) -> None:
        """The list says of each line whether it is known now: a node that dies commits nothing."""
        super().show_status()
        for shown in self.query(AccountList):
            shown.show(self.pli.glance.accounts, node_alive=self.pli.node_alive)

    async def look_again(self, glance: Glance) -> None:
        """See `PliScreen.look_again`."""
        self._explain()

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """The cursor is on another account."""
        self._explain()

    def action_add_account(self) -> None:
        """Ask for the address, then let the command look for the servers and ask the rest."""
        self.pli.errand(partial(add_account, self.pli), group="account")

    def _explain(self) -> None:
        shown = self.query_one("#accounts", AccountList)
        words = about(shown.accounts[shown.cursor]) if shown.accounts else said("tui.no_account")
        self.query_one("#about", Words).say(words)


def about(account: Account) -> Plain:
    """How an account is reached, and what stops it if something does."""
    at = account.last_synced_at
    words = said(
        "tui.accounts.about",
        protocol=account.incoming.upper(),
        incoming=account.imap,
        smtp=account.smtp,
        tls=said(TLS[account.tls]),
        smtp_tls=said(TLS[account.submission_tls]),
        at=said("tui.never") if at is None else long_date(at),
    )
    if account.incoming is Incoming.POP3:
        words = Plain(f"{words}\n{said('tui.accounts.stays')}")
    return Plain(f"{words}\n{reasons.of_account(account)}") if account.last_error else words
