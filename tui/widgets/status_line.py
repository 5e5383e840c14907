"""The top line: is the node there, is each account reached, what has not left yet.

It grows when a sentence needs more than one line: the end of it is what to do.
"""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from store import reasons
from store.host.i18n import sentence
from store.host.link_words import hold_words
from store.model.account import Account, Link
from store.model.link import Hold
from store.work_words import summary_words
from tui.glance import Glance
from tui.plain import NOTHING, Plain, cells, fit, plain_words, said
from tui.when import short_date
from tui.widgets.folded import fold, set_height

GOOD, TROUBLE = Style(reverse=True), Style(reverse=True, bold=True)


class StatusLine(Widget):
    """One line that is repainted only when it says something else."""

    DEFAULT_CSS = "StatusLine { height: 1; dock: top; }"

    def __init__(self) -> None:
        super().__init__()
        self.left: Plain = NOTHING
        self.right: Plain = NOTHING
        self.trouble = False
        self._lines: list[Plain] = [NOTHING]

    def show(self, glance: Glance, *, node_alive: bool, now: int) -> None:
        """Show the state of the world."""
        left = node_words(glance, node_alive=node_alive, now=now)
        right = under_way_words(glance, node_alive=node_alive, now=now)
        trouble = not node_alive or any(account.last_error for account in glance.accounts)
        trouble = trouble or bool(glance.questions)
        if (left, right, trouble) != (self.left, self.right, self.trouble):
            self.left, self.right, self.trouble = left, right, trouble
            self._fold()
            self.refresh()

    def on_resize(self) -> None:
        """The terminal has another width."""
        self._fold()

    def _fold(self) -> None:
        self._lines = fold(self.left, self.size.width - cells(self._end))
        set_height(self, len(self._lines))

    @property
    def _end(self) -> Plain:
        return Plain(f" {self.right} ") if self.right else NOTHING

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        right = self._end if y == 0 else NOTHING
        words = self._lines[y] if y < len(self._lines) else NOTHING
        words = Plain(fit(Plain(f" {words}"), max(0, width - cells(right))) + right)
        return Strip([Segment(words, TROUBLE if self.trouble else GOOD)], width)


def node_words(glance: Glance, *, node_alive: bool, now: int) -> Plain:
    """The node and each account; without a node nothing is known of any line now."""
    if not node_alive:
        words = [said("tui.node.stopped")]
        return Plain(" · ".join([*words, *([] if glance.accounts else [said("tui.no_account")])]))
    held = dict(glance.holds)
    links = [link_words(each, now, held.get(each.id)) for each in glance.accounts]
    return Plain(" · ".join([said("tui.node.alive"), *(links or [said("tui.no_account")])]))


def link_words(account: Account, now: int, hold: Hold | None = None) -> Plain:
    """An account and its line, in a few words; an error, or a budget, is its whole sentence."""
    if account.last_error and account.link in (Link.OFFLINE, Link.NEEDS_USER):
        return said("tui.said_of", who=account.name, words=reasons.of_account(account))
    if hold is not None:
        return said("tui.said_of", who=account.name, words=hold_words(hold))
    words = f"{account.name} {sentence(f'link.{account.link.value}')}"
    if account.last_synced_at is not None:
        words += f" {short_date(account.last_synced_at, now)}"
    return plain_words(words)


def under_way_words(glance: Glance, *, node_alive: bool, now: int) -> Plain:
    """What waits for the person, what has not left yet, what takes long; '' when nothing does."""
    kinds = {
        "tui.under_way.questions": len(glance.questions) + glance.count("asking"),
        "tui.under_way.troubled": glance.count("troubled"),
        "tui.under_way.left_out": glance.count("left_out"),
        "tui.under_way.held_back": glance.count("held_back"),
        "tui.under_way.unanswered": glance.count("unanswered"),
        "tui.under_way.uncertain": glance.count("uncertain"),
        "tui.under_way.refused": glance.count("refused"),
        "tui.under_way.leaving": glance.count("writing", "queued", "sending", "deferred"),
    }
    words = [said(kind, n=n) for kind, n in kinds.items() if n]
    if long := summary_words(glance.works, node_alive=node_alive, now=now):
        words.append(long)
    return Plain(" · ".join(words))
