"""The page of a day: what came in, and what became of all of it. Pure.

came in = accepted + held + failed, and accepted = delivered + open: every document is in one of
them and in no other, so that what a laboratory counts on its side can be compared with ours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from store.model.drop import DropItem, ItemState
from store.model.ids import DropItemId


class Column(StrEnum):
    """Where a document is counted."""

    DELIVERED = "delivered"
    """A server took it, its file is in sent/, and nobody is known not to have got it."""
    OPEN = "open"
    """Its letter is on its way, waits, is in doubt, or came back."""
    HELD = "held"
    FAILED = "failed"


OF = {
    ItemState.SENT: Column.DELIVERED,
    ItemState.QUEUED: Column.OPEN,
    ItemState.HELD: Column.HELD,
    ItemState.FAILED: Column.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One rule on one day."""

    rule: str
    day: str
    counts: dict[Column, int]
    files: int
    """Files the documents were made of."""
    still: tuple[DropItem, ...]
    """Everything that is not delivered."""

    @property
    def accepted(self) -> int:
        """Documents that were given a letter."""
        return self.counts[Column.DELIVERED] + self.counts[Column.OPEN]

    @property
    def came(self) -> int:
        """All of them."""
        return self.accepted + self.counts[Column.HELD] + self.counts[Column.FAILED]

    def facts(self) -> dict[str, int]:
        """The numbers, by name."""
        return {
            "came": self.came,
            "accepted": self.accepted,
            **{column.value: self.counts[column] for column in Column},
            "files": self.files,
        }


def page(
    rule: str, day: str, items: Iterable[DropItem], undelivered: Collection[DropItemId] = ()
) -> Page:
    """Count the documents that were taken on a day.

    Args:
        undelivered: those that a server took, and that somebody did not get after all.
    """
    every: Sequence[DropItem] = list(items)
    counts = dict.fromkeys(Column, 0)

    def column(item: DropItem) -> Column:
        sent = item.state is ItemState.SENT
        return Column.OPEN if sent and item.id in undelivered else OF[item.state]

    for item in every:
        counts[column(item)] += 1
    return Page(
        rule=rule,
        day=day,
        counts=counts,
        files=sum(item.files for item in every),
        still=tuple(item for item in every if column(item) is not Column.DELIVERED),
    )


def bounds(day: str, zone: tzinfo | None = None) -> tuple[int, int]:
    """The beginning of a day and of the next, Unix seconds; 23 to 25 hours apart.

    Args:
        zone: where the laboratory is; None for the machine's own.

    Raises:
        ValueError: it is no day.
    """
    first = date.fromisoformat(day)
    last = first + timedelta(days=1)
    begin, end = (
        int(datetime(each.year, each.month, each.day, tzinfo=zone).timestamp())
        for each in (first, last)
    )
    return begin, end


def day_before(day: str) -> str:
    """The day before."""
    return days_after(day, -1)


def days_after(day: str, n: int) -> str:
    """The day `n` days later; negative for before."""
    return (date.fromisoformat(day) + timedelta(days=n)).isoformat()


def weekday(day: str) -> int:
    """0 for a Monday."""
    return date.fromisoformat(day).weekday()
