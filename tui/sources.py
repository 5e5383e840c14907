"""Where the list of letters takes its rows: one mailbox, or what a search found."""

from __future__ import annotations

from collections.abc import Sequence

from store.db.emails import NEWEST, EmailRow, page_at, page_of_emails, position_of
from store.db.mailboxes import mailbox
from store.db.open import Connection
from store.db.placements import newest
from store.db.search import Order, search
from store.db.together import rows_together
from store.model.ids import MailboxId, PlacementId
from tui.desk import Desk
from tui.widgets.email_list import PAGE, View

FOUND_LIMIT = 200


class MailboxRows:
    """The letters shown in one mailbox: pages by key where a neighbour is known, else by offset."""

    def __init__(self, desk: Desk, mailbox_id: MailboxId) -> None:
        self.desk = desk
        self.mailbox_id: MailboxId | None = mailbox_id
        self._id = mailbox_id

    async def view(
        self, anchor: EmailRow | None, first: EmailRow | None, lines: int, offset: int
    ) -> View:
        """See `Source.view`."""
        return await self.desk.read(_view, self._id, anchor, first, lines, offset)

    async def ids(self) -> list[PlacementId]:
        """See `Source.ids`."""
        return await self.desk.read(newest, self._id)

    async def within(self, letters: Sequence[PlacementId]) -> list[PlacementId]:
        """See `Source.within`."""
        return list(letters)

    def fold(self, row: EmailRow, folded: bool) -> bool:
        """See `Source.fold`."""
        return False

    async def page(self, number: int, before: EmailRow | None) -> list[EmailRow]:
        """See `Source.page`."""
        if before is None:
            return await self.desk.read(page_at, self._id, number * PAGE, PAGE)
        return await self.desk.read(page_of_emails, self._id, before=before.key, limit=PAGE)


def _view(
    db: Connection,
    mailbox_id: MailboxId,
    anchor: EmailRow | None,
    first: EmailRow | None,
    lines: int,
    offset: int,
) -> View:
    count = mailbox(db, mailbox_id).total
    newer = position_of(db, mailbox_id, first.key) if first else 0
    cursor = position_of(db, mailbox_id, anchor.key) if anchor else 0
    cursor = max(0, min(count - 1, cursor))
    top = max(0, cursor - offset)
    pages = {0: page_of_emails(db, mailbox_id, before=NEWEST, limit=PAGE)}
    for number in range(top // PAGE, (top + lines) // PAGE + 1):
        if number not in pages and number * PAGE < count:
            pages[number] = page_at(db, mailbox_id, number * PAGE, PAGE)
    return View(count, cursor, newer, pages)


class FoundRows:
    """The letters that answer a query, the newest or the nearest first."""

    def __init__(self, desk: Desk, query: str, order: Order = Order.DATE) -> None:
        self.desk, self.query, self.order = desk, query, order
        self.mailbox_id: MailboxId | None = None
        self._rows: list[EmailRow] = []

    async def view(
        self, anchor: EmailRow | None, first: EmailRow | None, lines: int, offset: int
    ) -> View:
        """See `Source.view`. What is found anew is not announced: the person asked a question."""
        self._rows = await self.desk.fetch(_found, self.query, order=self.order)
        ids = [row.placement_id for row in self._rows]
        at = ids.index(anchor.placement_id) if anchor and anchor.placement_id in ids else 0
        return View(len(ids), at, 0, {0: self._rows[:PAGE]})

    async def ids(self) -> list[PlacementId]:
        """See `Source.ids`."""
        return [row.placement_id for row in self._rows]

    async def within(self, letters: Sequence[PlacementId]) -> list[PlacementId]:
        """See `Source.within`."""
        return list(letters)

    def fold(self, row: EmailRow, folded: bool) -> bool:
        """See `Source.fold`."""
        return False

    async def page(self, number: int, before: EmailRow | None) -> list[EmailRow]:
        """See `Source.page`."""
        return self._rows[number * PAGE : (number + 1) * PAGE]


def _found(db: Connection, query: str, *, order: Order) -> list[EmailRow]:
    return rows_together(db, search(db, query, FOUND_LIMIT, order=order))
