"""The list of letters: opens 100,000 rows by holding a few pages of 200.

Rows come from a source (a mailbox, or what a search found) and are read away from the event loop;
a row not read yet is drawn as an empty line. When the store changes, the cursor stays on its
letter, and what is new is announced instead of jumping under the reader's eyes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from textual.message import Message

from store.db.emails import EmailRow
from store.model.ids import MailboxId, PlacementId
from tui.actions import IN_EMAILS, bindings
from tui.still_there import is_there
from tui.widgets.choosing import ChoosingList
from tui.widgets.email_line import Look, email_line
from tui.widgets.line_list import Piece

PAGE = 200
MOST_PAGES = 12
TRIES = 3
"""Readings of a changed store before giving way to a person who keeps moving."""


class View(NamedTuple):
    """One reading of a source: how many rows, where the anchor is, some pages."""

    total: int
    cursor: int
    newer: int
    """How many rows are above the one that was first before."""
    pages: dict[int, list[EmailRow]]

    def points_at(self, row: EmailRow) -> bool:
        """Whether the anchor is this very letter, not the place where it would be."""
        page = self.pages.get(self.cursor // PAGE, [])
        at = self.cursor % PAGE
        return at < len(page) and page[at].placement_id == row.placement_id


class Source(Protocol):
    """Where rows come from."""

    mailbox_id: MailboxId | None
    """None when rows come from several mailboxes."""

    async def ids(self) -> list[PlacementId]:
        """Every letter of it."""

    async def within(self, letters: Sequence[PlacementId]) -> list[PlacementId]:
        """These, and the letters of the threads that are folded into one of them."""

    async def view(
        self, anchor: EmailRow | None, first: EmailRow | None, lines: int, offset: int
    ) -> View:
        """Read what is needed to draw `lines` rows with `anchor` in line `offset` of the screen."""

    def fold(self, row: EmailRow, folded: bool) -> bool:
        """Show the thread of a row as one row, or whole. False when nothing changes."""

    async def page(self, number: int, before: EmailRow | None) -> list[EmailRow]:
        """Page `number`; `before` is the last row of the page above it, where that is known."""


class EmailList(ChoosingList):
    """Letters, in the order of their source."""

    BINDINGS = bindings(IN_EMAILS)

    @dataclass
    class Arrived(Message):
        """`count` letters came above the one that was first."""

        count: int

    def __init__(self, now: Callable[[], int], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now = now
        self.source: Source | None = None
        self.pages: dict[int, list[EmailRow]] = {}
        self._asked: set[int] = set()
        self.written_here = False
        """The letters are the person's own: whom they are to tells them apart."""
        self.labels: Mapping[str, str] = {}
        self.returning: EmailRow | None = None
        """A letter the person takes back: the cursor goes to it, and it is no news to them."""
        self.returning_many = 0
        """How many letters the person takes back together."""

    async def show(self, source: Source, *, written_here: bool = False) -> None:
        """Show a source from its first row."""
        self.source, self.written_here = source, written_here
        self.select_none()
        view = await source.view(None, None, self._lines, 0)
        if self.source is not source:
            return
        self.pages, self._asked = view.pages, set()
        self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.set_count(view.total, cursor=0)

    async def look_again(self) -> None:
        """The store has changed: read what is in sight, keep the cursor on its letter."""
        for _ in range(TRIES):
            source, anchor, back = self.source, self.current, self.returning
            if source is None:
                return
            offset = self.cursor - self.scroll_offset.y
            view = await source.view(back or anchor, self.row(0), self._lines, offset)
            if back is not None and not view.points_at(back):
                back = None
                view = await source.view(anchor, self.row(0), self._lines, offset)
            if not is_there(self):
                return
            if source is self.source and _same(anchor, self.current):
                break
        else:
            return
        top, news = self.scroll_offset.y, view.newer
        if back is not None:
            self.returning = None
            news -= view.cursor < view.newer
            if not top <= view.cursor < top + self._lines:
                top = max(0, view.cursor - offset)
        elif view.newer and top > 0:
            top = max(0, view.cursor - offset)
        elif not top <= view.cursor < top + self._lines:
            top = max(0, view.cursor - offset)  # a thread was unfolded above it
        self._replace(view, top)
        # The store may tell of them one by one, and be looked at in between.
        expected = min(news, self.returning_many)
        self.returning_many -= expected
        if news > expected:
            self.post_message(self.Arrived(news - expected))

    def _replace(self, view: View, top: int) -> None:
        """Take a new reading; draw again only the lines that differ."""
        before = self._in_sight()
        self.pages, self._asked = view.pages, set()
        if view.total != self.count or top != self.scroll_offset.y:
            self.set_count(view.total, cursor=view.cursor)
            self.turn_to(top)
            return
        old_cursor, self.cursor = self.cursor, view.cursor
        for row, seen in before.items():
            if self.row(row) != seen or (
                row in (old_cursor, view.cursor) and old_cursor != view.cursor
            ):
                self.refresh_row(row)

    def _in_sight(self) -> dict[int, EmailRow | None]:
        top = self.scroll_offset.y
        return {row: self.row(row) for row in range(top, min(self.count, top + self.size.height))}

    @property
    def _lines(self) -> int:
        return max(self.size.height, 1)

    @property
    def current(self) -> EmailRow | None:
        """The row under the cursor; None when there is none, or it has not been read yet."""
        return self.row(self.cursor) if self.count else None

    def row(self, row: int) -> EmailRow | None:
        """A row, if it has been read."""
        page = self.pages.get(row // PAGE)
        return page[row % PAGE] if page is not None and row % PAGE < len(page) else None

    async def read_row(self, row: int) -> EmailRow | None:
        """See `ChoosingList.read_row`."""
        if self.row(row) is None:
            await self._read_page(row // PAGE)
        return self.row(row)

    async def all_ids(self) -> list[PlacementId]:
        """See `ChoosingList.all_ids`."""
        return await self.source.ids() if self.source is not None else []

    def put(self, changed: EmailRow) -> None:
        """Show a row as the person has just wished it, before the store says so."""
        for number, page in self.pages.items():
            for n, row in enumerate(page):
                if row.placement_id == changed.placement_id:
                    page[n] = changed
                    self.refresh_row(number * PAGE + n)

    def pieces(self, row: int, width: int) -> list[Piece]:
        """See tui/widgets/email_line.py."""
        found = self.row(row)
        self._want(row)
        if found is None:
            return []
        look = Look(self.now(), self.written_here, self.labels)
        return email_line(found, width, look, selected=found.placement_id in self.selected)

    def name_labels(self, labels: Mapping[str, str]) -> None:
        """Call labels by these names."""
        if labels != self.labels:
            self.labels = labels
            self.refresh()

    def action_fold(self) -> None:
        """The thread under the cursor is one row."""
        self._fold(True)

    def action_unfold(self) -> None:
        """The thread under the cursor is shown whole."""
        self._fold(False)

    def _fold(self, folded: bool) -> None:
        row = self.current
        if row is not None and self.source is not None and self.source.fold(row, folded):
            self.run_worker(self.look_again(), group="fold", exclusive=True)

    def turn_to(self, top: int) -> None:
        """Show the page that begins at row `top`, once its rows have been read: one repaint."""
        numbers = {max(0, row) // PAGE for row in (top, min(top + self._lines, self.count) - 1)}
        missing = [n for n in sorted(numbers) if n not in self.pages and n * PAGE < self.count]
        if missing and self.source is not None:
            self.run_worker(self._turn_when_read(top, missing), group="pages")
        else:
            super().turn_to(top)

    async def _turn_when_read(self, top: int, missing: list[int]) -> None:
        for number in missing:
            self._asked.add(number)
            await self._read_page(number)
        if is_there(self):
            super().turn_to(top)

    def _want(self, row: int) -> None:
        """Have the pages around a row read: its own, and the next one when it is near."""
        for near in (row, row + PAGE // 4):
            number = near // PAGE
            if near < self.count and number not in self.pages and number not in self._asked:
                self._asked.add(number)
                self.run_worker(self._read_page(number), group="pages")

    async def _read_page(self, number: int) -> None:
        source, pages = self.source, self.pages
        assert source is not None
        above = pages.get(number - 1)
        read = await source.page(number, above[-1] if above and len(above) == PAGE else None)
        if pages is not self.pages:
            return
        while len(pages) >= MOST_PAGES:
            farthest = max(pages, key=lambda held: abs(held - number))
            del pages[farthest]
            self._asked.discard(farthest)
        pages[number] = read
        for row in range(number * PAGE, number * PAGE + len(read)):
            self.refresh_row(row)


def _same(one: EmailRow | None, other: EmailRow | None) -> bool:
    return (one and one.placement_id) == (other and other.placement_id)
