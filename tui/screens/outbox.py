"""The outbox: what is being written, what waits, what left, what is in doubt."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from store import reasons
from store.db.drafts import send_draft
from store.db.open import Connection
from store.db.submissions import enough, outbox, release, retry, submission
from store.model.account import Account
from store.model.ids import SubmissionId
from store.model.submission import EmailSubmission, SubmissionState
from store.outbox_words import After, after, retried
from store.route_words import place_in_letter, withdrawn
from tui.actions import IN_OUTBOX, bindings
from tui.filing import Done, Undone
from tui.glance import Glance
from tui.outbox_entries import Entry, Written, about, entries, idle_keys
from tui.plain import Plain, cells, fit, plain_words, said
from tui.screens.ask import Question
from tui.screens.screen import Aside
from tui.when import DATE_CELLS, long_date, short_date
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import BAD, DIM, GOOD, PLAIN, WARN, LineList, Piece
from tui.widgets.words import Words

STATE_CELLS = 15
STYLES = {
    SubmissionState.UNCERTAIN: WARN,
    SubmissionState.REFUSED: BAD,
    SubmissionState.ACCEPTED: GOOD,
    SubmissionState.CANCELED: DIM,
}
SIGNS = {
    SubmissionState.QUEUED: "…",
    SubmissionState.SENDING: "→",
    SubmissionState.UNCERTAIN: "?",
    SubmissionState.ACCEPTED: "✓",
    SubmissionState.REFUSED: "×",
    SubmissionState.DEFERRED: "…",
    SubmissionState.CANCELED: "-",
}

NOT_FOR_ALL = "!"
SOON = 600
"""Seconds before it leaves that a letter's time is counted down."""


class OutboxList(LineList):
    """One line per letter that leaves."""

    def __init__(self, now: int, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.entries: list[Entry] = []
        self.now = now

    def show(self, entries: list[Entry], now: int) -> None:
        """Show these; the cursor stays on its letter."""
        if entries == self.entries:
            return
        before = _key(self.current) if self.current else None
        self.entries, self.now = entries, now
        stays = [n for n, entry in enumerate(entries) if _key(entry) == before]
        self.set_count(len(entries), cursor=stays[0] if stays else 0)

    @property
    def current(self) -> Entry | None:
        """The letter under the cursor."""
        return self.entries[self.cursor] if self.entries else None

    def _sent(self) -> list[EmailSubmission]:
        return [each for each in self.entries if isinstance(each, EmailSubmission)]

    def pieces(self, row: int, width: int) -> list[Piece]:
        """State, time, recipients, subject."""
        entry = self.entries[row]
        if isinstance(entry, Written):
            words = said("tui.outbox.draft" if entry.send_at is None else "tui.outbox.writing")
            words = said("tui.outbox.held_back") if entry.error else words
            people, subject = entry.draft.to, entry.draft.subject
            style = WARN if entry.error else PLAIN
            to, at = ", ".join(a.email for a in people), entry.send_at
        else:
            wrong = entry.left_out or entry.troubled
            sign = NOT_FOR_ALL if wrong else SIGNS[entry.shown_state]
            words = Plain(f"{sign} {reasons.of_state(entry)}")
            to, subject = ", ".join(r.email for r in entry.recipients), entry.subject
            to += place_in_letter(entry, self._sent())
            at, style = entry.updated_at, STYLES.get(entry.shown_state, PLAIN)
            style = WARN if wrong else style
        date = short_date(at, self.now) if at is not None else ""
        # What says that somebody did not get it is never cut: the columns give way.
        state_cells = max(STATE_CELLS, cells(words) + 1)
        left = fit(Plain(f" {words}"), state_cells) + f" {date:>{DATE_CELLS}}  "
        rest = plain_words(f"{to}  {subject}")
        used = state_cells + 1 + DATE_CELLS + 2
        return [(Plain(left), style), (fit(rest, max(0, width - used)), PLAIN)]


class OutboxScreen(Aside):
    """Every letter that leaves, and what became of it for each recipient."""

    ACTIONS = IN_OUTBOX
    BINDINGS = bindings(IN_OUTBOX)
    AUTO_FOCUS = "#outbox"

    def __init__(self) -> None:
        super().__init__()
        self._clock: Timer | None = None

    def compose_body(self) -> ComposeResult:
        """The list, and all about the letter under the cursor."""
        with Vertical():
            yield Words(said("tui.outbox.title"), classes="title")
            yield OutboxList(self.pli.now(), id="outbox")
            yield Words(id="about", classes="about")

    @property
    def outbox(self) -> OutboxList:
        """The list."""
        return self.query_one("#outbox", OutboxList)

    async def look_again(self, glance: Glance) -> None:
        """See `PliScreen.look_again`."""
        found = await self.pli.desk.read(entries)
        if self.is_there:
            self.outbox.show(found, self.pli.now())
            await self._explain()

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """The cursor is on another letter."""
        self._explain_soon()

    def _count_down(self, entry: Entry | None, now: int) -> None:
        """Explain anew in a second while it is about to leave, else when it will be; no clock runs
        for what waits for nothing."""
        if self._clock is not None:
            self._clock.stop()
            self._clock = None
        left = entry.send_at - now if isinstance(entry, EmailSubmission) else 0
        if left > 0:
            self._clock = self.set_timer(max(1, left - SOON), self._explain_soon)

    def _explain_soon(self) -> None:
        self.pli.chore(self._explain, group="explain", exclusive=True)

    async def _explain(self) -> None:
        entry, known, now = self.outbox.current, After(), self.pli.now()
        if isinstance(entry, EmailSubmission):
            known = await self.pli.desk.read(after, entry.id)
        if not self.is_there or self.outbox.current != entry:
            return
        words = said("tui.outbox.empty")
        if entry is not None:
            words = about(entry, self._sender(entry), known, now=now)
        self.query_one("#about", Words).say(words)
        self.query_one(KeyLine).leave_out(idle_keys(entry, known, now=now))
        self._count_down(entry, now)

    def _sender(self, entry: Entry) -> Account | None:
        if isinstance(entry, Written):
            return None
        return self.pli.glance.account(entry.account_id)

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter on a draft goes on writing it."""
        from tui.drafting import go_on

        entry = self.outbox.current
        if isinstance(entry, Written):
            self.pli.errand(partial(go_on, self.pli, entry.id), group="compose")
        elif entry is not None:
            self.pli.say(said("tui.outbox.not_opened"))

    def action_cancel(self) -> None:
        """Withdraw a letter that has not begun to leave."""
        entry = self.outbox.current
        if entry is not None:
            self.pli.errand(partial(self._cancel, entry), group="wish")

    async def _cancel(self, entry: Entry) -> None:
        if isinstance(entry, Written):
            from tui.drafting import withdraw

            await withdraw(self.pli, entry.id, waiting=entry.send_at is not None)
        elif code := await self.pli.desk.wish(enough, entry.id, now=self.pli.now()):
            self.pli.say(said(code))
        else:
            words = withdrawn(entry, await self.pli.desk.read(outbox))
            if (await self.pli.desk.read(submission, entry.id)).returns:
                self.pli.did(Done(words, partial(_let_leave, entry.id, self.pli.now())))
            else:
                self.pli.say(words)
        self.look()

    def action_send_now(self) -> None:
        """Let what waits for its time leave now."""
        entry = self.outbox.current
        if entry is not None:
            self.pli.errand(partial(self._send_now, entry), group="wish")

    async def _send_now(self, entry: Entry) -> None:
        if isinstance(entry, EmailSubmission):
            await self.pli.desk.wish(release, entry.id, now=self.pli.now())
        elif entry.send_at is None or entry.error:
            self.pli.say(said("tui.outbox.not_told"))
            return
        else:
            await self.pli.desk.wish(send_draft, entry.id, self.pli.now())
        self.pli.say(said("outbox.released"))
        self.look()

    def action_retry(self) -> None:
        """Let the same octets leave again; a doubtful letter only once confirmed."""
        entry = self.outbox.current
        if isinstance(entry, EmailSubmission):
            self.pli.errand(partial(self._retry, entry), group="wish")
        elif entry is not None:
            self.pli.say(said("tui.outbox.not_left"))

    async def _retry(self, entry: EmailSubmission) -> None:
        if entry.state is SubmissionState.UNCERTAIN:  # also by when it is said again
            words = "tui.ask.retry_copied" if entry.is_asked else "tui.ask.retry_uncertain"
            if not await self.pli.ask(Question(said(words))):
                return
        await self.pli.desk.wish(retry, entry.id, now=self.pli.now())
        self.pli.say(retried(entry, long_date, now=self.pli.now()))
        self.look()


def _let_leave(id_: SubmissionId, now: int, db: Connection) -> Undone:
    retry(db, id_, now=now)
    return Undone(said("tui.undone.withdrawn"))


def _key(entry: Entry) -> tuple[type[Entry], int]:
    return type(entry), entry.id
