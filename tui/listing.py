"""Rows of any list but a mailbox by date: views, labels, kept searches; sorted, filtered, threaded.

The ids of all its letters are held, and nothing else of them; a page is read by its ids.
"""

from __future__ import annotations

from collections.abc import Sequence

from store.db.emails import EmailRow
from store.db.open import Connection
from store.db.views import listed, rows_of
from store.model.ids import MailboxId, PlacementId
from store.model.listing import Order, Shelf, Sort
from tui.desk import Desk
from tui.threads import Line, lines_of
from tui.widgets.email_list import PAGE, View


class ListedRows:
    """The letters of a shelf, in an order."""

    def __init__(self, desk: Desk, shelf: Shelf, order: Order) -> None:
        self.desk, self.shelf, self.order = desk, shelf, order
        self.mailbox_id: MailboxId | None = shelf.mailbox_id
        self.unfolded: set[int] = set()
        """Threads that are shown whole."""
        self._lines: list[Line] = []
        self._known: set[PlacementId] = set()
        """All its letters at the last reading, those of folded threads too."""

    async def view(
        self, anchor: EmailRow | None, first: EmailRow | None, lines: int, offset: int
    ) -> View:
        """See `Source.view`."""
        letters = await self.desk.fetch(listed, self.shelf, self.order)
        found = lines_of(letters, self.unfolded)
        at = self._place(found, anchor)
        newer = self._newer(found, first)
        top = max(0, at - offset)
        numbers = {0, *range(top // PAGE, (top + lines) // PAGE + 1)}
        pages = {
            number: await self.desk.read(_page, found[number * PAGE : (number + 1) * PAGE])
            for number in sorted(numbers)
            if number * PAGE < len(found) or number == 0
        }
        self._lines, self._known = found, {each.placement_id for each in letters}
        return View(len(found), at, newer, pages)

    def _place(self, found: Sequence[Line], row: EmailRow | None) -> int:
        """Where a letter stands now; else its thread does; else where it stood before."""
        if row is None or not found:
            return 0
        thread: int | None = None
        for n, line in enumerate(found):
            if line.placement_id == row.placement_id:
                return n
            if thread is None and row.thread_id is not None and line.thread_id == row.thread_id:
                thread = n
        if thread is not None:
            return thread
        before = [line.placement_id for line in self._lines]
        at = before.index(row.placement_id) if row.placement_id in before else 0
        return min(at, len(found) - 1)

    def _newer(self, found: Sequence[Line], first: EmailRow | None) -> int:
        """How many letters came above the one that was first; only a list by date can tell."""
        if first is None or self.order.sort is not Sort.DATE:
            return 0
        at = next((n for n, line in enumerate(found) if line.placement_id == first.placement_id), 0)
        return sum(line.placement_id not in self._known for line in found[:at])

    def fold(self, row: EmailRow, folded: bool) -> bool:
        """See `Source.fold`."""
        if row.thread_id is None or not self.order.threads:
            return False
        if folded == (row.thread_id not in self.unfolded):
            return False
        (self.unfolded.discard if folded else self.unfolded.add)(row.thread_id)
        return True

    async def page(self, number: int, before: EmailRow | None) -> list[EmailRow]:
        """See `Source.page`."""
        return await self.desk.read(_page, self._lines[number * PAGE : (number + 1) * PAGE])

    async def ids(self) -> list[PlacementId]:
        """All its letters, those of folded threads too."""
        return [each.placement_id for each in await self.desk.fetch(listed, self.shelf, self.order)]

    async def within(self, letters: Sequence[PlacementId]) -> list[PlacementId]:
        """See `Source.within`."""
        folded = {line.placement_id: line.thread_id for line in self._lines if line.folded}
        threads = {folded[letter] for letter in letters if letter in folded}
        if not threads:
            return list(letters)
        found = await self.desk.fetch(listed, self.shelf, self.order)
        inside = [each.placement_id for each in found if each.thread_id in threads]
        return list(dict.fromkeys([*letters, *inside]))


def _page(db: Connection, lines: Sequence[Line]) -> list[EmailRow]:
    rows = {row.placement_id: row for row in rows_of(db, [each.placement_id for each in lines])}
    return [
        rows[each.placement_id]._replace(depth=each.depth, folded=each.folded)
        for each in lines
        if each.placement_id in rows
    ]
