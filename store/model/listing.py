"""Which letters a list shows, in which order: what the person chose, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.model.ids import MailboxId


class View(StrEnum):
    """Letters of every account that have something in common (store/db/views.py)."""

    INBOXES = "inboxes"
    UNREAD = "unread"
    RESULTS = "results"
    ABNORMAL = "abnormal"
    TO_ANSWER = "to_answer"
    UNACKNOWLEDGED = "unacknowledged"
    SNOOZED = "snoozed"


class Sort(StrEnum):
    """What the letters are put in order by."""

    DATE = "date"
    SENDER = "sender"
    SIZE = "size"
    SUBJECT = "subject"


class Filter(StrEnum):
    """Which of them are shown."""

    ALL = "all"
    UNREAD = "unread"
    FLAGGED = "flagged"
    ATTACHED = "attached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where the letters are taken from: one of these, the others being empty."""

    mailbox_id: MailboxId | None = None
    view: View | None = None
    label: str = ""
    """A keyword."""
    query: str = ""
    """A search that was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How they are shown."""

    sort: Sort = Sort.DATE
    filter: Filter = Filter.ALL
    threads: bool = False


USUAL = Order()
