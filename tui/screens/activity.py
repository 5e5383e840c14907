"""The journal: what the node did and what failed, as sentences, each with what to do about it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical

from store import reasons
from store.db.activity import Activity, Kind, activities
from store.host.i18n import sentence
from store.host.link_words import octets_words
from store.model.account import Account
from store.model.drop import ItemState
from tui.glance import Glance
from tui.plain import Plain, fit, said
from tui.screens.screen import Aside
from tui.when import DATE_CELLS, long_date, short_date
from tui.widgets.line_list import BAD, DIM, GOOD, PLAIN, WARN, LineList, Piece
from tui.widgets.words import Words

OPENS = {Kind.PASS: "accounts", Kind.SENT: "outbox", Kind.DROP: "drop"}
DONE, UNDER_WAY = "accepted", "sending"


class Told(NamedTuple):
    """One line: one thing done, or several passes that went well one after the other."""

    last: Activity
    account: Account | None
    passes: int = 1
    octets: int = 0


def told(done: list[Activity], accounts: tuple[Account, ...]) -> list[Told]:
    """The lines; quiet passes of an account between which nothing else was done are one, however
    many accounts take turns."""
    known = {account.id: account for account in accounts}
    lines: list[Told] = []
    quiet: dict[int, int] = {}
    """The line of an account's quiet passes, since anything else was done."""
    for each in done:
        if each.kind is not Kind.PASS or each.code:
            quiet.clear()
        elif (at := quiet.setdefault(each.account_id, len(lines))) < len(lines):
            line = lines[at]
            lines[at] = line._replace(passes=line.passes + 1, octets=line.octets + each.octets)
            continue
        account = known.get(each.account_id)  # type: ignore[call-overload]
        lines.append(Told(each, account, octets=each.octets))
    return lines


def words_of(line: Told) -> Plain:
    """What was done, in a sentence."""
    done, name = line.last, line.account.name if line.account else "?"
    match done.kind:
        case Kind.PASS if not done.code:
            words = "activity.passes" if line.passes > 1 else "activity.pass"
            return said(words, name=name, n=line.passes, octets=octets_words(line.octets))
        case Kind.PASS:
            return said("activity.failed", name=name, why=_why_no_pass(done, line.account))
        case Kind.SENT:
            return said("activity.sent", id=done.of, people=done.words, state=_sent(done, line))
        case Kind.DROP:
            state = sentence(f"activity.drop.{done.code}")
            why = f". {sentence(done.reason)}" if done.reason else ""
            return said("activity.drop", name=done.words, state=f"{state}{why}")


def _sent(done: Activity, line: Told) -> Plain:
    if done.code == DONE:
        return said("activity.accepted")
    if done.code == UNDER_WAY:
        return said("activity.under_way")
    return _why(done, line.account)


def _why_no_pass(done: Activity, account: Account | None) -> Plain:
    """Which server it was is told by the step that failed."""
    if account is None or done.reason.startswith("submit"):
        return _why(done, account)
    return reasons.of_account(replace(account, last_error=done.code))


def _why(done: Activity, account: Account | None) -> Plain:
    return reasons.of_submission(done.code, account) if done.code else said("activity.cut")


def style_of(line: Told) -> Style:
    """How a line is drawn."""
    done = line.last
    if done.kind is Kind.DROP:
        return BAD if done.code in (ItemState.FAILED, ItemState.HELD) and done.reason else PLAIN
    if done.kind is Kind.SENT:
        return GOOD if done.code == DONE else PLAIN if done.code == UNDER_WAY else WARN
    return BAD if done.code else DIM


class ActivityList(LineList):
    """One line per thing done."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines_told: list[Told] = []
        self.now = 0

    def show(self, lines: list[Told], now: int) -> None:
        """Show these; the cursor stays on its line where it can."""
        if lines == self.lines_told:
            return
        at_top = self.cursor == 0
        more = max(0, len(lines) - len(self.lines_told))
        self.lines_told, self.now = lines, now
        self.set_count(len(lines), cursor=0 if at_top else self.cursor + more)

    @property
    def current(self) -> Told | None:
        """What is under the cursor."""
        return self.lines_told[self.cursor] if self.lines_told else None

    def pieces(self, row: int, width: int) -> list[Piece]:
        """When, and what."""
        line = self.lines_told[row]
        date = f" {short_date(line.last.at, self.now):>{DATE_CELLS}}  "
        return [
            (Plain(date), PLAIN),
            (fit(words_of(line), max(0, width - len(date))), style_of(line)),
        ]


class ActivityScreen(Aside):
    """Everything the node did lately."""

    AUTO_FOCUS = "#activity"

    def compose_body(self) -> ComposeResult:
        """The list, and all of the line under the cursor."""
        with Vertical():
            yield Words(said("activity.title"), classes="title")
            yield ActivityList(id="activity")
            yield Words(id="about", classes="about")

    @property
    def activity(self) -> ActivityList:
        """The list."""
        return self.query_one("#activity", ActivityList)

    async def look_again(self, glance: Glance) -> None:
        """See `PliScreen.look_again`."""
        done = await self.pli.desk.read(activities)
        if self.is_there:
            self.activity.show(told(done, glance.accounts), self.pli.now())
            self._explain()

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """The cursor is elsewhere."""
        self._explain()

    def _explain(self) -> None:
        line = self.activity.current
        words = said("activity.none") if line is None else about(line)
        self.query_one("#about", Words).say(words)

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter goes where something can be done about it."""
        if self.activity.current is not None:
            self.pli.show_aside(OPENS[self.activity.current.last.kind])


def about(line: Told) -> Plain:
    """The whole sentence, and what to do."""
    kind = line.last.kind
    do = said(f"activity.do.{kind.value}")
    return Plain(f"{long_date(line.last.at)}, {words_of(line)}\n{do}")
