"""The watched folders: each rule, and each document step by step."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical

from store.age_words import age_words
from store.compose import parse_addresses
from store.db.copied import confirm_rule
from store.db.drop_wishes import dismiss, reject, release, undecide
from store.db.open import Connection
from store.errors import Usage
from store.host.clock import now
from store.host.i18n import explain, sentence
from store.model.drop import DOUBTFUL_PATIENT, DropItem, DropRule, ItemState, RuleSource
from store.model.ids import DropItemId
from store.model.submission import SubmissionState
from tui.actions import IN_DROPS, bindings
from tui.filing import Done, Undone
from tui.glance import Glance
from tui.plain import Plain, fit, plain_words, said
from tui.screens.ask import Field, Question
from tui.screens.screen import Aside
from tui.watched import Document, Entry, Watched, about, entries, file_words, idle_keys
from tui.when import short_date, size
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import BAD, BOLD, DIM, GOOD, PLAIN, WARN, LineList, Piece
from tui.widgets.words import Words

STEPS = (
    "tui.drop.step.taken",
    "tui.drop.step.queued",
    "tui.drop.step.leaving",
    "tui.drop.step.accepted",
    "tui.drop.step.put_away",
)
WAITING = (ItemState.HELD, ItemState.FAILED)
"""What a person must settle."""
NAME_CELLS = 34
OTHER_CELLS = 2 + 7 + 1 + 1 + 8 + 2
STEPS_CELLS = 18
REACHED = {
    SubmissionState.QUEUED: 2,
    SubmissionState.DEFERRED: 2,
    SubmissionState.SENDING: 3,
    SubmissionState.UNCERTAIN: 3,
    SubmissionState.ACCEPTED: 4,
    SubmissionState.REFUSED: 3,
    SubmissionState.CANCELED: 2,
}


def reached(document: Document) -> int:
    """How many of STEPS are behind this document."""
    if document.item.put_away and document.item.state is ItemState.SENT:
        return len(STEPS)
    return 1 if document.letter is None else REACHED[document.letter.state]


class DropList(LineList):
    """Rules and documents."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.entries: list[Entry] = []
        self.now = 0

    def show(self, entries: list[Entry], now: int) -> None:
        """Show these; only what has changed is drawn again."""
        if entries == self.entries:
            return
        before, self.entries, self.now = self.entries, entries, now
        if len(before) != len(entries):
            stays = [n for n, e in enumerate(entries) if before and _same(e, before[self.cursor])]
            self.set_count(len(entries), cursor=stays[0] if stays else 0)
            return
        for row, (old, new) in enumerate(zip(before, entries, strict=True)):
            if old != new:
                self.refresh_row(row)

    @property
    def current(self) -> Entry | None:
        """What is under the cursor."""
        return self.entries[self.cursor] if self.entries else None

    def pieces(self, row: int, width: int) -> list[Piece]:
        """A rule and its folder, or a document and its steps."""
        entry = self.entries[row]
        if isinstance(entry, Watched):
            down = entry.rule.needs_a_person
            return [(fit(watched_words(entry, self.now), width), BAD if down else BOLD)]
        item, done = entry.item, reached(entry)
        name_cells = min(NAME_CELLS, max(12, width - OTHER_CELLS - STEPS_CELLS))
        left = width - OTHER_CELLS - name_cells
        name = fit(file_words(item.name), name_cells)
        facts = f"  {short_date(item.seen_at, self.now):>7} {name} {size(item.size):>8}  "
        if item.state in WAITING:
            held = item.state is ItemState.HELD
            words = said("tui.drop.held" if held else "tui.drop.failed")
            if item.wish:
                words = said("tui.drop.released")
            style = BAD if item.needs_a_person else DIM
        elif entry.asked or entry.is_doubtful:
            words, style = said("outbox.copied" if entry.asked else "outbox.uncertain"), WARN
        elif entry.missed:
            words, style = said("tui.drop.missed", n=entry.missed), BAD
        else:
            words, style = steps(done, left), GOOD if done == len(STEPS) else PLAIN
        return [(Plain(facts), PLAIN), (fit(words, max(0, left)), style)]


def watched_words(entry: Watched, now: int) -> Plain:
    """'cobas : surveillé  retenus : 1 (depuis 3 h), partis : 12  /srv/cobas → alice@…'"""
    rule = entry.rule
    state = sentence(f"drop.rule.{rule.state.value}")
    if rule.source is RuleSource.RETIRED:
        state = sentence("drop.rule.retired")
    counted = sorted(entry.numbers, key=lambda one: one[0] not in WAITING)
    told = [said("tui.said_of", who=said(f"drop.state.{s.value}"), words=n) for s, n in counted]
    if entry.waits_since is not None and (waiting := sum(s in WAITING for s, _ in counted)):
        told[waiting - 1] = Plain(f"{told[waiting - 1]} ({age_words(now - entry.waits_since)})")
    numbers = ", ".join(told)
    to = f" → {', '.join(rule.fixed_to)}" if rule.fixed_to else ""
    words = f"{state}  {numbers}{'  ' if numbers else ''}{rule.folder}{to}"
    return said("tui.said_of", who=rule.name, words=words)


def steps(done: int, width: int) -> Plain:
    """'● pris ● en file ● en route ○ remis ○ rangé'; where that is too wide, '●●●○○ en route'."""
    names = [sentence(step) for step in STEPS]
    dots = ["●" if n < done else "○" for n in range(len(STEPS))]
    whole = " ".join(f"{dot} {name}" for dot, name in zip(dots, names, strict=True))
    return Plain(whole if len(whole) <= width else f"{''.join(dots)} {names[done - 1]}")


class DropScreen(Aside):
    """The watched folders, live."""

    ACTIONS = IN_DROPS
    BINDINGS = bindings(IN_DROPS)
    AUTO_FOCUS = "#drops"

    def compose_body(self) -> ComposeResult:
        """The list, and a sentence about what is under the cursor."""
        with Vertical():
            yield Words(said("tui.drop.title"), classes="title")
            yield DropList(id="drops")
            yield Words(id="about", classes="about")

    @property
    def drops(self) -> DropList:
        """The list."""
        return self.query_one("#drops", DropList)

    async def look_again(self, glance: Glance) -> None:
        """See `PliScreen.look_again`."""
        found = await self.pli.desk.read(entries)
        if self.is_there:
            self.drops.show(found, self.pli.now())
            self._explain()

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """The cursor is elsewhere."""
        self._explain()

    @property
    def _held(self) -> DropItem | None:
        """The held document under the cursor."""
        entry = self.drops.current
        return entry.item if isinstance(entry, Document) and entry.is_held else None

    def action_release(self) -> None:
        """Let a held document leave to whom it is for; watch again what a copy of the store does
        not."""
        entry = self.drops.current
        if isinstance(entry, Watched) and entry.rule.copied_at:
            self.pli.errand(partial(self._confirm, entry.rule), group="wish")
        elif held := self._held:
            self.pli.errand(partial(self._release, held, ()), group="wish")
        else:
            self.pli.say(said("tui.drop.nothing_to_decide"))

    def action_reroute(self) -> None:
        """Let a held document leave to somebody else."""
        if held := self._held:
            self.pli.errand(partial(self._reroute, held), group="wish")
        else:
            self.pli.say(said("tui.drop.nothing_to_decide"))

    def action_reject(self) -> None:
        """A held document never leaves; a refused one needs nobody any more."""
        entry = self.drops.current
        if held := self._held:
            self.pli.errand(partial(self._reject, held), group="wish")
        elif isinstance(entry, Document) and entry.is_to_settle:
            self.pli.errand(partial(self._settle, entry.item), group="wish")
        else:
            self.pli.say(said("tui.drop.nothing_to_decide"))

    async def _confirm(self, rule: DropRule) -> None:
        if not await self.pli.ask(Question(said("tui.ask.confirm_rule", folder=rule.folder))):
            return
        await self.pli.desk.wish(confirm_rule, rule.name)
        self.pli.say(said("cli.drop.confirmed", name=rule.name))
        self.look()

    async def _release(self, held: DropItem, to: tuple[str, ...]) -> None:
        despite = held.reason in DOUBTFUL_PATIENT
        if despite and not await self.pli.ask(Question(said("tui.ask.release_despite"))):
            return
        await self.pli.desk.wish(release, held.id, to=to, despite=despite)
        self.pli.did(Done(said("tui.done.released"), partial(_undecided, item_id=held.id)))
        self.look()

    async def _reroute(self, held: DropItem) -> None:
        typed, trouble = Plain(", ".join(held.recipients)), None
        while True:
            answer = await self.pli.ask(Field(said("tui.ask.reroute"), typed, trouble))
            if not answer or not answer.strip():
                return
            try:
                to = tuple(each.email for each in parse_addresses(answer))
                break
            except Usage as error:
                typed, trouble = plain_words(answer), plain_words(explain(error))
        await self._release(held, to)

    async def _reject(self, held: DropItem) -> None:
        if not await self.pli.ask(Question(said("tui.ask.reject"))):
            return
        await self.pli.desk.wish(reject, held.id, now=self.pli.now())
        self.pli.did(Done(said("tui.done.rejected"), partial(_undecided, item_id=held.id)))
        self.look()

    async def _settle(self, refused: DropItem) -> None:
        if await self.pli.ask(Question(said("tui.ask.settled"))):
            await self.pli.desk.wish(dismiss, [refused.id], now=self.pli.now())
            self.pli.say(said("drop.dismissed"))
            self.look()

    def _explain(self) -> None:
        entry = self.drops.current
        words = said("tui.drop.empty") if entry is None else about(entry, self.pli.now())
        self.query_one("#about", Words).say(words)
        self.query_one(KeyLine).leave_out(idle_keys(entry))


def _undecided(db: Connection, *, item_id: DropItemId) -> Undone:
    """Take a decision back, unless the node has done it meanwhile."""
    back = undecide(db, item_id, now=now())
    return Undone(said("tui.undone.held" if back else "tui.undone.held_too_late"))


def _same(one: Entry, other: Entry) -> bool:
    if isinstance(one, Watched):
        return isinstance(other, Watched) and one.rule.id == other.rule.id
    return isinstance(other, Document) and one.item.id == other.item.id
