"""The top line: is the node there, is each account reached, what has not left yet."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from store.host.i18n import sentence
from store.model.account import Account, Link
from tui.glance import Glance
from tui.plain import NOTHING, Plain, cells, fit, plain_words, said
from tui.when import short_date

GOOD, TROUBLE = Style(reverse=True), Style(reverse=True, bold=True)


class StatusLine(Widget):
    """One line that is repainted only when it says something else."""

    DEFAULT_CSS = "StatusLine { height: 1; dock: top; }"

    def __init__(self) -> None:
        super().__init__()
        self.left: Plain = NOTHING
        self.right: Plain = NOTHING
        self.trouble = False

    def show(self, glance: Glance, *, node_alive: bool, now: int) -> None:
        """Show the state of the world."""
        links = [link_words(account, now) for account in glance.accounts]
        node = said("tui.node.alive" if node_alive else "tui.node.stopped")
        left = Plain(" · ".join([node, *(links or [said("tui.no_account")])]))
        right = under_way_words(glance)
        trouble = not node_alive or any(account.last_error for account in glance.accounts)
        trouble = trouble or bool(glance.questions)
        if (left, right, trouble) != (self.left, self.right, self.trouble):
            self.left, self.right, self.trouble = left, right, trouble
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        right = Plain(f" {self.right} ") if self.right else NOTHING
        words = fit(Plain(f" {self.left}"), max(0, width - cells(right))) + right
        return Strip([Segment(words, TROUBLE if self.trouble else GOOD)], width)


def link_words(account: Account, now: int) -> Plain:
    """An account and its line, in a few words; an error is its whole sentence."""
    if account.last_error and account.link in (Link.OFFLINE, Link.NEEDS_USER):
        return plain_words(f"{account.name} : {error_words(account)}")
    words = f"{account.name} {sentence(f'link.{account.link.value}')}"
    if account.last_synced_at is not None:
        words += f" {short_date(account.last_synced_at, now)}"
    return plain_words(words)


def error_words(account: Account) -> Plain:
    """What stopped the last pass of an account, and what to do."""
    host = account.smtp.host if account.last_error.startswith("smtp.") else account.imap.host
    return said(account.last_error, account=account.name, host=host)


def under_way_words(glance: Glance) -> Plain:
    """What waits for the person, then what has not left yet; '' when nothing does."""
    kinds = {
        "tui.under_way.questions": len(glance.questions),
        "tui.under_way.uncertain": glance.count("uncertain"),
        "tui.under_way.refused": glance.count("refused"),
        "tui.under_way.leaving": glance.count("writing", "queued", "sending", "deferred"),
    }
    return Plain(" · ".join(said(kind, n=n) for kind, n in kinds.items() if n))
