"""What takes long: how far each is, how long still, and a key to let it wait or go on.

Nothing here works itself: the node does, whatever screen is shown, and says so in the store.
"""

from __future__ import annotations

from functools import partial

from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical

from store import work_words
from store.db.work_wishes import pause, resume
from store.model.work import NEVER_PAUSED, Work, WorkKind, WorkState
from tui.actions import IN_WORKS, bindings
from tui.glance import Glance
from tui.plain import Plain, cells, fit, plain_words, said
from tui.screens.screen import Aside
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import DIM, PLAIN, WARN, LineList, Piece
from tui.widgets.words import Words

OPENS = {
    WorkKind.LETTERS: "accounts",
    WorkKind.SENDING: "outbox",
    WorkKind.DIRECTORY: "directory",
}
PAUSED = (WorkState.PAUSED, WorkState.PAUSING)
LEAST_CELLS = 20
"""Of a name. Where that leaves no room for all there is to say, what the bar tells goes first."""


class WorkList(LineList):
    """One line per work."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.works: tuple[Work, ...] = ()
        self.now, self.node_alive = 0, True

    def show(self, works: tuple[Work, ...], now: int, *, node_alive: bool) -> None:
        """Show these; the cursor stays on its work where that is still there."""
        before, names = self.current, [each.name for each in works]
        self.works, self.now, self.node_alive = works, now, node_alive
        at = names.index(before.name) if before and before.name in names else self.cursor
        self.set_count(len(works), cursor=at)

    @property
    def current(self) -> Work | None:
        """What is under the cursor."""
        return self.works[self.cursor] if self.works else None

    def words_of(self, work: Work) -> Plain:
        """How far it is."""
        return work_words.progress_words(work, node_alive=self.node_alive, now=self.now)

    def _state_of(self, work: Work) -> Plain:
        words = work_words.state_words(work, node_alive=self.node_alive, now=self.now)
        return plain_words(words)

    def pieces(self, row: int, width: int) -> list[Piece]:
        """A bar, what it is, how far it is."""
        work = self.works[row]
        shown, progress = Plain(f" {work_words.bar(work)}  "), self.words_of(work)
        room = width - cells(shown) - cells(progress) - 2
        if room < LEAST_CELLS and (state := self._state_of(work)):
            progress = state
            room = width - cells(shown) - cells(progress) - 2
        room = max(LEAST_CELLS, room)
        name = fit(plain_words(work_words.subject_words(work)), room)
        line = fit(Plain(f"{shown}{name}  {progress}"), width)
        return [(line, _style_of(work, node_alive=self.node_alive))]


def _style_of(work: Work, *, node_alive: bool) -> Style:
    if work.state is WorkState.CUT or not node_alive:
        return WARN
    return PLAIN if work.state is WorkState.RUNNING else DIM


class WorksScreen(Aside):
    """Everything that takes long."""

    ACTIONS = IN_WORKS
    BINDINGS = bindings(IN_WORKS)
    AUTO_FOCUS = "#works"

    def compose_body(self) -> ComposeResult:
        """The list, and all of the line under the cursor."""
        with Vertical():
            yield Words(said("works.title"), classes="title")
            yield WorkList(id="works")
            yield Words(id="about", classes="about")

    @property
    def shown(self) -> WorkList:
        """The list."""
        return self.query_one("#works", WorkList)

    async def look_again(self, glance: Glance) -> None:
        """See `PliScreen.look_again`."""
        self._show(glance)

    def show_status(self) -> None:
        """Time goes by, and nothing may have come: said here too."""
        super().show_status()
        self._show(self.pli.glance)

    def _show(self, glance: Glance) -> None:
        if self.is_there:
            self.shown.show(glance.works, self.pli.now(), node_alive=self.pli.node_alive)
            self._explain()

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """The cursor is elsewhere."""
        self._explain()

    def _explain(self) -> None:
        work = self.shown.current
        words = said("works.none")
        if work is not None:
            words = about(work, self.shown.words_of(work))
        self.query_one("#about", Words).say(words)
        idle = work is None or not work.can_pause
        self.query_one(KeyLine).leave_out(frozenset({"pause_work"} if idle else ()))

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter goes where something can be done about it."""
        if (work := self.shown.current) is not None and work.kind in OPENS:
            self.pli.show_aside(OPENS[work.kind])

    def action_pause_work(self) -> None:
        """Let the one under the cursor wait, or go on."""
        if (work := self.shown.current) is not None:
            self.pli.errand(partial(self._turn, work), group="wish")
        else:
            self.pli.say(said("works.none"))

    async def _turn(self, work: Work) -> None:
        on = work.state in PAUSED
        await self.pli.desk.wish(resume if on else pause, work.name, self.pli.now())
        self.pli.say(said("work.will_resume" if on else "work.will_pause"))
        self.look()


def about(work: Work, progress: Plain) -> Plain:
    """All of it, and what the key does."""
    line = said("work.line", subject=work_words.subject_words(work), progress=progress)
    key = said("works.key.resume" if work.state in PAUSED else "works.key.pause")
    if work.kind in NEVER_PAUSED:
        do = said("works.do_sending")
    else:
        do = said("works.do", key=key) if work.can_pause else said("works.do_pop3")
    return Plain(f"{line}\n{do}")
