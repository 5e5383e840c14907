"""Letters chosen in a list: one by one, from here to there, or all; the next key is for each."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from store.db.emails import EmailRow
from store.model.ids import PlacementId
from tui.widgets.line_list import LineList


class ChoosingList(LineList):
    """A list of letters, of which some may be chosen."""

    @dataclass
    class Selected(Message):
        """`count` letters are chosen."""

        count: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.selected: dict[PlacementId, None] = {}
        """The letters chosen, in the order they were."""
        self._selected_at: int | None = None

    @property
    def current(self) -> EmailRow | None:
        """The letter under the cursor; None when it has not been read yet."""
        return None

    async def read_row(self, row: int) -> EmailRow | None:
        """A row, read first where that is needed."""
        return None

    async def all_ids(self) -> list[PlacementId]:
        """Every letter of the list, whether or not it has been read."""
        return []

    def action_select(self) -> None:
        """Choose the letter under the cursor, or no longer, and go to the next."""
        if self.current is not None:
            self.clicked_apart()
            self.action_down()

    def clicked_apart(self) -> None:
        """Choose the letter under the cursor, or no longer."""
        row = self.current
        if row is None:
            return
        if self.selected.pop(row.placement_id, self) is self:
            self.selected[row.placement_id] = None
        self._selected_at = self.cursor
        self.refresh_row(self.cursor)
        self.post_message(self.Selected(len(self.selected)))

    def action_select_range(self) -> None:
        """Choose every letter from the last one chosen to the cursor."""
        before = self.cursor if self._selected_at is None else self._selected_at
        first, last = sorted((before, self.cursor))
        self.run_worker(self._select_range(first, last), group="select", exclusive=True)

    async def _select_range(self, first: int, last: int) -> None:
        for row in range(first, last + 1):
            if (found := await self.read_row(row)) is not None:
                self.selected[found.placement_id] = None
        self._selected_at = last
        self._show_selected()

    def action_select_all(self) -> None:
        """Choose every letter of the list."""
        self.run_worker(self._select_all(), group="select", exclusive=True)

    async def _select_all(self) -> None:
        self.selected = dict.fromkeys(await self.all_ids())
        self._show_selected()

    def select_none(self) -> None:
        """Choose none."""
        if self.selected:
            self.selected = {}
            self._show_selected()
        self._selected_at = None

    def _show_selected(self) -> None:
        self.refresh()
        self.post_message(self.Selected(len(self.selected)))
