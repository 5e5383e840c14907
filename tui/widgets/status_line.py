"""The top line: is the node there, is each account reached, what has not left yet.

What comes and goes with each synchronisation stays on one line: what matters least gives way. It
grows only for a sentence about an account: the end of it is what to do.
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
        self.lefts: tuple[Plain, ...] = (NOTHING,)
        self.rights: tuple[Plain, ...] = (NOTHING,)
        """The same in ever fewer words, as `node_forms` and `under_way_forms` give it."""
        self.right: Plain = NOTHING
        self.trouble = False
        self._lines: list[Plain] = [NOTHING]

    def show(self, glance: Glance, *, node_alive: bool, now: int) -> None:
        """Show the state of the world."""
        lefts = node_forms(glance, node_alive=node_alive, now=now)
        rights = under_way_forms(glance, node_alive=node_alive, now=now)
        trouble = not node_alive or any(account.last_error for account in glance.accounts)
        trouble = trouble or bool(glance.questions) or glance.count("watched") > 0
        if (lefts, rights, trouble) != (self.lefts, self.rights, self.trouble):
            self.lefts, self.rights, self.trouble = lefts, rights, trouble
            self._fold()
            self.refresh()

    def on_resize(self) -> None:
        """The terminal has another width."""
        self._fold()

    def _fold(self) -> None:
        left, self.right = fitting(self.lefts, self.rights, self.size.width)
        routine = len(self.lefts) > 1
        self._lines = [left] if routine else fold(left, self.size.width - cells(self._end))
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


def fitting(lefts: tuple[Plain, ...], rights: tuple[Plain, ...], width: int) -> tuple[Plain, Plain]:
    """The fullest of `rights`, then of `lefts`, that stand together on one line; the shortest of
    both where none do."""
    for right in rights:
        for left in lefts:
            if cells(left) + cells(right) + (3 if right else 1) <= width:
                return left, right
    return lefts[-1], rights[-1]


def node_words(glance: Glance, *, node_alive: bool, now: int) -> Plain:
    """The node and each account; without a node nothing is known of any line now."""
    return node_forms(glance, node_alive=node_alive, now=now)[0]


def node_forms(glance: Glance, *, node_alive: bool, now: int) -> tuple[Plain, ...]:
    """The same, then in ever fewer words; only whole where a sentence says what to do."""
    if not glance.accounts:
        node = said("tui.node.alive" if node_alive else "tui.node.stopped")
        return (_joined(node, said("tui.no_account")),)
    if not node_alive:
        return said("tui.node.stopped"), said("tui.node.stopped_short")
    held = dict(glance.holds)
    links = [link_words(each, now, held.get(each.id)) for each in glance.accounts]
    whole = _joined(said("tui.node.alive"), *links)
    if held or any(map(_is_in_trouble, glance.accounts)):
        return (whole,)
    states = [state_words(each) for each in glance.accounts]
    return whole, _joined(said("tui.node.alive"), *states), _joined(*states)


def link_words(account: Account, now: int, hold: Hold | None = None) -> Plain:
    """An account and its line, in a few words; an error, or a budget, is its whole sentence."""
    if _is_in_trouble(account):
        return said("tui.said_of", who=account.name, words=reasons.of_account(account))
    if hold is not None:
        return said("tui.said_of", who=account.name, words=hold_words(hold))
    words = state_words(account)
    if account.last_synced_at is not None:
        words = plain_words(f"{words} {short_date(account.last_synced_at, now)}")
    return words


def state_words(account: Account) -> Plain:
    """'cabinet en ligne'."""
    return plain_words(f"{account.name} {sentence(f'link.{account.link.value}')}")


def _is_in_trouble(account: Account) -> bool:
    return bool(account.last_error) and account.link in (Link.OFFLINE, Link.NEEDS_USER)


def under_way_forms(glance: Glance, *, node_alive: bool, now: int) -> tuple[Plain, ...]:
    """What waits for the person, what has not left yet, what takes long; then the first two alone,
    then only what comes first. '' when there is nothing."""
    kinds = {
        "tui.under_way.questions": len(glance.questions) + glance.count("asking"),
        "tui.under_way.troubled": glance.count("troubled"),
        "tui.under_way.left_out": glance.count("left_out"),
        "tui.under_way.held_back": glance.count("held_back"),
        "tui.under_way.unanswered": glance.count("unanswered"),
        "tui.under_way.uncertain": glance.count("uncertain"),
        "tui.under_way.refused": glance.count("refused"),
        "tui.under_way.watched": glance.count("watched"),
        "tui.under_way.leaving": glance.count("writing", "queued", "sending", "deferred"),
    }
    words = [said(kind, n=n) for kind, n in kinds.items() if n]
    long = summary_words(glance.works, node_alive=node_alive, now=now)
    forms = (_joined(*words, long), _joined(*words), _joined(*words[:1]))
    return tuple(dict.fromkeys(form for form in forms if form)) or (NOTHING,)


def _joined(*words: Plain) -> Plain:
    return Plain(" · ".join(filter(None, words)))
